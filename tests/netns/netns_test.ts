import { doctor } from "./doctor.ts";
import { lines } from "./lines.ts";
import { mishaps } from "./mishaps.ts";
import { names } from "./names.ts";
import { condition, missing } from "../harness.ts";
import { obstacle, openNetwork } from "./network.ts";
import { processes } from "./processes.ts";
import { replies } from "./replies.ts";
import type { Row } from "./row.ts";

/** The longest tests come first. */
const rows: readonly Row[] = [
  ...processes,
  ...replies,
  ...names,
  ...doctor,
  ...lines,
  ...mishaps,
];

/** The most networks at once. */
const most = 12;

/** The time limit of a row, in ms. */
const rowLimitMs = 120_000;

const why = await obstacle();

Deno.test({
  ...condition(why, "an agent and a gateway in a network of their own"),
  sanitizeOps: false,
  sanitizeResources: false,
  sanitizeExit: false,
  async fn(t) {
    const waiting = [...rows];
    const worker = async () => {
      for (let row; (row = waiting.shift()) !== undefined;) await play(t, row);
    };
    await Promise.all(Array.from({ length: most }, worker));
  },
});

async function play(t: Deno.TestContext, row: Row): Promise<void> {
  await t.step({
    ...condition(await missing(...row.needs ?? []), row.name),
    // Steps that run at the same time can't be told apart.
    sanitizeOps: false,
    sanitizeResources: false,
    sanitizeExit: false,
    async fn() {
      await using network = await openNetwork();
      let late = false;
      const watchdog = setTimeout(() => {
        late = true;
        network.abort();
      }, rowLimitMs);
      try {
        await row.run(network);
      } catch (cause) {
        throw late ? new Error(`${rowLimitMs} ms were over`, { cause }) : cause;
      } finally {
        clearTimeout(watchdog);
      }
    },
  });
}
