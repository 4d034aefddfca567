/**
 * TCP, TLS and unix sockets on `Deno.connect`.
 *
 * @module
 */
import type {
  AcceptedStream,
  Endpoint,
  Fault,
  Stream,
  StreamOrder,
  StreamPhase,
  StreamReceiver,
  Streams,
} from "../world.ts";
import {
  absentCode,
  noSocketCode,
  refusedCode,
  stalledCode,
} from "../world.ts";
import { abilities } from "./abilities.ts";
import { connectFromAtNeed } from "./at_need.ts";
import type { Accepted, Connection, Secure } from "./connection.ts";
import { codeOf, networkFault } from "./os_error.ts";
import { streamFault } from "./stream_error.ts";
import { createSecure } from "./tls.ts";
import { tlsFault } from "./tls_error.ts";

/** How many bytes are read at a time: at first, since most answers are short, and once there are more. */
const chunkBytes = { first: 1024, most: 16 * 1024 };

/** How many bytes may wait for the peer to take them. */
const mostWaitingBytes = 64 * 1024;

/** How long a connection that was closed goes on sending what waits, in ms. */
const lingerMs = 1_000;

/** The streams of a machine. */
export interface HostStreams extends Streams {
  /** Resolves once what was written to connections that are closed is on its way, within a second. */
  flush(): Promise<void>;
  /** Takes over a connection that a peer has opened. */
  adopt(
    connection: Deno.TcpConn,
    from: Endpoint,
    receiver: StreamReceiver,
  ): AcceptedStream;
}

/** Makes them. */
export function createStreams(): HostStreams {
  const secure = createSecure();
  const lingering = new Set<HostStream>();
  let hasTls = false;
  return {
    hasTls: abilities.hasTls,
    open(order) {
      hasTls ||= order.tls !== null;
      const start = (signal: AbortSignal) => connect(order, signal);
      return new HostStream(order, { start, secure, lingering });
    },
    adopt(connection, from, receiver) {
      const { onBytes, onEnd } = receiver;
      const stream = new HostStream({
        to: from,
        from: null,
        tls: null,
        onConnected() {},
        onOpen() {},
        onBytes,
        onEnd,
        onFault: onEnd,
      }, { start: connection, secure, lingering, receiver });
      return {
        write: (bytes) => stream.write(bytes),
        close: () => stream.close(),
        async closeWrite() {
          await stream.sending;
          // Whoever has closed it needs no end of its own.
          await connection.closeWrite().catch(() => {});
        },
        abort: () => stream.abort(),
        closed: stream.over.promise.then(() => stream.sending),
      };
    },
    async flush() {
      await Promise.all([...lingering].map(({ over }) => over.promise));
      // The end of TLS is sent one turn of the event loop after it was closed.
      if (hasTls) await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

/** What makes a connection, and what all connections share. */
interface Means {
  /** Opens it; or the connection, if it is open. */
  readonly start: Connection | ((signal: AbortSignal) => Promise<Accepted>);
  /** Secures it. */
  readonly secure: Secure;
  /** Whom to tell the end of the peer's stream alone; absent for a connection that was ordered. */
  readonly receiver?: StreamReceiver;
  /** Those that are closed, and still send. */
  readonly lingering: Set<HostStream>;
}

/** A connection, from the order to its end. */
class HostStream implements Stream {
  /** Resolves once it is closed for good. */
  readonly over = Promise.withResolvers<void>();
  /** Resolves once nothing is being sent. */
  sending: Promise<void> = Promise.resolve();
  private readonly controller = new AbortController();
  private phase: StreamPhase = "connect";
  private connection: Connection | null = null;
  private isClosed = false;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isWriting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly order: StreamOrder,
    private readonly means: Means,
  ) {
    const { start } = means;
    if (typeof start === "function") {
      this.run(start);
      return;
    }
    this.connection = start;
    this.phase = "open";
    this.receive();
  }

  write(bytes: Uint8Array): void {
    if (this.isClosed || this.phase !== "open") return;
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (!this.isWriting) this.sending = this.send();
    else if (this.waitingBytes > mostWaitingBytes) {
      queueMicrotask(() => this.fail(stalled(this.order.to)));
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.controller.abort();
    if (!this.isWriting) return this.end();
    this.means.lingering.add(this);
    this.timer = setTimeout(() => this.end(), lingerMs);
  }

  /** Closes it, and sends no more. */
  abort(): void {
    this.close();
    this.end();
  }

  /** Closes it for good. */
  private end(): void {
    clearTimeout(this.timer);
    this.waiting = [];
    this.connection?.close();
    this.connection = null;
    this.means.lingering.delete(this);
    this.over.resolve();
  }

  private async run(
    start: (signal: AbortSignal) => Promise<Accepted>,
  ): Promise<void> {
    const { order } = this;
    const accepted = await this.step(start(this.controller.signal));
    if (!this.hold(accepted?.connection)) return;
    order.onConnected(accepted?.port ?? 0);
    if (order.tls !== null) {
      if (this.isClosed) return;
      this.phase = "tls";
      // It belongs to the handshake from here on.
      this.connection = null;
      const { connection } = accepted!;
      const handshake = await this.step(
        this.means.secure(connection as Deno.TcpConn, order.to, order.tls),
      );
      if (!this.hold(handshake?.connection)) return;
      await this.step(handshake!.shake());
    }
    if (this.isClosed) return;
    this.phase = "open";
    order.onOpen();
    await this.receive();
  }

  /** Keeps a connection, or closes it if nobody wants it any more; tells whether there is one. */
  private hold(connection: Connection | undefined): boolean {
    if (this.isClosed) connection?.close();
    else if (connection !== undefined) this.connection = connection;
    return this.connection !== null;
  }

  private async receive(): Promise<void> {
    let buffer = new Uint8Array(chunkBytes.first);
    while (!this.isClosed && this.connection !== null) {
      const length = await this.step(this.connection.read(buffer));
      if (this.isClosed || length === undefined) return;
      if (length === null) {
        const { onPeerEnd } = this.means.receiver ?? {};
        if (onPeerEnd !== undefined) return onPeerEnd();
        this.close();
        return this.order.onEnd();
      }
      this.order.onBytes(buffer.slice(0, length));
      if (length === chunkBytes.first) buffer = new Uint8Array(chunkBytes.most);
    }
  }

  private async send(): Promise<void> {
    this.isWriting = true;
    for (
      let bytes;
      this.connection !== null && (bytes = this.waiting[0]) !== undefined;
    ) {
      const length = await this.step(this.connection.write(bytes));
      if (length === undefined) break;
      this.waitingBytes -= length;
      if (length < bytes.length) this.waiting[0] = bytes.subarray(length);
      else this.waiting.shift();
    }
    this.isWriting = false;
    if (this.isClosed) this.end();
  }

  /** What a step comes to; `undefined` if it fails, which is told then. */
  private async step<Result>(
    doing: Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await doing;
    } catch (error) {
      this.fail(faultOf(error, this.phase, this.order));
      return undefined;
    }
  }

  private fail(fault: Fault): void {
    if (this.isClosed) return;
    this.abort();
    this.order.onFault(this.phase, fault);
  }
}

async function connect(
  { to, from, device, tls }: StreamOrder,
  signal: AbortSignal,
): Promise<Accepted> {
  const { host, port } = to;
  const isUnix = host.startsWith("/");
  if ([isUnix, from !== null, tls !== null].filter(Boolean).length > 1) {
    throw absent(
      "a source address can be had for plain TCP alone, and TLS not on a unix socket",
    );
  }
  if (from !== null) {
    const accepted = await connectFromAtNeed(from, { host, port }, signal);
    return refuseItself(accepted, { host: from, port: accepted.port }, to);
  }
  if (isUnix) return { connection: await connectUnix(host), port: 0 };
  const connection = await Deno.connect({
    ...{ hostname: host, port, signal },
    ...device !== undefined && { device },
  });
  // Small messages would wait for each other's acknowledgement, 40 ms.
  connection.setNoDelay();
  const { hostname, port: own } = connection.localAddr;
  const accepted = { connection, port: own };
  return refuseItself(accepted, { host: hostname, port: own }, to);
}

/** Where nobody listens at a port of this machine, the system may choose that very port to connect from, and the socket accepts itself (RFC 9293, 3.5). */
function refuseItself(
  accepted: Accepted,
  { host, port }: Endpoint,
  to: Endpoint,
): Accepted {
  if (host !== to.host || port !== to.port) return accepted;
  accepted.connection.close();
  throw Object.assign(new Error("connected to itself"), { code: refusedCode });
}

/** Files and folders refuse like a socket whose server is gone, and are told apart. */
async function connectUnix(path: string): Promise<Connection> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (codeOf(error) !== refusedCode) throw error;
    const { isSocket } = await Deno.stat(path);
    if (isSocket) throw error;
    throw Object.assign(new Error(path, { cause: error }), {
      code: noSocketCode,
    });
  }
}

function absent(message: string): Error {
  return Object.assign(new Error(message), { code: absentCode });
}

function stalled({ host }: Endpoint): Fault {
  const size = `${mostWaitingBytes / 1024} KiB`;
  return {
    code: stalledCode,
    message: `${host} does not take what is sent to it: ${size} wait`,
  };
}

function faultOf(
  error: unknown,
  phase: StreamPhase,
  { to, from, tls }: StreamOrder,
): Fault {
  if (tls !== null && phase !== "connect") return tlsFault(error, to.host);
  return from !== null && codeOf(error) === "EADDRNOTAVAIL"
    ? networkFault(error, from)
    : streamFault(error, to.host);
}
