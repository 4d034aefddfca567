/**
 * UDP on `Deno.listenDatagram`. The static build has its own: `lib/runtime/udp.ts`.
 *
 * @module
 */
import { formatAddress } from "../parsers.ts";
import type {
  BindOptions,
  Datagrams,
  DatagramSocket,
  Endpoint,
  Fault,
} from "../world.ts";
import { delay } from "./delay.ts";
import { networkFault } from "./os_error.ts";

/** The pause before receiving again after an unknown error, in ms. */
const pauseMs = 100;

/** The UDP of this machine. */
export const datagrams: Datagrams = {
  bind({ host, port, longest, onDatagram }) {
    try {
      const connection = Deno.listenDatagram({
        hostname: host,
        port,
        transport: "udp",
      });
      const socket = new UdpSocket(connection);
      socket.receive({ longest, onDatagram });
      return socket;
    } catch (error) {
      const at = port === 0 ? host : formatAddress({ host, port });
      return networkFault(error, at);
    }
  },
};

/** What is received, and who is told. */
type Reception = Pick<BindOptions, "longest" | "onDatagram">;

/** A socket. A class, since thousands are in flight at once. */
class UdpSocket implements DatagramSocket {
  readonly port: number;
  private isOpen = true;

  constructor(private readonly connection: Deno.DatagramConn) {
    this.port = (connection.addr as Deno.NetAddr).port;
  }

  send(bytes: Uint8Array, to: Endpoint, onFault: (fault: Fault) => void): void {
    const address = { transport: "udp", hostname: to.host, port: to.port };
    this.connection.send(bytes, address as Deno.NetAddr).catch((error) => {
      if (this.isOpen) onFault(networkFault(error, to.host));
    });
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.connection.close();
  }

  /** Receives until it is closed. */
  async receive({ longest, onDatagram }: Reception): Promise<void> {
    // One more byte shows that a datagram was cut off.
    const buffer = new Uint8Array(longest + 1);
    while (this.isOpen) {
      let received: [Uint8Array, Deno.Addr];
      try {
        received = await this.connection.receive(buffer);
      } catch {
        if (this.isOpen) await delay(pauseMs);
        continue;
      }
      if (!this.isOpen) return;
      const [bytes, from] = received;
      const { hostname, port } = from as Deno.NetAddr;
      onDatagram(bytes.slice(), { host: hostname, port });
    }
  }
}
