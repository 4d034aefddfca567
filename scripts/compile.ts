/**
 * Makes the executable `dist/lifesign` for this machine, or
 * `dist/lifesign-TARGET` with `--target TARGET`.
 *
 * @module
 */
import { readFlags } from "./flags.ts";
import { coreName, planJoin } from "./join_chunks.ts";
import { ensureDenort } from "./supply/denort.ts";
import { ensureEsbuild } from "./supply/esbuild.ts";
import { reportFailure } from "./supply/npm.ts";

/**
 * The V8 flags of every executable. V8 compiles only busy code. This halves the
 * CPU time of a heartbeat, and an idle agent needs no more memory and starts as
 * fast as in lite mode. Small young generations also keep a busy agent small.
 * The executable cannot run where memory may not be both written and executed.
 */
export const v8Flags = [
  "--optimize-for-size",
  "--max-old-space-size=512",
];

/** The permissions of every executable. It cannot ask for more. */
const permissions = [
  "--allow-net",
  "--allow-read",
  // The files that are named by settings.
  "--allow-write",
  // To run hooks, and to die of a signal, which takes all of it.
  "--allow-run",
  "--allow-env=LIFESIGN_*,HOME,XDG_CONFIG_HOME,JOURNAL_STREAM,NOTIFY_SOCKET,RUNTIME_DIRECTORY,TERM,WATCHDOG_PID,WATCHDOG_USEC,XAUTHORITY",
  "--allow-sys=uid,networkInterfaces,osUptime",
];

/** How to compile a program. */
export interface CompileOptions {
  /** The main module. */
  readonly main: string;
  /** The file to write. */
  readonly output: string;
  /** A target triple; this machine's if absent. */
  readonly target?: string;
  /** Flags for V8 instead of {@linkcode v8Flags}. */
  readonly v8Flags?: readonly string[];
}

/** Compiles a program with lifesign's permissions and settings; throws an `Error` if that fails. */
export async function compile(options: CompileOptions): Promise<void> {
  const { main, output, target = Deno.build.target } = options;
  const flags = options.v8Flags ?? v8Flags;
  const denort = await ensureDenort(target);
  const bundled = await bundle(main, `${output}.bundle`);
  await run(Deno.execPath(), [
    "compile",
    "--quiet",
    ...permissions,
    // Its cache in $TMPDIR would run whatever somebody else left there.
    "--no-code-cache",
    // A permission that is missing would be asked for, and hang.
    "--no-prompt",
    ...flags.length > 0 ? [`--v8-flags=${flags.join(",")}`] : [],
    `--target=${target}`,
    `--output=${output}`,
    bundled,
  ], denort === null ? {} : { DENORT_BIN: denort });
}

/**
 * Bundles the modules in a new folder; resolves to the main one. Each module
 * takes 0.4 million instructions to load. Modules that are imported at need stay
 * apart.
 */
async function bundle(main: string, folder: string): Promise<string> {
  const esbuild = await ensureEsbuild();
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--check",
    "--code-splitting",
    `--outdir=${folder}`,
    main,
  ]);
  const entry = `${main.replace(/^.*\//, "").replace(/\.ts$/, "")}.js`;
  if (esbuild !== null) await join(esbuild, entry, folder);
  const modules = Array.from(
    Deno.readDirSync(folder),
    ({ name }) => `${folder}/${name}`,
  );
  if (esbuild !== null) await shorten(esbuild, modules, folder);
  // Their times go into the executable, which is the same for the same sources.
  for (const module of modules) Deno.utimeSync(module, 0, 0);
  return `${folder}/${entry}`;
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
): Promise<void> {
  await run(esbuild, [
    "--log-level=warning",
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

async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const child = new Deno.Command(command, { args, env }).spawn();
  const { success } = await child.status;
  if (!success) {
    throw new Error(`Cannot make an executable: ${command} ${args[0]} failed`);
  }
}

/** Compiles lifesign for a target; resolves to its path. */
export async function compileLifesign(target: string): Promise<string> {
  const output = target === Deno.build.target
    ? "dist/lifesign"
    : `dist/lifesign-${target}`;
  await compile({ main: "main.ts", output, target });
  console.error(`made ${output}`);
  return output;
}

/** Reads `--target TRIPLE`; `undefined` without it. Throws an `Error` for anything else. */
export function targetIn(args: readonly string[]): string | undefined {
  const message =
    "Cannot read the arguments: expected only --target TRIPLE, e.g. --target x86_64-unknown-linux-gnu";
  const { target } = readFlags(args, ["target"], message);
  if (target === "") throw new Error(message);
  return target;
}

async function main(args: readonly string[]): Promise<void> {
  await compileLifesign(targetIn(args) ?? Deno.build.target);
}

if (import.meta.main) await reportFailure(main(Deno.args));
