/**
 * Ending a process that this one has started.
 *
 * @module
 */

/** Kills a child, if it has not ended meanwhile. */
export function endChild(child: Pick<Deno.ChildProcess, "kill">): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
