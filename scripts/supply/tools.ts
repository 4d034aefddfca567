/**
 * Programs that the scripts run.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { type Bytes, checkSum } from "../sums.ts";

/** How to run a program. */
export interface ToolOptions {
  /** Its working directory. */
  readonly cwd?: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program, whose stdout goes to stderr; throws an `Error` if it is missing or fails. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<void> {
  await textOf(program, args, options);
}

/** Runs a program; resolves to its stdout. Throws an `Error` if it is missing or fails. */
export async function textOf(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: ToolOptions = {},
): Promise<string> {
  const output = await new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stderr: "piped",
    ...cwd === undefined ? {} : { cwd },
  }).output().catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot run ${program}: it is not on PATH`);
  });
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  throw new Error(
    `Cannot go on: ${program} ${args[0] ?? ""} says "${
      decoder.decode(output.stderr).trim()
    }"`,
  );
}

/** Downloads a file with a known SHA-256 by HTTPS; throws an `Error` otherwise. */
export async function download(url: string, sha256: string): Promise<Bytes> {
  using _ = progress(`downloading ${url}`);
  const signal = AbortSignal.timeout(600_000);
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new Error(`Cannot take ${url}: the server says ${response.status}`);
  }
  const bytes = await response.bytes();
  await checkSum(bytes, sha256, url);
  return bytes;
}
