/**
 * The environment variables of this process.
 *
 * @module
 */
import { LifesignError } from "../errors.ts";
import type { Environment } from "../world.ts";

/** The prefix of the variables of lifesign itself. */
const ownPrefix = "LIFESIGN_";

/** The variables; those that are no UTF-8 can't be read. */
export const environment: Environment = {
  get(name) {
    try {
      return Deno.env.get(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.InvalidData)) throw error;
      if (!name.startsWith(ownPrefix)) return undefined;
      // Without the value, which may hold the UID.
      const message = `${name}: Cannot read the variable: expected UTF-8`;
      throw new LifesignError([{ kind: "config", message }]);
    }
  },
};
