/**
 * Bundles programs.
 *
 * @module
 */
import { coreName, planJoin } from "./join_chunks.ts";
import {
  cacheName,
  mainName,
  scriptedProgram,
  scriptEnd,
  scriptHead,
  scriptName,
  scriptParts,
  warmUpName,
} from "./code_cache.ts";
import { denoVersion } from "./supply/denort.ts";
import { ensureEsbuild } from "./supply/esbuild.ts";

/**
 * Bundles the modules in a new folder for Deno; resolves to the main one. Each
 * module takes 0.4 million instructions to load. Modules that are imported at
 * need stay apart.
 */
export async function bundle(main: string, folder: string): Promise<string> {
  const esbuild = await ensureEsbuild();
  await split([main], folder);
  const entry = bundledName(main);
  if (esbuild !== null) await join(esbuild, entry, folder);
  const modules = filesIn(folder);
  if (esbuild !== null) await shorten(esbuild, modules, folder);
  keepTimes(modules);
  return `${folder}/${entry}`;
}

/** A program with a code cache, bundled. */
export interface CachedBundle {
  /** The main module. */
  readonly main: string;
  /** The files that the program reads or imports at need. */
  readonly others: readonly string[];
  /** A main module that runs the program, and writes its code cache to stdout as it exits. */
  readonly warmUp: string;
  /** The file for the cache, one of the others. It is empty, which is no cache. */
  readonly cache: string;
}

/**
 * Bundles the modules in a new folder for Deno, as {@linkcode bundle} does, and
 * makes a script of those that are loaded at the start, since V8 keeps a code
 * cache of scripts only. Resolves to `null` if this Deno cannot do that.
 */
export async function bundleWithCache(
  main: string,
  folder: string,
): Promise<CachedBundle | null> {
  const esbuild = await ensureEsbuild();
  if (esbuild === null) return null;
  await split([main], folder);
  const names = await join(esbuild, bundledName(main), folder);
  await makeScript(esbuild, bundledName(main), names, folder);
  const scripted = scriptedProgram(names);
  for (const [name, text] of Object.entries(scripted)) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  const files = filesIn(folder).filter((file) => !file.endsWith(".map"));
  const modules = files.filter((file) => file.endsWith(".js"));
  await shorten(esbuild, modules, folder);
  keepTimes(files);
  const [start, warmUp, cache] = [mainName, warmUpName, cacheName]
    .map((name) => `${folder}/${name}`) as [string, string, string];
  const others = files.filter((file) => file !== start && file !== warmUp);
  return { main: start, others, warmUp, cache };
}

/** Sets the times of files, which go into the executable: the same sources make the same. */
export function keepTimes(files: readonly string[]): void {
  for (const file of files) Deno.utimeSync(file, 0, 0);
}

/**
 * Bundles modules in a new folder for the static build, in the language that
 * QuickJS knows. They are evaluated one after the other. Resolves to the one that
 * all but the last of them become, together with what they need, to the last one,
 * and to those that are loaded at need.
 */
export async function bundleStatic(
  mains: readonly string[],
  folder: string,
  isChecked: boolean,
): Promise<string[]> {
  const esbuild = await ensureEsbuild();
  if (esbuild === null) {
    throw new Error(
      `Cannot make a static build with this Deno: expected \`npx -y deno@${denoVersion}\``,
    );
  }
  await split(mains, folder, { config: "deno.static.json", isChecked });
  const [main, ...others] = mains.map(bundledName).toReversed();
  const imports = others.toReversed().map((name) => `import "./${name}";\n`);
  const text = Deno.readTextFileSync(`${folder}/${main}`);
  Deno.writeTextFileSync(`${folder}/${main}`, imports.join("") + text);
  await join(esbuild, main!, folder);
  const modules = filesIn(folder).toSorted();
  await shorten(esbuild, modules, folder, "es2022");
  const first = [`${folder}/${coreName}`, `${folder}/${main}`];
  return [...first, ...modules.filter((module) => !first.includes(module))];
}

/** What a module is called once it is bundled. */
function bundledName(main: string): string {
  return `${main.replace(/^.*\//, "").replace(/\.ts$/, "")}.js`;
}

/** Makes modules of everything that these import, in a new folder. */
async function split(
  mains: readonly string[],
  folder: string,
  { config, isChecked = true }: {
    readonly config?: string;
    readonly isChecked?: boolean;
  } = {},
): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    isChecked ? "--check" : "--no-check",
    "--code-splitting",
    ...config === undefined ? [] : [`--config=${config}`],
    `--outdir=${folder}`,
    ...mains,
  ]);
}

function filesIn(folder: string): string[] {
  return Array.from(
    Deno.readDirSync(folder),
    ({ name }) => `${folder}/${name}`,
  );
}

/** Makes one module of all chunks that are loaded at the start; resolves to the names that it exports. */
async function join(
  esbuild: string,
  main: string,
  folder: string,
): Promise<readonly string[]> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const bundle = new Map(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
  const { entry, names: exported, others } = planJoin(main, bundle);
  const source = `${folder}/entry.js`;
  Deno.writeTextFileSync(source, entry);
  await run(esbuild, [
    "--log-level=warning",
    "--bundle",
    "--format=esm",
    ...[...others.keys()].map((name) => `--external:./${name}`),
    `--outfile=${folder}/${coreName}`,
    source,
  ]);
  Deno.removeSync(source);
  for (const name of names) {
    const text = others.get(name);
    if (text === undefined) Deno.removeSync(`${folder}/${name}`);
    else Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  return exported;
}

/** Makes the script of the main module and the core, which go. */
async function makeScript(
  esbuild: string,
  main: string,
  names: readonly string[],
  folder: string,
): Promise<void> {
  const own = [main, coreName].map((name) => `${folder}/${name}`);
  const atNeed = filesIn(folder).filter((file) => !own.includes(file))
    .map((file) => `--external:./${file.slice(folder.length + 1)}`);
  const parts = Object.entries(scriptParts(main, names))
    .map(([name, text]) => [`${folder}/${name}`, text] as const);
  for (const [file, text] of parts) Deno.writeTextFileSync(file, text);
  await run(esbuild, [
    ...shortening,
    "--bundle",
    "--format=esm",
    "--external:node:*",
    ...atNeed,
    `--banner:js=${scriptHead}`,
    `--footer:js=${scriptEnd}`,
    `--outfile=${folder}/${scriptName}`,
    parts.at(-1)![0],
  ]);
  for (const file of [...own, ...parts.map(([file]) => file)]) {
    Deno.removeSync(file);
  }
}

const shortening = [
  "--log-level=warning",
  "--minify-whitespace",
  "--minify-syntax",
  "--minify-identifiers",
  "--sourcemap=external",
  "--line-limit=100",
];

/**
 * Shortens modules, so that V8 reads them faster. The maps that it leaves beside
 * them tell what a place in a crash was; the same sources make the same ones.
 */
async function shorten(
  esbuild: string,
  modules: readonly string[],
  folder: string,
  target = "esnext",
): Promise<void> {
  await run(esbuild, [
    ...shortening,
    `--target=${target}`,
    "--allow-overwrite",
    `--outdir=${folder}`,
    ...modules,
  ]);
}

/** Runs a program; throws an `Error` if it fails. */
export async function run(
  command: string,
  args: string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<void> {
  const child = new Deno.Command(command, { args, ...options }).spawn();
  const { success } = await child.status;
  if (!success) {
    throw new Error(`Cannot make an executable: ${command} ${args[0]} failed`);
  }
}
