/**
 * How scripts fail.
 *
 * @module
 */

/** Waits for the work of a script. If it fails, prints the reason in one line and sets exit code 1. */
export async function reportFailure(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
