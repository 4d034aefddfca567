/**
 * Stands in for `lib/host/rights.ts`.
 *
 * @module
 */
import { native } from "./native.ts";
import { forbidCommands } from "./processes.ts";

let isKept: boolean | undefined;

/** Gives up to start programs. Returns false if this kernel has no seccomp that would keep it. */
export function revokeRun(): boolean {
  forbidCommands();
  return isKept ??= native.forbidPrograms();
}

/** Gives up to change files but in these folders, and to read most others, where the kernel has Landlock. */
export function limitFiles(folders: readonly string[]): void {
  native.limitFiles([...folders]);
}

/** Gives up to read the environment, which nothing keeps a program from here. */
export function revokeEnvironment(): void {}
