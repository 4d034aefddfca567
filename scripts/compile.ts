/**
 * Makes the executable `dist/lifesign` for this machine, or
 * `dist/lifesign-TARGET` with `--target TARGET`: by `deno compile`, or the static
 * build if the target is one of musl.
 *
 * @module
 */
import { progress } from "./progress.ts";
import { bundle, type Bundled } from "./bundle.ts";
import { readFlags } from "./flags.ts";
import { reportFailure } from "./report_failure.ts";
import { runTool } from "./run_tool.ts";
import { compileStatic } from "./static/build.ts";
import { isStatic } from "./static/targets.ts";
import { ensureDenort } from "./supply/denort.ts";
import { openWarmUp } from "./warm_up.ts";

/**
 * The V8 flags of every executable. Small young generations keep a busy agent
 * small; one thread clears them for less CPU time than several that wait for each
 * other. Without Sparkplug a code cache is the same for the same sources. Busy
 * code is compiled, so that the executable cannot run where memory may not be
 * both written and executed.
 */
export const v8Flags = [
  "--max-old-space-size=512",
  "--max-semi-space-size=8",
  "--single-threaded-gc",
  "--no-sparkplug",
];

/** The permissions of every executable. It cannot ask for more. */
const permissions = [
  "--allow-net",
  "--allow-read",
  // The files that are named by settings.
  "--allow-write",
  // To run hooks, and to die of a signal, which takes all of it.
  "--allow-run",
  // To list its own variables; `lib/host/environment.ts` gives it up at the start.
  "--allow-env",
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
  /**
   * The arguments of a run that exits with 0, whose functions get into the code
   * cache; there is none if absent.
   */
  readonly warmUp?: readonly string[];
}

/** Compiles a program with lifesign's permissions and settings; throws an `Error` if that fails. */
export async function compile(options: CompileOptions): Promise<void> {
  const { main, output, warmUp } = options;
  using _ = progress(`compiling ${output}`);
  const makeCache = warmUp &&
    ((program: Bundled) => cacheOf(program, warmUp, options));
  await make(await bundle(main, `${output}.bundle`, makeCache), options);
}

/** Runs the program that makes a code cache, and resolves to that; to an empty one where the target cannot run. */
async function cacheOf(
  program: Bundled,
  args: readonly string[],
  options: CompileOptions,
): Promise<Uint8Array> {
  const { target = Deno.build.target } = options;
  if (target !== Deno.build.target) return new Uint8Array();
  const output = `${options.output}.warm-up`;
  await make(program, { ...options, output });
  try {
    const { code, stdout } = await new Deno.Command(output, {
      args: [...args],
      // What it does may depend on nothing else.
      clearEnv: true,
      stdin: "null",
      stderr: "inherit",
    }).output();
    if (code === 0) return stdout;
    throw new Error(
      `Cannot make a code cache: ${args.join(" ")} exited with ${code}`,
    );
  } finally {
    Deno.removeSync(output);
  }
}

/** Makes an executable of bundled modules. */
async function make(
  { main, others }: Bundled,
  { output, target = Deno.build.target, v8Flags: flags = v8Flags }:
    CompileOptions,
): Promise<void> {
  const denort = await ensureDenort(target);
  await runTool(Deno.execPath(), [
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
    ...others.map((file) => `--include=${file}`),
    main,
  ], denort === null ? {} : { env: { DENORT_BIN: denort } });
}

/** Compiles lifesign for a target; resolves to its path. */
export async function compileLifesign(target: string): Promise<string> {
  const output = target === Deno.build.target
    ? "dist/lifesign"
    : `dist/lifesign-${target}`;
  if (isStatic(target)) await compileStatic({ target, output });
  else {
    await using warmUp = await openWarmUp();
    await compile({ main: "main.ts", output, target, warmUp: warmUp.args });
  }
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
