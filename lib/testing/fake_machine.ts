/**
 * A machine in virtual time whose sockets reach each other.
 *
 * @module
 */
import type { Clock, Datagrams, Endpoint } from "../world.ts";

/** How long a datagram takes from socket to socket, in ms. */
const wayTime = 1;

/** The UDP of a machine that is its own network. Free ports are 40001, 40002 and so on. */
export function createFakeMachine(clock: Clock): Datagrams {
  const bound = new Map<number, (bytes: Uint8Array, from: Endpoint) => void>();
  let free = 40001;
  return {
    bind({ host, port: fixed, longest, onDatagram }) {
      const port = fixed === 0 ? free++ : fixed;
      if (bound.has(port)) {
        return { code: "EADDRINUSE", message: `${host}:${port} is taken` };
      }
      const here = { host: host === "0.0.0.0" ? "127.0.0.1" : host, port };
      bound.set(
        port,
        (bytes, from) => onDatagram(bytes.slice(0, longest + 1), from),
      );
      return {
        port,
        send(bytes, to) {
          const arrive = () => bound.get(to.port)?.(bytes, here);
          clock.setTimer(clock.now() + wayTime, arrive);
        },
        close: () => void bound.delete(port),
      };
    },
  };
}
