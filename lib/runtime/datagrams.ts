/**
 * Unix sockets for datagrams, which only send; `udp.ts` has those of UDP.
 *
 * @module
 */
import { closed } from "./errors.ts";
import { native } from "./native.ts";
import type { DatagramConn, UnixAddr } from "./offered.ts";
import { setTimeout } from "./timers.ts";

/** How often a full queue is tried again, in ms: nobody tells when it has room. */
const fullMs = 5;

/** Opens a socket. */
export function listenDatagram(
  { path }: { transport: "unixpacket"; path: string },
): DatagramConn {
  return new Socket(native.bindUnix(path));
}

class Socket implements DatagramConn {
  constructor(private fd: number) {}

  async send(bytes: Uint8Array, to: UnixAddr): Promise<number> {
    for (;;) {
      if (this.fd < 0) throw closed();
      const sent = native.sendTo(this.fd, bytes, to.path, -1);
      if (sent !== null) return sent;
      await new Promise<void>((resolve) => setTimeout(resolve, fullMs));
    }
  }

  close(): void {
    if (this.fd < 0) throw closed();
    native.close(this.fd);
    this.fd = -1;
  }
}
