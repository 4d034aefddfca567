/**
 * Runs the programs that the scripts need.
 *
 * @module
 */

/** Runs a program, which writes to the same stderr; resolves to its stdout. Throws an `Error` if it is missing or fails. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stderr: "inherit",
      ...options,
    }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    const message = `Cannot run ${program}: expected a program on PATH`;
    throw new Error(message, { cause });
  }
  if (output.success) return new TextDecoder().decode(output.stdout);
  throw new Error(
    `Cannot go on: ${program} ${args[0]} ended with ${output.code}`,
  );
}
