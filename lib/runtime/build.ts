/**
 * Stands in for `lib/host/build.ts`.
 *
 * @module
 */
import type { Build } from "../world.ts";

/** This one, on QuickJS. */
export const build: Build = {
  target: Deno.build.target,
  parts: ["QuickJS 2025-04-26 (MIT)", "musl (MIT)", "Zig's compiler-rt (MIT)"],
};
