/**
 * Runs the tests that were loaded, prints those that fail and the counts, and
 * ends with 1 if one has failed.
 *
 * @module
 */
import { registered, step } from "./unit_begin.ts";

let failed = 0;
for (const { name, run } of registered) {
  try {
    await run({ step });
  } catch (error) {
    failed++;
    const { message = String(error) } = error instanceof Error ? error : {};
    console.log(`FAILED ${name}: ${message.slice(0, 600)}`);
  }
}
console.log(`${registered.length - failed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
