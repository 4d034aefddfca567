/**
 * The environment variables of this process.
 *
 * @module
 */
import { LifesignError } from "../errors.ts";
import type { Environment } from "../world.ts";
import { revokeEnvironment } from "./rights.ts";

/** The prefix of the variables of lifesign itself. */
const ownPrefix = "LIFESIGN_";

/** The variables of others that lifesign reads. */
const others: readonly string[] = [
  "HOME",
  "JOURNAL_STREAM",
  "NOTIFY_SOCKET",
  "RUNTIME_DIRECTORY",
  "TERM",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
  "XAUTHORITY",
  "XDG_CONFIG_HOME",
];

/**
 * Takes the variables with these names and those that the host reads, and gives
 * up the right to read any: whoever may list them may read them all, and this
 * right can't be narrowed.
 */
export function takeEnvironment(names: readonly string[]): Environment {
  const ownNames = Object.keys(Deno.env.toObject())
    .filter((name) => name.startsWith(ownPrefix));
  const taken = new Map<string, string | null | undefined>();
  for (const name of [...names, ...others]) taken.set(name, valueOf(name));
  revokeEnvironment();
  return {
    ownNames,
    get(name) {
      const value = taken.get(name);
      if (!taken.has(name)) throw new TypeError(`Did not take ${name}`);
      if (value !== null) return value;
      if (!name.startsWith(ownPrefix)) return undefined;
      // Without the value, which may hold the UID.
      const message = `${name}: Cannot read the variable: expected UTF-8`;
      throw new LifesignError([{ kind: "config", message }]);
    },
  };
}

/** The value of a variable; `null` if it is no UTF-8. */
function valueOf(name: string): string | null | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    return null;
  }
}
