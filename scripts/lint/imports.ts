/**
 * The rule `imports`: who may import whom.
 *
 * @module
 */

import { isUnitTest, placeOf, projectPath, resolve } from "./places.ts";

/** The places and packages that the files of a place may import, besides their own folder. */
export type Reach = Readonly<Record<string, readonly string[]>>;

/** The leaves: files of lib/ that nearly all others may import. */
const LEAVES: Reach = {
  "lib/address.ts": [],
  "lib/errors.ts": [],
  "lib/exit_code.ts": ["lib/verdict.ts", "lib/errors.ts"],
  "lib/finding.ts": ["lib/verdict.ts", "lib/world.ts"],
  "lib/instant.ts": ["lib/world.ts"],
  "lib/log.ts": ["lib/visible.ts", "@std/log"],
  "lib/machine.ts": ["lib/world.ts"],
  "lib/nearest.ts": [],
  "lib/parsers.ts": ["lib/address.ts", "lib/nearest.ts"],
  "lib/random.ts": [],
  "lib/setting.ts": ["lib/parsers.ts"],
  "lib/timer_queue.ts": [],
  "lib/tries.ts": [],
  "lib/verdict.ts": [],
  "lib/version.ts": ["deno.json"],
  "lib/visible.ts": [],
  "lib/words.ts": ["lib/world.ts"],
  "lib/world.ts": [],
};
const leaves = Object.keys(LEAVES);

/** The places of the project, files and folders, and their reach. A file is in the first place that fits. */
export const REACH: Reach = {
  "main.ts": ["lib/app.ts", "lib/host/"],
  "lib/app.ts": ["lib/cli/", ...leaves],
  "lib/cli/": [
    "lib/app.ts",
    "lib/run/",
    "lib/session/",
    "lib/probe/",
    "lib/protocol/",
    "lib/config/",
    "lib/gateway/",
    "lib/status/",
    "lib/report/",
    "@std/cli",
    "@std/fmt",
    ...leaves,
  ],
  "lib/run/": [
    "lib/session/",
    "lib/probe/",
    "lib/protocol/",
    "lib/config/",
    "lib/status/",
    ...leaves,
  ],
  "lib/session/": ["lib/probe/", "lib/protocol/", ...leaves],
  "lib/probe/": ["lib/protocol/", ...leaves],
  "lib/protocol/": leaves,
  "lib/config/": ["lib/protocol/", ...leaves],
  "lib/gateway/": ["lib/protocol/", ...leaves],
  "lib/status/": ["lib/protocol/", ...leaves],
  "lib/report/": ["lib/status/", ...leaves],
  "lib/host/": [
    "lib/world.ts",
    "lib/errors.ts",
    "lib/parsers.ts",
    "lib/timer_queue.ts",
    "node:",
  ],
  // It stands in for Deno, and for the files of lib/host/ that Deno alone can run.
  "lib/runtime/": [
    "main.ts",
    "lib/app.ts",
    "lib/host/",
    "lib/parsers.ts",
    "lib/timer_queue.ts",
    "lib/world.ts",
  ],
  "lib/testing/": [
    "lib/world.ts",
    "lib/errors.ts",
    "lib/random.ts",
    "lib/timer_queue.ts",
  ],
  "lib/ambient.d.ts": [],
  ...LEAVES,
  // The one program in tests/, which is built from lib/.
  "tests/netns/gateway.ts": ["lib/gateway/", "lib/host/", "lib/world.ts"],
  "tests/": [
    "lib/exit_code.ts",
    "lib/verdict.ts",
    "lib/config/",
    "lib/testing/",
    "scripts/",
    "deno.json",
    "tests/netns/gateway.ts",
    "@std/assert",
  ],
  "scripts/": [],
  "deno.json": [],
};
const places = Object.keys(REACH);

/** What unit tests may import besides the reach of their subjects. */
const UNIT_TESTS_REACH = ["lib/testing/", "@std/assert"];

/** The places whose unit tests may import all of lib/ but lib/host/. */
const WHOLE_LIB = ["lib/app.ts", "lib/cli/", "lib/run/"];
const libButHost = places.filter((place) =>
  place.startsWith("lib/") && place !== "lib/host/" && place !== "lib/runtime/"
);

/** Whether a file is a fixture for unit tests. */
function isFixture(path: string): boolean {
  return /^lib\/.*\/test_\w+\.ts$/.test(path);
}

/** Everything that a file in a place may import. */
function reachOf(path: string, place: string): readonly string[] {
  const own = REACH[place] ?? [];
  if (!isUnitTest(path) && !isFixture(path)) {
    return place.endsWith("/") ? [place, ...own] : own;
  }
  const more = WHOLE_LIB.includes(place) ? libButHost : [];
  return [...new Set([place, ...own, ...UNIT_TESTS_REACH, ...more])];
}

/** The place or package of a specifier; `undefined` for anything else. */
function targetOf(specifier: string, importer: string): string | undefined {
  if (/^\.\.?\//.test(specifier)) {
    const path = resolve(specifier, importer);
    if (path === undefined || isUnitTest(path)) return undefined;
    return placeOf(path, places);
  }
  const name = /^(?:node:|@[^/]+\/[^/]+)/.exec(specifier)?.[0];
  return Object.values(REACH).flat().find((it) => it === name);
}

/** Joins words as in "a, b or c". All leaves together become one word. */
function join(words: readonly string[]): string {
  const all = leaves.every((leaf) => words.includes(leaf))
    ? [...words.filter((word) => !leaves.includes(word)), "a leaf of lib/"]
    : words;
  return all.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** The places that may import a target. */
function homesOf(target: string): readonly string[] {
  const homes = places.filter((place) => REACH[place]!.includes(target));
  return UNIT_TESTS_REACH.includes(target) ? [...homes, "a unit test"] : homes;
}

/** The complaint about an import; `undefined` if it is allowed. */
function judge(
  specifier: string,
  path: string,
  place: string,
): Pick<Deno.lint.ReportData, "message" | "hint"> | undefined {
  const reach = reachOf(path, place);
  const target = targetOf(specifier, path);
  if (target !== undefined && reach.includes(target)) return;
  const homes = target === undefined ? [] : homesOf(target);
  return {
    message: `Cannot import "${specifier}": ${path} may import ${
      join(reach) || "nothing"
    }`,
    hint: homes.length > 0
      ? `Code that needs ${target} belongs in ${join(homes)}`
      : "Only scripts/ may import that: what is shared belongs in a file that both may import",
  };
}

/** The text of a string literal; `undefined` for other expressions. */
function literalText(
  node: Deno.lint.Expression | Deno.lint.TypeNode,
): string | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? node.value : undefined;
    case "TemplateLiteral":
      return node.expressions.length === 0 ? node.quasis[0]?.cooked : undefined;
    case "TSLiteralType":
      return literalText(node.literal);
    default:
      return undefined;
  }
}

/** Checks the directions of all imports, including type imports. */
export const imports: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (path === undefined) return {};
    const place = placeOf(path, places);
    if (place === undefined) {
      return {
        Program(node) {
          context.report({
            node,
            message:
              `Cannot place "${path}": it is in no place that the project has`,
            hint: "A row of its own in scripts/lint/imports.ts makes one",
          });
        },
      };
    }
    if (place === "scripts/") return {};

    const check = (
      node: Deno.lint.Expression | Deno.lint.TypeNode | null,
    ): void => {
      if (node === null) return;
      const specifier = literalText(node);
      if (specifier === undefined) return;
      const complaint = judge(specifier, path, place);
      if (complaint) context.report({ node, ...complaint });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      TSImportType: ({ argument }) => check(argument),
      TSExternalModuleReference: ({ expression }) => check(expression),
      ImportExpression({ source }) {
        check(source);
        if (place === "tests/" || literalText(source) !== undefined) return;
        context.report({
          node: source,
          message:
            "Cannot import a computed specifier: nothing can check where it leads, so use a literal",
          hint: "Code that loads what it can't name belongs in scripts/",
        });
      },
    };
  },
};
