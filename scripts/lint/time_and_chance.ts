/**
 * The rule `time-and-chance`: who may read the clock and make random numbers.
 * The compiler keeps all other access to the outside in `lib/host/`, but `Date`,
 * `Temporal` and `Math` belong to the language.
 *
 * @module
 */

import { visitMembers } from "./members.ts";
import { projectPath } from "./places.ts";

const CLOCK = '"Clock" of lib/world.ts';
const MEMBERS: Readonly<Record<string, string>> = {
  "Date.now": CLOCK,
  "Temporal.Now": CLOCK,
  "Math.random": '"random()" of "World"',
};

/** Forbids clocks and random numbers in `lib/`, except in `lib/host/`. */
export const timeAndChance: Deno.lint.Rule = {
  create(context) {
    const file = projectPath(context.filename);
    if (file === undefined || !/^lib\/(?!host\/)/.test(file)) return {};
    const report = (node: Deno.lint.Node, name: string, instead: string) =>
      context.report({
        node,
        message: `Cannot use "${name}" in ${file}: use ${instead} instead`,
        hint: `Code that needs "${name}" itself belongs in lib/host/`,
      });
    return {
      ...visitMembers((path, node) => {
        const instead = MEMBERS[path];
        if (instead !== undefined) report(node, path, instead);
      }),
      // With arguments, it only converts.
      'NewExpression[callee.name="Date"][arguments.length=0]'(
        node: Deno.lint.NewExpression,
      ) {
        report(node, "new Date()", CLOCK);
      },
      'CallExpression[callee.name="Date"]'(node: Deno.lint.CallExpression) {
        report(node, "Date()", CLOCK);
      },
    };
  },
};
