/**
 * A machine in virtual time whose sockets reach each other.
 *
 * @module
 */
import type { Clock, Datagrams, DatagramSocket, Endpoint } from "../world.ts";

/** How long a datagram takes from socket to socket, in ms. */
const wayTime = 1;

/** The UDP of a machine that is its own network; free ports are 40001, 40002 and so on. What nobody listens for is lost. */
export function createFakeMachine(clock: Clock): Datagrams {
  const bound = new Map<
    number,
    (bytes: Uint8Array, from: Endpoint) => void
  >();
  let free = 40001;

  return {
    bind({ host, port, longest, onDatagram }) {
      const own = port === 0 ? free++ : port;
      if (bound.has(own)) {
        return { code: "EADDRINUSE", message: `${host}:${own} is taken` };
      }
      const here = { host: host === "0.0.0.0" ? "127.0.0.1" : host, port: own };
      bound.set(
        own,
        (bytes, from) => onDatagram(bytes.slice(0, longest + 1), from),
      );
      const socket: DatagramSocket = {
        port: own,
        send(bytes, to) {
          clock.setTimer(
            clock.now() + wayTime,
            () => bound.get(to.port)?.(bytes, here),
          );
        },
        close() {
          bound.delete(own);
        },
      };
      return socket;
    },
  };
}
