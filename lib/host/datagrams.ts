/**
 * UDP on `Deno.listenDatagram`. The static build has its own: `lib/runtime/udp.ts`.
 *
 * @module
 */
import type { BindOptions, Datagrams, DatagramSocket } from "../world.ts";
import { delay } from "./delay.ts";
import { networkFault } from "./os_error.ts";

/** The pause before receiving again after an unknown error, in ms. */
const pauseMs = 100;

/** The UDP of this machine. */
export const datagrams: Datagrams = {
  bind({ host, port, longest, onDatagram }) {
    const what = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    try {
      const connection = Deno.listenDatagram({
        hostname: host,
        port,
        transport: "udp",
      });
      return createSocket(connection, { longest, onDatagram });
    } catch (error) {
      return networkFault(error, port === 0 ? host : what);
    }
  },
};

/** What is received, and who is told. */
type Reception = Pick<BindOptions, "longest" | "onDatagram">;

function createSocket(
  connection: Deno.DatagramConn,
  options: Reception,
): DatagramSocket {
  let isOpen = true;
  receive(connection, options, () => isOpen);
  return {
    port: (connection.addr as Deno.NetAddr).port,
    send(bytes, to, onFault) {
      const address = { transport: "udp", hostname: to.host, port: to.port };
      connection.send(bytes, address as Deno.NetAddr).catch((error) => {
        if (isOpen) onFault(networkFault(error, to.host));
      });
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      connection.close();
    },
  };
}

async function receive(
  connection: Deno.DatagramConn,
  { longest, onDatagram }: Reception,
  isOpen: () => boolean,
): Promise<void> {
  // One more byte shows that a datagram was cut off.
  const buffer = new Uint8Array(longest + 1);
  while (isOpen()) {
    const received = await connection.receive(buffer).catch(() => null);
    if (!isOpen()) return;
    if (received === null) {
      await delay(pauseMs);
      continue;
    }
    const [bytes, from] = received;
    const { hostname, port } = from as Deno.NetAddr;
    onDatagram(bytes.slice(), { host: hostname, port });
  }
}
