/**
 * Programs that the scripts run.
 *
 * @module
 */
import { progress } from "../progress.ts";

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
export async function download(url: string, sha256: string): Promise<
  Uint8Array<ArrayBuffer>
> {
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

/** Throws an `Error` unless bytes have this SHA-256, in hexadecimal. */
export async function checkSum(
  bytes: Uint8Array<ArrayBuffer>,
  sha256: string,
  what: string,
): Promise<void> {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const actual = sum.toHex();
  if (actual === sha256) return;
  throw new Error(
    `Cannot take ${what}: its SHA-256 is "${actual}", expected "${sha256}"`,
  );
}
