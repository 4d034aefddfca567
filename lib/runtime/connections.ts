/**
 * TCP and unix sockets.
 *
 * @module
 */
import { closed } from "./errors.ts";
import { type Endpoint, native } from "./native.ts";
import type {
  AbortSignal,
  Conn,
  ConnectOptions,
  NetAddr,
  TcpConn,
  TcpListener,
} from "./offered.ts";

/** Connects. */
export function connect(
  options: { transport: "unix"; path: string },
): Promise<Conn>;
/** Connects. */
export function connect(options: ConnectOptions): Promise<TcpConn>;
/** Connects. */
export async function connect(
  options: ConnectOptions | { transport: "unix"; path: string },
): Promise<Conn> {
  if ("path" in options) {
    return await new Connection(native.connectUnix(options.path));
  }
  return await connectTcp(options, undefined);
}

/** Connects from an address of this machine. */
export async function connectTcp(
  { hostname, port, device, signal }: ConnectOptions,
  from: string | undefined,
): Promise<TcpConn> {
  signal?.throwIfAborted();
  const waiter = new Waiter(native.connectTcp(hostname, port, from, device));
  const abort = () => waiter.close(reasonOf(signal));
  signal?.addEventListener("abort", abort);
  try {
    await waiter.until(native.EPOLLOUT);
    native.connectionError(waiter.fd);
    return new TcpConnection(waiter);
  } catch (error) {
    waiter.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function reasonOf(signal: AbortSignal | undefined): unknown {
  return signal?.reason;
}

/** Listens. */
export function listen(
  { hostname, port }: { hostname: string; port: number },
): TcpListener {
  return new Listener(new Waiter(native.listenTcp(hostname, port)));
}

/** A promise's other end. */
interface Promised {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A descriptor that is waited for in both directions, and closed at any time. */
class Waiter {
  private readonly waiting = new Map<number, Promised>();

  constructor(public fd: number) {}

  /** Resolves when it is ready, by then or now; rejects when it is closed. */
  until(event: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.fd < 0) return reject(closed());
      this.waiting.set(event, { resolve, reject });
      this.watch();
    });
  }

  /** Tries something each time that it is ready, until there is a result. */
  async whenReady<Result>(
    event: number,
    attempt: (fd: number) => Result | null,
  ): Promise<Result> {
    for (;;) {
      // Even if it is ready: a peer that never stops would keep out timers and signals.
      await this.until(event);
      const result = attempt(this.opened());
      if (result !== null) return result;
    }
  }

  /** The descriptor; throws if it is closed. */
  opened(): number {
    if (this.fd < 0) throw closed();
    return this.fd;
  }

  /** Closes it; those who wait get the error. */
  close(error: unknown = closed()): void {
    if (this.fd < 0) return;
    native.close(this.fd);
    this.fd = -1;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }

  private watch(): void {
    let events = native.EPOLLONESHOT;
    for (const event of this.waiting.keys()) events |= event;
    native.watch(this.fd, events, this.onReady);
  }

  private readonly onReady = (events: number): void => {
    const { EPOLLIN, EPOLLOUT } = native;
    // An error or a hang-up is told by the next call, in whichever direction.
    const isOver = (events & ~(EPOLLIN | EPOLLOUT)) !== 0;
    for (const [event, { resolve }] of [...this.waiting]) {
      if (!isOver && !(events & event)) continue;
      this.waiting.delete(event);
      resolve();
    }
    if (this.waiting.size > 0) this.watch();
    else native.unwatch(this.fd);
  };
}

class Connection implements Conn {
  protected readonly waiter: Waiter;

  constructor(given: Waiter | number) {
    this.waiter = given instanceof Waiter ? given : new Waiter(given);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const length = await this.waiter.whenReady(
      native.EPOLLIN,
      (fd) => native.receive(fd, buffer),
    );
    return length === 0 ? null : length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const send = (fd: number) => native.send(fd, bytes);
    return send(this.waiter.opened()) ??
      await this.waiter.whenReady(native.EPOLLOUT, send);
  }

  async closeWrite(): Promise<void> {
    await native.endSending(this.waiter.fd);
  }

  close(): void {
    if (this.waiter.fd < 0) throw closed();
    this.waiter.close();
  }

  [Symbol.dispose](): void {
    this.waiter.close();
  }
}

class TcpConnection extends Connection implements TcpConn {
  readonly localAddr: NetAddr;
  readonly remoteAddr: NetAddr;

  constructor(waiter: Waiter) {
    super(waiter);
    this.localAddr = tcpAddress(native.localAddress(waiter.fd));
    this.remoteAddr = tcpAddress(native.peerAddress(waiter.fd));
  }

  setNoDelay(isOn = true): void {
    native.setNoDelay(this.waiter.fd, isOn);
  }

  setKeepAlive(isOn = true): void {
    native.setKeepAlive(this.waiter.fd, isOn);
  }
}

class Listener implements TcpListener {
  readonly addr: NetAddr;

  constructor(private readonly waiter: Waiter) {
    this.addr = tcpAddress(native.localAddress(waiter.fd));
  }

  async accept(): Promise<TcpConn> {
    const fd = await this.waiter.whenReady(native.EPOLLIN, native.accept);
    const accepted = new Waiter(fd);
    try {
      return new TcpConnection(accepted);
    } catch (error) {
      // The peer has reset it meanwhile.
      accepted.close();
      throw error;
    }
  }

  close(): void {
    if (this.waiter.fd < 0) throw closed();
    this.waiter.close();
  }

  [Symbol.dispose](): void {
    this.waiter.close();
  }
}

function tcpAddress(endpoint: Endpoint): NetAddr {
  const [hostname, port] = endpoint ?? ["", 0];
  return { transport: "tcp", hostname, port };
}
