/**
 * Makes the static build for this machine with gcc's sanitizers, as
 * `dist/.static/lifesign-sanitized`: it ends with a report at the first error in
 * memory and at undefined behaviour. `deno run -A scripts/static/sanitize.ts`.
 *
 * @module
 */
import { reportFailure } from "../report_failure.ts";
import { compileStatic, staticFolder } from "./build.ts";

/** Compiles it; resolves to its path. */
export async function compileSanitized(): Promise<string> {
  const output = `${staticFolder}/lifesign-sanitized`;
  const target = `${Deno.build.arch}-unknown-linux-musl`;
  await compileStatic({ target, output, isSanitized: true });
  return output;
}

async function main(): Promise<void> {
  console.error(`made ${await compileSanitized()}`);
}

if (import.meta.main) await reportFailure(main());
