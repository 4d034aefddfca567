/**
 * The lint plugin that keeps the parts of lifesign apart.
 *
 * @module
 */

import { imports } from "./imports.ts";
import { oneExit } from "./one_exit.ts";
import { timeAndChance } from "./time_and_chance.ts";

/** The rules on imports, time, chance and the end of the process. */
const plugin: Deno.lint.Plugin = {
  name: "lifesign",
  rules: {
    "imports": imports,
    "one-exit": oneExit,
    "time-and-chance": timeAndChance,
  },
};

export default plugin;
