/**
 * Bundles programs.
 *
 * @module
 */
import { coreName, planJoin } from "./join_chunks.ts";
import {
  cacheName,
  modulesAround,
  type ScriptedProgram,
  scriptEnd,
  scriptHead,
  scriptName,
  scriptParts,
  warmUpName,
} from "./code_cache.ts";
import { runTool } from "./run_tool.ts";
import { denoVersion } from "./supply/denort.ts";
import { ensureEsbuild } from "./supply/esbuild.ts";

/** A program, bundled. */
export interface Bundled {
  /** The main module. */
  readonly main: string;
  /** Files that it needs, and that the imports of modules do not tell of. */
  readonly others: readonly string[];
}

/**
 * Bundles the modules in a new folder for Deno. Each module takes 0.4 million
 * instructions to load. Modules that are imported at need stay apart. With
 * `makeCache`, the program has a code cache, if this Deno can make such programs:
 * that resolves to what the program that it is given writes to stdout as it exits,
 * or to nothing for an empty one.
 */
export async function bundle(
  main: string,
  folder: string,
  makeCache?: (program: Bundled) => Promise<Uint8Array>,
): Promise<Bundled> {
  const esbuild = await ensureEsbuild();
  await split([main], folder);
  const entry = bundledName(main);
  const path = `${folder}/${entry}`;
  if (esbuild === null) {
    keepTimes(filesIn(folder));
    return { main: path, others: [] };
  }
  const names = await join(esbuild, entry, folder);
  if (makeCache !== undefined) {
    await makeScript(esbuild, { main: entry, names }, folder);
  }
  const files = filesIn(folder).filter((file) => !file.endsWith(".map"));
  const modules = files.filter((file) => file.endsWith(".js"));
  await shorten(esbuild, modules, folder);
  const warmUp = `${folder}/${warmUpName}`;
  const others = makeCache === undefined
    ? []
    : files.filter((file) => file !== path && file !== warmUp);
  const cache = await makeCache?.({ main: warmUp, others });
  if (cache) Deno.writeFileSync(`${folder}/${cacheName}`, cache);
  keepTimes(files);
  return { main: path, others };
}

/** Sets the times of files, which go into the executable: the same sources make the same. */
function keepTimes(files: readonly string[]): void {
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
  await runTool(Deno.execPath(), [
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
  await runTool(esbuild, [
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

/** Makes a script of the main module and the core, and puts modules around it in their place. */
async function makeScript(
  esbuild: string,
  program: ScriptedProgram,
  folder: string,
): Promise<void> {
  const own = [program.main, coreName].map((name) => `${folder}/${name}`);
  const atNeed = filesIn(folder).filter((file) => !own.includes(file))
    .map((file) => `--external:./${file.slice(folder.length + 1)}`);
  const parts = writeAll(scriptParts(program), folder);
  await runTool(esbuild, [
    ...shortening,
    "--bundle",
    "--format=esm",
    "--external:node:*",
    ...atNeed,
    `--banner:js=${scriptHead}`,
    `--footer:js=${scriptEnd}`,
    `--outfile=${folder}/${scriptName}`,
    parts.at(-1)!,
  ]);
  for (const file of parts) Deno.removeSync(file);
  writeAll(modulesAround(program), folder);
}

/** Writes files with these texts; returns their paths. */
function writeAll(
  texts: Readonly<Record<string, string>>,
  folder: string,
): string[] {
  return Object.entries(texts).map(([name, text]) => {
    const path = `${folder}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  });
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
  await runTool(esbuild, [
    ...shortening,
    `--target=${target}`,
    "--allow-overwrite",
    `--outdir=${folder}`,
    ...modules,
  ]);
}
