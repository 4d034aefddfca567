/**
 * The environment variables of this process.
 *
 * @module
 */
import { LifesignError } from "../errors.ts";
import type { Environment } from "../world.ts";

/** The variables that lifesign alone reads. */
const ours = "LIFESIGN_";

/** Reads the variables; what is no UTF-8 can't be read. */
export const environment: Environment = {
  get(name) {
    try {
      return Deno.env.get(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.InvalidData)) throw error;
      if (!name.startsWith(ours)) return undefined;
      // Its value may be the UID, or nearly so.
      const message = `${name}: Cannot read the variable: expected UTF-8`;
      throw new LifesignError([{ kind: "config", message }]);
    }
  },
};
