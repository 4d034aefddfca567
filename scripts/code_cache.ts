/**
 * What a program with a code cache consists of. V8 keeps what it has made of the
 * functions that ran, so that the next start neither reads nor compiles them; but
 * only of classic scripts, and `node:vm` alone passes it on. The cache is part of
 * the executable. V8 takes it only if version, flags, snapshot and the script's
 * length are the same, and else compiles as ever.
 *
 * @module
 */
import { coreName } from "./join_chunks.ts";

/** A program whose start becomes a script. */
export interface ScriptedProgram {
  /** The file name of its main module, as that was bundled, and of what takes its place. */
  readonly main: string;
  /** What modules that are loaded at need import of {@linkcode coreName}. */
  readonly names: readonly string[];
}

/** The program's script: the main module and what it needs at its start. */
export const scriptName = "core.txt";

/** The code cache. */
export const cacheName = "core.bin";

/** The main module that makes the code cache. */
export const warmUpName = "warm_up.js";

/**
 * What the script begins with: an async function, as only there is a main module's
 * `await` allowed, which passes on what modules that are loaded at need import.
 */
export const scriptHead = '(async function (publish) { "use strict";';

/** What the script ends with. */
export const scriptEnd = "})";

/** What a script is bundled from, by file name; the last is the main one. */
export function scriptParts(
  { main, names }: ScriptedProgram,
): Readonly<Record<string, string>> {
  const list = names.join(", ");
  return {
    "publish.js":
      `import { ${list} } from "./${coreName}";\npublish({ ${list} });\n`,
    // Imported in this order: the main module imports others before it ends.
    "parts.js": `import "./publish.js";\nimport "./${main}";\n`,
  };
}

/**
 * What stands around a script, by file name. Modules that are loaded at need import
 * {@linkcode coreName}, which therefore may not wait for the end of the program: the
 * main module does.
 */
export function modulesAround(
  { main, names }: ScriptedProgram,
): Readonly<Record<string, string>> {
  return {
    [coreName]: `import { Script } from "node:vm";
const folder = import.meta.dirname;
export const script = new Script(Deno.readTextFileSync(folder + "/${scriptName}"), {
  filename: import.meta.resolve("./${scriptName}"),
  cachedData: Deno.readFileSync(folder + "/${cacheName}"),
});
let core;
export const ended = script.runInThisContext()((names) => { core = names; });
export const { ${names.join(", ")} } = core;
`,
    [main]: `import { ended } from "./${coreName}";
await ended;
`,
    [warmUpName]: `const { exit } = Deno;
Deno.exit = (code) => {
  const cache = script.createCachedData();
  for (let at = 0; at < cache.length;) {
    at += Deno.stdout.writeSync(cache.subarray(at));
  }
  exit(code);
};
const { ended, script } = await import("./${coreName}");
await ended;
`,
    [cacheName]: "",
  };
}
