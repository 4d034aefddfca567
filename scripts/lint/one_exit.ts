/**
 * The rule `one-exit`: who may end the process.
 *
 * @module
 */

import { parentOf, startsWithName, visitGlobals } from "./globals.ts";
import { type Part, partOf, projectPath } from "./parts.ts";

/** The parts that may end their own process as they like. */
const EXEMPT: ReadonlySet<Part | undefined> = new Set<Part>([
  "tests",
  "testGateway",
  "scripts",
]);

/** What ends the process, or decides how it will end. */
const EXITS = [
  "Deno.exit",
  "Deno.exitCode",
  "process.exit",
  "process.exitCode",
] as const;

const GLOBALS: ReadonlySet<string> = new Set([
  "Deno",
  "process",
  "global",
  "globalThis",
  "self",
]);
const GLOBAL_OBJECT = /^(?:(?:global|globalThis|self)\.)+/;

/** Whether the last statement of the module is a call of this function. */
function isCalledLast(node: Deno.lint.Node): boolean {
  const call = parentOf(node);
  if (call?.type !== "CallExpression" || call.callee !== node) return false;
  const statement = parentOf(call);
  const program = statement && parentOf(statement);
  return program?.type === "Program" && program.body.at(-1) === statement;
}

/** What main.ts may do: set the code anywhere, and exit at its end. */
function isAllowedInMain(path: string, node: Deno.lint.Node): boolean {
  return path === "Deno.exitCode" || path === "Deno.exit" && isCalledLast(node);
}

/** Lets the process end in one place. */
export const oneExit: Deno.lint.Rule = {
  create(context) {
    const file = projectPath(context.filename);
    if (file === undefined) return {};
    const part = partOf(file);
    if (EXEMPT.has(part)) return {};
    return visitGlobals(GLOBALS, ({ path, node }) => {
      const bare = path.replace(GLOBAL_OBJECT, "");
      const exit = EXITS.find((name) => startsWithName(bare, name));
      if (exit === undefined) return;
      if (part === "main" && isAllowedInMain(bare, node)) return;
      context.report({
        node,
        ...part === "main"
          ? {
            message:
              `Cannot use "${exit}": this is not the end of main.ts, a single "Deno.exit(…)" is wanted`,
            hint: "The call belongs in the last statement of the module",
          }
          : {
            message:
              `Cannot use "${exit}": the process ends in main.ts alone, an exit code to return is wanted`,
            hint: "The call belongs in main.ts, as its last statement",
          },
      });
    });
  },
};
