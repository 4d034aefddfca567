/**
 * The local address that a session's heartbeats leave from.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import { type Fault, type Interfaces, isFault } from "../world.ts";

/**
 * The address to bind a socket to that is to reach a peer. `bind` is an address,
 * the name of an interface, whose first address of the peer's family it is now,
 * or `null` for whichever the route says.
 */
export function sourceAddress(
  bind: string | null,
  peer: string,
  interfaces: Interfaces,
): string | Fault {
  const family = familyOf(peer) ?? "4";
  if (bind === null) return family === "6" ? "::" : "0.0.0.0";
  if (familyOf(bind) !== null) return bind;
  const all = interfaces.addresses();
  if (isFault(all)) return all;
  const own = all.filter(({ name }) => name === bind);
  const found = own.find(({ address }) => familyOf(address) === family);
  if (found !== undefined) return found.address;
  if (own.length > 0) {
    return {
      code: "EADDRNOTAVAIL",
      message:
        `interface ${bind} has no IPv${family} address, which ${peer} needs: see \`ip address show ${bind}\``,
    };
  }
  const names = [...new Set(all.map(({ name }) => name))].join(", ");
  return {
    code: "ENODEV",
    message: `no interface ${bind} has an address: is it there, is it up? ${
      names ? `This machine has ${names}` : "This machine has none at all"
    }`,
  };
}

/** Those of a gateway's addresses that can be reached from where heartbeats leave; all if that is not known before they do. */
export function reachable(
  hosts: readonly string[],
  bind: string | null,
  interfaces: Interfaces,
): readonly string[] {
  if (bind === null || familyOf(bind) !== null) return hosts;
  const can = hosts.filter((host) =>
    !isFault(sourceAddress(bind, host, interfaces))
  );
  return can.length > 0 ? can : hosts;
}
