/**
 * Bundles programs.
 *
 * @module
 */
import { coreName, planJoin } from "./join_chunks.ts";
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
  // Their times go into the executable, which is the same for the same sources.
  for (const module of modules) Deno.utimeSync(module, 0, 0);
  return `${folder}/${entry}`;
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

/** Makes one module of all chunks that are loaded at the start. */
async function join(
  esbuild: string,
  main: string,
  folder: string,
): Promise<void> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const bundle = new Map(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
  const { entry, others } = planJoin(main, bundle);
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
}

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
    "--log-level=warning",
    `--target=${target}`,
    "--minify-whitespace",
    "--minify-syntax",
    "--minify-identifiers",
    "--sourcemap=external",
    "--line-limit=100",
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
