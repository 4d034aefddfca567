/**
 * The rule `host-only`: who may touch the outside.
 *
 * @module
 */

import { parentOf, startsWithName, type Use, visitGlobals } from "./globals.ts";
import { isUnitTest, type Part, partOf, projectPath } from "./parts.ts";

/** The parts that may touch the outside. */
const EXEMPT: ReadonlySet<Part | undefined> = new Set<Part>([
  "main",
  "host",
  "tests",
  "testGateway",
  "scripts",
]);

/** What a unit test may use all the same. */
const UNIT_TEST_NAMES = ["Deno.test", "Deno.bench"] as const;

const INTERFACE = "an interface of lib/world.ts";
const CLOCK = '"Clock" of lib/world.ts';
const CHANCE = '"random()" of "World"';
const TERMINAL = '"Terminal" of lib/world.ts or lib/log.ts';

/** What reaches the outside, and what is wanted instead. */
const AMBIENT: Readonly<Record<string, string>> = {
  "AbortSignal.timeout": CLOCK,
  "Date.now": CLOCK,
  "Deno": INTERFACE,
  "Math.random": CHANCE,
  "Temporal.Now": CLOCK,
  "console": TERMINAL,
  "crypto": CHANCE,
  "fetch": INTERFACE,
  "global": INTERFACE,
  "globalThis": INTERFACE,
  "performance": CLOCK,
  "process": INTERFACE,
  "self": INTERFACE,
  "setImmediate": CLOCK,
  "setInterval": CLOCK,
  "setTimeout": CLOCK,
};

const GLOBALS: ReadonlySet<string> = new Set([
  "Date",
  ...Object.keys(AMBIENT).map((name) => name.replace(/\..*/, "")),
]);

/** What reaches the outside in a use of a global; `undefined` if nothing does. */
function ambientName({ path, node }: Use): string | undefined {
  if (path === "Date") return currentDate(node);
  return Object.keys(AMBIENT).find((name) => startsWithName(path, name));
}

/** How `Date` is asked for the time; `undefined` if it is not, since with arguments it only converts. */
function currentDate(node: Deno.lint.Node): string | undefined {
  const owner = parentOf(node);
  switch (owner?.type) {
    case "CallExpression":
      return owner.callee === node ? "Date()" : undefined;
    case "NewExpression":
      return owner.callee === node && owner.arguments.length === 0
        ? "new Date()"
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a unit test may use a global. */
function isTestName(path: string): boolean {
  return UNIT_TEST_NAMES.some((name) => startsWithName(path, name));
}

/** Keeps the outside out of everything but `lib/host/`. */
export const hostOnly: Deno.lint.Rule = {
  create(context) {
    const file = projectPath(context.filename);
    if (file === undefined || EXEMPT.has(partOf(file))) return {};
    const isTest = isUnitTest(file);
    return visitGlobals(GLOBALS, (use) => {
      const name = ambientName(use);
      if (name === undefined || isTest && isTestName(use.path)) return;
      const wanted = isTest ? "a fake of lib/testing/" : AMBIENT[name] ?? CLOCK;
      const home = isTest ? "lib/host/ or tests/" : "lib/host/";
      context.report({
        node: use.node,
        message:
          `Cannot use "${name}": ${file} does not touch the outside, ${wanted} is wanted`,
        hint: `Code that needs "${name}" itself belongs in ${home}`,
      });
    });
  },
};
