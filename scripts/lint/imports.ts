/**
 * The rule `imports`: who may import whom.
 *
 * @module
 */

import {
  isUnitTest,
  type Part,
  partOf,
  PARTS,
  PLACES,
  projectPath,
  resolve,
} from "./parts.ts";

const LEAVES = [
  "verdict",
  "exitCode",
  "errors",
  "world",
  "instant",
  "log",
  "random",
  "timerQueue",
  "address",
  "nearest",
  "visible",
  "words",
  "parsers",
  "setting",
  "finding",
  "version",
] as const satisfies readonly Part[];

/** What each part may import besides itself. The scripts may import anything. */
export const MAY_IMPORT: Readonly<Record<Part, readonly Part[]>> = {
  main: ["app", "host"],
  app: ["cli", ...LEAVES],
  cli: [
    "app",
    "run",
    "session",
    "probe",
    "protocol",
    "config",
    "gateway",
    "status",
    "report",
    ...LEAVES,
  ],
  run: ["session", "probe", "protocol", "config", "status", ...LEAVES],
  session: ["probe", "protocol", ...LEAVES],
  probe: ["protocol", ...LEAVES],
  protocol: LEAVES,
  config: ["protocol", ...LEAVES],
  gateway: ["protocol", ...LEAVES],
  status: ["protocol", ...LEAVES],
  report: ["status", ...LEAVES],
  host: ["world", "errors", "random", "timerQueue"],
  testing: ["world", "errors", "random", "timerQueue"],
  verdict: [],
  exitCode: ["verdict", "errors"],
  errors: [],
  world: [],
  instant: ["world"],
  log: ["world", "visible"],
  random: [],
  timerQueue: [],
  address: [],
  nearest: [],
  visible: [],
  words: ["world"],
  parsers: ["address", "nearest"],
  setting: ["parsers"],
  finding: ["verdict", "world"],
  version: ["manifest"],
  testGateway: ["gateway", "host", "world"],
  tests: [
    "exitCode",
    "verdict",
    "config",
    "scripts",
    "manifest",
    "testGateway",
  ],
  scripts: PARTS,
  manifest: [],
};

/** What every unit test may import besides what its subject may. */
const UNIT_TESTS_MAY_IMPORT: readonly Part[] = ["testing"];

const LIB_BUT_HOST = PARTS.filter((part) =>
  PLACES[part].startsWith("lib/") && part !== "host"
);

/** What the unit tests of a part may import besides that. */
const UNIT_TESTS_OF: Readonly<Partial<Record<Part, readonly Part[]>>> = {
  app: LIB_BUT_HOST,
  cli: LIB_BUT_HOST,
  run: LIB_BUT_HOST,
};

/** Something to import that is not a file of the project's, and who may. */
interface Package {
  /** The beginning of its specifiers: what follows is nothing or a path. */
  readonly name: string;
  /** The parts that may import it. */
  readonly parts: readonly Part[];
  /** Whether every unit test may as well. */
  readonly inUnitTests?: true;
}

const PACKAGES: readonly Package[] = [
  { name: "@std/log", parts: ["log"] },
  { name: "@std/cli", parts: ["cli"] },
  { name: "@std/fmt", parts: ["cli", "log"] },
  { name: "@std/assert", parts: ["testing", "tests"], inUnitTests: true },
  { name: "node:", parts: ["host"] },
];

/** What is wrong with an import. */
interface Complaint {
  readonly message: string;
  readonly hint: string;
}

/** The file that imports something. */
interface Importer {
  readonly path: string;
  readonly part: Part;
}

/** Joins words as in "a, b or c". */
function join(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** The places of parts, the leaves as one if all of them are there. */
function placesOf(parts: readonly Part[]): readonly string[] {
  if (!LEAVES.every((leaf) => parts.includes(leaf))) {
    return parts.map((part) => PLACES[part]);
  }
  const leaves: readonly Part[] = LEAVES;
  const others = parts.filter((part) => !leaves.includes(part));
  return [...others.map((part) => PLACES[part]), "a leaf of lib/"];
}

/** Whether a file is there for the unit tests of its folder alone. */
function isFixture(path: string): boolean {
  return /^lib\/.*\/test_\w+\.ts$/.test(path);
}

/** All that a file may import. */
function reachOf({ path, part }: Importer): readonly Part[] {
  const itself = PLACES[part].endsWith("/") || isUnitTest(path) ? [part] : [];
  const more = isUnitTest(path) || isFixture(path)
    ? [...UNIT_TESTS_MAY_IMPORT, ...UNIT_TESTS_OF[part] ?? []]
    : [];
  return [...new Set([...itself, ...MAY_IMPORT[part], ...more])];
}

/** Where a part, or a file that is in none, may be imported. */
function homesOf(part: Part | undefined): readonly string[] {
  if (part === undefined) return [];
  const importers = PARTS.filter((importer) =>
    importer !== "scripts" && MAY_IMPORT[importer].includes(part)
  );
  return UNIT_TESTS_MAY_IMPORT.includes(part)
    ? [...placesOf(importers), "a unit test"]
    : placesOf(importers);
}

/** Judges the import of a file. */
function judgeFile(
  specifier: string,
  importer: Importer,
): Complaint | undefined {
  const reach = reachOf(importer);
  const path = resolve(specifier, importer.path);
  const isTest = path !== undefined && isUnitTest(path);
  const part = path === undefined || isTest ? undefined : partOf(path);
  if (part !== undefined && reach.includes(part)) return;
  const target = part === undefined ? path ?? `"${specifier}"` : PLACES[part];
  const wanted = reach.length === 0
    ? "no import"
    : `an import of ${join(placesOf(reach))}`;
  const homes = homesOf(part);
  return {
    message:
      `Cannot import "${specifier}": ${target} is out of reach of ${importer.path}, ${wanted} is wanted`,
    hint: homes.length > 0
      ? `Code that needs ${target} belongs in ${join(homes)}`
      : `Nothing imports ${target}: what is shared belongs in a file that both may import`,
  };
}

/** Whether a specifier is that of a package or of a path in it. */
function isFrom(specifier: string, name: string): boolean {
  return name.endsWith(":")
    ? specifier.startsWith(name)
    : specifier === name || specifier.startsWith(`${name}/`);
}

/** Judges the import of a package, or of what pretends to be one. */
function judgePackage(
  specifier: string,
  { path, part }: Importer,
): Complaint | undefined {
  const found = PACKAGES.find(({ name }) => isFrom(specifier, name));
  if (found === undefined) {
    const known = join(PACKAGES.map(({ name }) => `"${name}"`));
    return {
      message:
        `Cannot import "${specifier}": it is no dependency of the program, an import of ${known} is wanted`,
      hint: "Code that needs anything else belongs in scripts/",
    };
  }
  if (found.parts.includes(part)) return;
  if (found.inUnitTests && isUnitTest(path)) return;
  const places = placesOf(found.parts);
  const homes = join(
    found.inUnitTests ? [...places, "a unit test"] : places,
  );
  return {
    message:
      `Cannot import "${specifier}": "${found.name}" is out of reach of ${path}, a place in ${homes} is wanted`,
    hint: `Code that needs "${found.name}" belongs in ${homes}`,
  };
}

/** Judges an import that a file has. */
function judge(specifier: string, importer: Importer): Complaint | undefined {
  return /^\.\.?\//.test(specifier)
    ? judgeFile(specifier, importer)
    : judgePackage(specifier, importer);
}

/** The text of a literal without gaps; `undefined` for any other expression. */
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

/** Keeps the directions of the dependencies, type-only ones included. */
export const imports: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (path === undefined) return {};
    const part = partOf(path);
    if (part === undefined) {
      return {
        Program(node) {
          context.report({
            node,
            message:
              `Cannot place "${path}": it is no part of the program, a row of its own is wanted`,
            hint: "The parts and their places are in scripts/lint/parts.ts",
          });
        },
      };
    }
    if (part === "scripts") return {};

    const check = (
      node: Deno.lint.Expression | Deno.lint.TypeNode | null,
    ): void => {
      if (node === null) return;
      const specifier = literalText(node);
      if (specifier === undefined) return;
      const complaint = judge(specifier, { path, part });
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
        if (part === "tests" || literalText(source) !== undefined) return;
        context.report({
          node: source,
          message:
            "Cannot import a computed specifier: nothing can check where it leads, a literal is wanted",
          hint: "Code that loads what it can't name belongs in scripts/",
        });
      },
    };
  },
};
