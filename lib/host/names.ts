/**
 * The system's resolver (getaddrinfo), so that /etc/hosts, nsswitch.conf and
 * whatever else this machine is configured with have their say.
 *
 * @module
 */
import type { Fault, Names } from "../world.ts";
import { codeOf, messageOf, networkFault } from "./os_error.ts";

type Callback = (answer: readonly string[] | Fault) => void;

/** Makes a resolver that has one look-up per name under way at a time. */
export function createNames(): Names {
  const underWay = new Map<string, Callback[]>();
  return {
    lookUp(name, callback) {
      const callbacks = underWay.get(name);
      if (callbacks !== undefined) {
        callbacks.push(callback);
        return;
      }
      const all = [callback];
      underWay.set(name, all);
      addressesOf(name).then((answer) => {
        underWay.delete(name);
        for (const callback of all) callback(answer);
      });
    },
  };
}

async function addressesOf(name: string): Promise<readonly string[] | Fault> {
  // Loaded only now: nobody else needs it, and it takes a few ms.
  const { lookup } = await import("node:dns");
  return await new Promise((resolve) => {
    try {
      lookup(name, { all: true, verbatim: true }, (error, addresses) => {
        const hosts = addresses?.map(({ address }) => address) ?? [];
        resolve(error || hosts.length === 0 ? fault(name, error) : hosts);
      });
    } catch (error) {
      resolve(fault(name, error));
    }
  });
}

function fault(name: string, error: unknown): Fault {
  const shortage = shortageOfFiles();
  if (shortage !== null) return shortage;
  const code = error ? codeOf(error) : "ENODATA";
  // Deno says the same of a name that is unknown and of a resolver that is silent.
  const reason = code === "ENOTFOUND" || code === "ENODATA"
    ? "the resolver knows no address, or cannot be reached: is the name right, is a server in /etc/resolv.conf reachable?"
    : messageOf(error);
  return { code, message: `cannot look up ${name}: ${reason}` };
}

/** Without a free descriptor the resolver only says that it knows nothing. */
function shortageOfFiles(): Fault | null {
  try {
    Deno.openSync("/").close();
  } catch (error) {
    const fault = networkFault(error, "/");
    if (fault.code === "EMFILE" || fault.code === "ENFILE") return fault;
  }
  return null;
}
