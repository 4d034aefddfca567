/**
 * Makes the executable: `dist/lifesign` for this machine, or
 * `dist/lifesign-TARGET` for the one named by `--target TARGET`.
 *
 * @module
 */
import { ensureDenort } from "./supply/denort.ts";
import { ensureEsbuild } from "./supply/esbuild.ts";
import { reportFailure } from "./supply/npm.ts";

/**
 * What V8 is told in every executable. Its compilers only come into play where
 * there is much to do: a heartbeat then takes half as much, while an agent at
 * rest takes the same memory as without them (lite mode), and starts no slower.
 * Small young generations keep one that is busy small, too. The price is that it
 * can't run where memory may not be both written and executed.
 */
export const v8Flags = [
  "--optimize-for-size",
  "--max-old-space-size=512",
];

/** What every executable may do; it has no way to ask for more. */
const permissions = [
  "--allow-net",
  "--allow-read",
  // The files that are named by settings.
  "--allow-write",
  // To run hooks, and to die of a signal, which takes all of it.
  "--allow-run",
  "--allow-env=LIFESIGN_*,HOME,XDG_CONFIG_HOME,JOURNAL_STREAM,NOTIFY_SOCKET,RUNTIME_DIRECTORY,TERM,WATCHDOG_PID,WATCHDOG_USEC",
  "--allow-sys=uid,networkInterfaces,osUptime",
];

/** How to compile a program, whichever it is. */
export interface CompileOptions {
  /** The module to start with. */
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
  await ensureDenort(target);
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
  ]);
}

/**
 * Makes few modules of many, in a new folder, and returns the one to start
 * with: each takes 0.4 million instructions to load. What is imported at need
 * stays apart.
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
  const modules = Array.from(
    Deno.readDirSync(folder),
    ({ name }) => `${folder}/${name}`,
  );
  if (esbuild !== null) await shorten(esbuild, modules, folder);
  // Their times go into the executable, which is the same for the same sources.
  for (const module of modules) Deno.utimeSync(module, 0, 0);
  return `${folder}/${main.replace(/^.*\//, "").replace(/\.ts$/, ".js")}`;
}

/**
 * Writes modules with fewer tokens: what is shorter is sooner read. Names and
 * lines stay, so that a crash tells where it was.
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
    "--line-limit=100",
    "--allow-overwrite",
    `--outdir=${folder}`,
    ...modules,
  ]);
}

async function run(command: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args }).spawn().status;
  if (!success) {
    throw new Error(`Cannot make an executable: ${command} ${args[0]} failed`);
  }
}

/** Compiles lifesign for a target; resolves to the file that holds it. */
export async function compileLifesign(target: string): Promise<string> {
  const output = target === Deno.build.target
    ? "dist/lifesign"
    : `dist/lifesign-${target}`;
  await compile({ main: "main.ts", output, target });
  console.error(`made ${output}`);
  return output;
}

/** Reads `--target TRIPLE`, if that is there; throws an `Error` if anything else is. */
export function targetIn(
  [flag, target, ...more]: readonly string[],
): string | undefined {
  const isOff = flag !== undefined && flag !== "--target";
  if (isOff || flag !== undefined && target === undefined || more.length > 0) {
    throw new Error(
      "Cannot read the arguments: expected only --target TRIPLE, e.g. --target x86_64-unknown-linux-gnu",
    );
  }
  return target;
}

async function main(args: readonly string[]): Promise<void> {
  await compileLifesign(targetIn(args) ?? Deno.build.target);
}

if (import.meta.main) await reportFailure(main(Deno.args));
