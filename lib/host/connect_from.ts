/**
 * TCP connections that leave from a certain address: only `node:net` can have
 * them.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Endpoint } from "../world.ts";
import type { Accepted, Connection } from "./connection.ts";

/** Connects to an address from another one, which has to be of this machine. Rejects with the system's error, or with any if the signal fires. */
export async function connectFrom(
  from: string,
  { host, port }: Endpoint,
  signal: AbortSignal,
): Promise<Accepted> {
  const { connect } = await import("node:net");
  return await new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port, localAddress: from });
    const destroy = () => socket.destroy();
    signal.addEventListener("abort", destroy);
    const statusOf = watch(socket);
    const connection = new SocketConnection(socket);
    socket.once("error", (error) => reject(causeOf(error, statusOf())));
    socket.once("connect", () => {
      signal.removeEventListener("abort", destroy);
      socket.setNoDelay();
      resolve({ connection, port: socket.localPort ?? 0 });
    });
  });
}

/**
 * Tells what the system says of the connection. The runtime calls every failure
 * ECONNREFUSED, and a refusal can be the death of a session.
 */
function watch(socket: Socket): () => number | null {
  let told: number | null = null;
  let listener = (_status: number): void => {};
  const { _handle: handle } = socket as unknown as {
    _handle?: { _nativeHandle?: object };
  };
  if (handle?._nativeHandle !== undefined) {
    Object.defineProperty(handle._nativeHandle, "onconnect", {
      get: () => (status: number) => {
        told = status;
        listener(status);
      },
      set: (value) => listener = value,
    });
  }
  return () => told;
}

/** The error that the system means. */
function causeOf(error: Error, status: number | null): Error {
  const { syscall } = error as { syscall?: string };
  if (syscall === "bind") return new Error("Cannot bind (os error 99)");
  if (syscall !== "connect") return error;
  const reason = status === null
    ? "for no known reason"
    : `(os error ${-status})`;
  return new Error(`Cannot connect ${reason}`);
}

class SocketConnection implements Connection {
  private rest: Uint8Array = new Uint8Array();
  private isEnded = false;
  private error: Error | null = null;
  private wake = (): void => {};

  constructor(private readonly socket: Socket) {
    socket.on("readable", () => this.wake());
    socket.on("end", () => {
      this.isEnded = true;
      this.wake();
    });
    socket.on("error", (error) => {
      this.error = error;
      this.wake();
    });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.rest.length === 0) {
      const bytes: Uint8Array | null = this.socket.read();
      if (bytes !== null) this.rest = bytes;
      else if (this.error !== null) throw this.error;
      else if (this.isEnded) return null;
      else await new Promise<void>((resolve) => this.wake = resolve);
    }
    const taken = this.rest.subarray(0, buffer.length);
    this.rest = this.rest.subarray(taken.length);
    buffer.set(taken);
    return taken.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => {
        if (error) reject(error);
        // It says so before it has begun: what is closed at once never leaves.
        else setTimeout(() => resolve(bytes.length));
      });
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
