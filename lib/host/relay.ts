/**
 * Two sockets of this machine between a connection and those who use it, so
 * that it can be cut whatever they do with their end.
 *
 * @module
 */
import type { Connection } from "./connection.ts";

/** A connection that goes on behind a relay. */
export interface Relay {
  /** Its end to be used, and closed. */
  readonly near: Deno.TcpConn;
  /** Why the connection has failed; absent as long as it has not. */
  readonly failure: unknown;
  /** Closes everything but the near end at once. */
  cut(): void;
}

/** Puts a relay before a connection, which is closed together with the near end. */
export async function relay(connection: Connection): Promise<Relay> {
  const { near, far } = await pair();
  let failure: unknown;
  let isCut = false;
  const cut = () => {
    if (isCut) return;
    isCut = true;
    connection.close();
    far.close();
  };
  copy(connection, far).catch((error) => failure = error)
    .then(() => far.closeWrite()).catch(cut);
  copy(far, connection).catch(() => {}).then(cut);
  return {
    near,
    get failure() {
      return failure;
    },
    cut,
  };
}

/** Makes two sockets that are connected with each other. */
async function pair(): Promise<{ near: Deno.TcpConn; far: Deno.TcpConn }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const near = await Deno.connect({ hostname: "127.0.0.1", port });
  for (;;) {
    const far = await listener.accept();
    // Anybody on this machine can connect to it.
    if (portOf(far.remoteAddr) === portOf(near.localAddr)) {
      near.setNoDelay();
      far.setNoDelay();
      return { near, far };
    }
    far.close();
  }
}

function portOf(address: Deno.Addr): number {
  return (address as Deno.NetAddr).port;
}

/** Copies bytes until the end of the stream. */
async function copy(from: Connection, to: Connection): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const length = await from.read(buffer);
    if (length === null) return;
    for (let at = 0; at < length;) {
      at += await to.write(buffer.subarray(at, length));
    }
  }
}
