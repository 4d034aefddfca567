/**
 * What this process can give up for good.
 *
 * @module
 */

/** Gives up to start programs. Returns false if only this program itself keeps that, and no kernel or runtime below it. */
export function revokeRun(): boolean {
  Deno.permissions.revokeSync({ name: "run" });
  return true;
}

/** Gives up to write files but in these folders. Deno can give up all or none. */
export function limitFiles(folders: readonly string[]): void {
  if (folders.length === 0) Deno.permissions.revokeSync({ name: "write" });
}

/** Gives up to read the environment. Deno can give up all or none. */
export function revokeEnvironment(): void {
  Deno.permissions.revokeSync({ name: "env" });
}
