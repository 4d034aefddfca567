/**
 * Which build of lifesign this is.
 *
 * @module
 */
import type { Build } from "../world.ts";

/** This one, on Deno. */
export const build: Build = {
  target: Deno.build.target,
  parts: [
    `Deno ${Deno.version.deno} (MIT)`,
    `V8 ${Deno.version.v8} (BSD-3-Clause)`,
    "ICU (Unicode-3.0)",
    "the libraries that Deno is made of",
  ],
};
