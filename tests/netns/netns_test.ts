import { doctor } from "./doctor.ts";
import { lines } from "./lines.ts";
import { mishaps } from "./mishaps.ts";
import { names } from "./names.ts";
import { missing, unless } from "../harness.ts";
import { obstacle, openNetwork } from "./network.ts";
import { processes } from "./processes.ts";
import { replies } from "./replies.ts";
import type { Row } from "./row.ts";

/** Those that take longest come first. */
const rows: readonly Row[] = [
  ...processes,
  ...replies,
  ...names,
  ...doctor,
  ...lines,
  ...mishaps,
];

/** How many networks there are at once. */
const most = 12;

/** How long a row may take, in ms, before it has failed for sure. */
const patience = 120_000;

const why = await obstacle();

Deno.test({
  ...unless(why, "an agent and a gateway in a network of their own"),
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
    ...unless(await missing(...row.needs), row.name),
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
      }, patience);
      try {
        await row.run(network);
      } catch (cause) {
        throw late ? new Error(`${patience} ms were over`, { cause }) : cause;
      } finally {
        clearTimeout(watchdog);
      }
    },
  });
}
