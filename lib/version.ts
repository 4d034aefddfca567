/**
 * The version of lifesign.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** The version, as deno.json has it. */
export const version: string = config.version;
