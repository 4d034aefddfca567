/**
 * The lint plugin that keeps the parts of lifesign apart.
 *
 * @module
 */

import { hostOnly } from "./host_only.ts";
import { imports } from "./imports.ts";
import { oneExit } from "./one_exit.ts";

/** Who may import whom, touch the outside and end the process. */
const plugin: Deno.lint.Plugin = {
  name: "lifesign",
  rules: {
    "imports": imports,
    "host-only": hostOnly,
    "one-exit": oneExit,
  },
};

export default plugin;
