/**
 * Stands in for `lib/host/datagrams.ts`: without promises, since thousands of
 * sockets listen at a time, and each promise takes more memory than a datagram.
 *
 * @module
 */
import { networkFault } from "../host/os_error.ts";
import { formatAddress } from "../parsers.ts";
import type {
  BindOptions,
  Datagrams,
  DatagramSocket,
  Endpoint,
  Fault,
  IcmpNotice,
} from "../world.ts";
import { native } from "./native.ts";
import { setTimeout } from "./timers.ts";

/** The pause before listening again after an unknown error, in ms. */
const pauseMs = 100;

/** The UDP of this machine. */
export const datagrams: Datagrams = {
  bind(options) {
    const { host, port, device, onIcmp } = options;
    let fd = -1;
    try {
      fd = native.bindUdp(host, port, device, onIcmp !== undefined);
      const [, ownPort] = native.localAddress(fd)!;
      return new UdpSocket(fd, ownPort, options);
    } catch (error) {
      if (fd >= 0) native.close(fd);
      const at = port === 0 ? host : formatAddress({ host, port });
      return networkFault(error, at);
    }
  },
};

/** What is received, and who is told. */
type Reception = Pick<BindOptions, "longest" | "onDatagram" | "onIcmp">;

const nothing: Reception = { longest: 0, onDatagram() {} };

/** Buffers by their length: what is received is copied at once. */
const buffers = new Map<number, Uint8Array>();

function bufferOf(length: number): Uint8Array {
  const buffer = buffers.get(length) ?? new Uint8Array(length);
  buffers.set(length, buffer);
  return buffer;
}

class UdpSocket implements DatagramSocket {
  /** Sends what waits for room; `null` if nothing does. */
  private waiting: (() => void)[] | null = null;

  constructor(
    private fd: number,
    readonly port: number,
    private options: Reception,
  ) {
    this.listen();
  }

  send(bytes: Uint8Array, to: Endpoint, onFault: (fault: Fault) => void): void {
    if (this.fd < 0) return;
    try {
      if (native.sendTo(this.fd, bytes, to.host, to.port) !== null) return;
      this.waiting ??= [];
      this.waiting.push(() => this.send(bytes, to, onFault));
      this.listen();
    } catch (error) {
      // Not before this returns.
      Promise.resolve().then(() => {
        if (this.fd >= 0) onFault(networkFault(error, to.host));
      });
    }
  }

  close(): void {
    if (this.fd < 0) return;
    native.close(this.fd);
    this.fd = -1;
    this.waiting = null;
    // They lead back here, and what goes in a circle is not freed at once.
    this.options = nothing;
  }

  private listen(): void {
    if (this.fd < 0) return;
    const { EPOLLIN, EPOLLOUT } = native;
    const events = this.waiting === null ? EPOLLIN : EPOLLIN | EPOLLOUT;
    native.watch(this.fd, events, (events) => this.hear(events));
  }

  private hear(events: number): void {
    if (events & native.EPOLLOUT) this.sendWaiting();
    if (this.fd < 0 || !(events & ~native.EPOLLOUT)) return;
    const { longest, onDatagram, onIcmp } = this.options;
    // One more byte shows that a datagram was cut off.
    const buffer = bufferOf(longest + 1);
    let received;
    try {
      received = (events & native.EPOLLERR ? this.nextNotice() : null) ??
        native.receiveFrom(this.fd, buffer);
    } catch {
      native.unwatch(this.fd);
      setTimeout(() => this.listen(), pauseMs);
      return;
    }
    if (received === null) return;
    if ("code" in received) return onIcmp?.(received);
    const [length, from] = received;
    const [host, port] = from!;
    onDatagram(buffer.slice(0, length), { host, port });
  }

  private sendWaiting(): void {
    const { waiting } = this;
    this.waiting = null;
    for (const send of waiting ?? []) send();
    this.listen();
  }

  /** What ICMP says; `null` if it is nothing, or this machine's own error, which `send()` has told. */
  private nextNotice(): IcmpNotice | null {
    for (;;) {
      const notice = native.nextNotice(this.fd);
      if (notice === null) return null;
      const [code, by, to] = notice;
      if (by === null || to === null) continue;
      const [host, port] = to;
      return { code, by, to: { host, port } };
    }
  }
}
