/**
 * The system's resolver (getaddrinfo), which uses the configuration of this
 * machine, such as /etc/hosts and nsswitch.conf.
 *
 * @module
 */
import type { Fault, Names } from "../world.ts";
import { codeOf, messageOf, networkFault } from "./os_error.ts";
import { addressesOf } from "./resolver.ts";

type Answer = readonly string[] | Fault;

/** Makes a resolver that looks up each name once at a time. */
export function createNames(): Names {
  const underWay = new Map<string, Promise<Answer>>();
  return {
    lookUp(name, callback) {
      const answer = underWay.get(name) ??
        answerTo(name).finally(() => underWay.delete(name));
      underWay.set(name, answer);
      answer.then(callback);
    },
  };
}

async function answerTo(name: string): Promise<Answer> {
  try {
    const hosts = await addressesOf(name);
    return hosts.length === 0 ? fault(name, null) : hosts;
  } catch (error) {
    return fault(name, error);
  }
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

/** The fault if no descriptor is free: the resolver itself would only say that it knows no address. */
function shortageOfFiles(): Fault | null {
  try {
    Deno.openSync("/").close();
  } catch (error) {
    const fault = networkFault(error, "/");
    if (fault.code === "EMFILE" || fault.code === "ENFILE") return fault;
  }
  return null;
}
