/**
 * Sockets for datagrams.
 *
 * @module
 */
import { closed, systemError } from "./errors.ts";
import { type Endpoint, native } from "./native.ts";
import type {
  Addr,
  DatagramConn,
  DatagramOptions,
  IcmpError,
  NetAddr,
  UnixAddr,
} from "./offered.ts";
import { setTimeout } from "./timers.ts";

/** How often a full queue of a unix socket is tried again, in ms: nobody tells when it has room. */
const fullMs = 5;

/** Opens a socket. */
export function listenDatagram(
  options: DatagramOptions | { transport: "unixpacket"; path: string },
): DatagramConn {
  if (options.transport === "unixpacket") {
    const { path, transport } = options;
    return new Socket(native.bindUnix(path), { path, transport });
  }
  const { hostname, port, device, icmp = false } = options;
  const fd = native.bindUdp(hostname, port, device, icmp);
  try {
    return new Socket(fd, udpAddress(native.localAddress(fd))!);
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

function udpAddress(endpoint: Endpoint): NetAddr | undefined {
  if (endpoint === null) return undefined;
  const [hostname, port] = endpoint;
  return { transport: "udp", hostname, port };
}

/** Who waits for a datagram. */
interface Waiting {
  readonly buffer: Uint8Array;
  readonly resolve: (received: [Uint8Array, Addr]) => void;
  readonly reject: (error: unknown) => void;
}

class Socket implements DatagramConn {
  private receiver: Waiting | null = null;
  /** Those who wait for room. */
  private senders: (() => void)[] = [];
  private isWatched = false;

  constructor(private fd: number, readonly addr: Addr) {}

  receive(buffer: Uint8Array): Promise<[Uint8Array, Addr]> {
    return new Promise((resolve, reject) => {
      if (this.fd < 0) return reject(closed());
      this.receiver = { buffer, resolve, reject };
      // It goes on being watched: most receive again and again.
      if (!this.isWatched) this.watch();
    });
  }

  async send(bytes: Uint8Array, to: NetAddr | UnixAddr): Promise<number> {
    const [host, port] = "path" in to
      ? [to.path, -1] as const
      : [to.hostname, to.port] as const;
    for (;;) {
      if (this.fd < 0) throw closed();
      const sent = native.sendTo(this.fd, bytes, host, port);
      if (sent !== null) return sent;
      await new Promise<void>((resolve) => {
        if (port < 0) setTimeout(resolve, fullMs);
        else {
          this.senders.push(resolve);
          this.watch();
        }
      });
    }
  }

  close(): void {
    if (this.fd < 0) throw closed();
    native.close(this.fd);
    this.fd = -1;
    this.letSend();
    this.receiver?.reject(closed());
    this.receiver = null;
  }

  private watch(): void {
    const { EPOLLIN, EPOLLOUT } = native;
    const events = this.senders.length > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
    this.isWatched = native.watch(this.fd, events, this.onReady);
  }

  private letSend(): void {
    const { senders } = this;
    this.senders = [];
    for (const resolve of senders) resolve();
  }

  private readonly onReady = (events: number): void => {
    if (events & native.EPOLLOUT) {
      this.letSend();
      this.watch();
    }
    const { receiver } = this;
    if (receiver === null) {
      if (!(events & ~native.EPOLLOUT)) return;
      // Nobody wants it now.
      native.unwatch(this.fd);
      this.isWatched = false;
      return;
    }
    try {
      if (events & native.EPOLLERR) {
        const error = this.nextIcmpError();
        if (error !== null) throw error;
      }
      const received = native.receiveFrom(this.fd, receiver.buffer);
      if (received === null) return;
      const [length, from] = received;
      this.receiver = null;
      const bytes = receiver.buffer.subarray(0, length);
      receiver.resolve([bytes, udpAddress(from) ?? this.addr]);
    } catch (error) {
      this.receiver = null;
      receiver.reject(error);
    }
  };

  /** What ICMP says; `null` if it is nothing, or this machine's own error, which `send()` has told. */
  private nextIcmpError(): IcmpError | null {
    for (;;) {
      const notice = native.nextNotice(this.fd);
      if (notice === null) return null;
      const [code, offender, endpoint] = notice;
      if (offender === null) continue;
      const to = udpAddress(endpoint);
      const error = systemError(code, 0, `ICMP of ${offender}`);
      return Object.assign(error, { code, offender, ...to && { to } });
    }
  }
}
