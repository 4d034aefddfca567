/**
 * The network interfaces of this machine.
 *
 * @module
 */
import type { Interfaces } from "../world.ts";
import { abilities } from "./abilities.ts";
import { codeOf, messageOf } from "./os_error.ts";

/** The interfaces of this machine. */
export const interfaces: Interfaces = {
  areBindable: abilities.bindsDevices,
  addresses() {
    try {
      return Deno.networkInterfaces()
        // A link-local address is useless without its interface, which no socket here can name.
        .filter(({ address }) => !/^fe[89ab]/i.test(address))
        .map(({ name, address, cidr }) => ({
          // An address with a label is listed as `eth0:1`.
          name: name.replace(/:.*/, ""),
          address,
          prefix: Number(cidr.split("/")[1]),
        }));
    } catch (error) {
      const message = `cannot list the interfaces: ${messageOf(error)}`;
      return { code: codeOf(error), message };
    }
  },
};
