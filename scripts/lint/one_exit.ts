/**
 * The rule `one-exit`: who may end the process.
 *
 * @module
 */

import { visitMembers } from "./members.ts";
import { projectPath } from "./places.ts";

/** Members that end the process or set its exit code. */
const EXIT = /^(?:Deno|process)\.(?:exit|exitCode)$/;

/** Whether a function is called in the last statement of the module. */
function isCalledLast(node: Deno.lint.Node): boolean {
  const call = parentOf(node);
  if (call?.type !== "CallExpression" || call.callee !== node) return false;
  const statement = parentOf(call);
  const program = statement && parentOf(statement);
  return program?.type === "Program" && program.body.at(-1) === statement;
}

/** The parent of a node; `undefined` for the program. */
function parentOf(node: Deno.lint.Node): Deno.lint.Node | undefined {
  const parent: unknown = Reflect.get(node, "parent");
  return parent as Deno.lint.Node | null ?? undefined;
}

/** Whether main.ts may do that: it sets the code anywhere, and exits at its end. */
function isAllowedInMain(path: string, node: Deno.lint.Node): boolean {
  return path === "Deno.exitCode" || path === "Deno.exit" && isCalledLast(node);
}

/** Allows the process to end in one place only. */
export const oneExit: Deno.lint.Rule = {
  create(context) {
    const file = projectPath(context.filename);
    if (file === undefined || /^(?:tests|scripts)\//.test(file)) return {};
    return visitMembers((path, node) => {
      if (!EXIT.test(path)) return;
      if (file !== "main.ts") {
        context.report({
          node,
          message:
            `Cannot use "${path}": the process ends in main.ts alone, return an exit code instead`,
          hint: "The call belongs in main.ts, as its last statement",
        });
      } else if (!isAllowedInMain(path, node)) {
        context.report({
          node,
          message:
            `Cannot use "${path}": this is not the end of main.ts, which calls "Deno.exit(…)" once`,
          hint: "The call belongs in the last statement of the module",
        });
      }
    });
  },
};
