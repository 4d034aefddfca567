/**
 * TCP on `Deno.connect`, to find out whether a host is up. UDP sockets of Deno
 * do not report closed ports.
 *
 * @module
 */
import type { Connections, Endpoint } from "../world.ts";
import { networkFault } from "./os_error.ts";

/** The TCP of this machine. */
export const connections: Connections = {
  attempt(to, callback) {
    connect(to).then(
      callback,
      (error) => callback(networkFault(error, to.host)),
    );
  },
};

async function connect({ host, port }: Endpoint): Promise<Endpoint> {
  const connection = await Deno.connect({ hostname: host, port });
  const { hostname, port: own } = connection.localAddr as Deno.NetAddr;
  connection.close();
  return { host: hostname, port: own };
}
