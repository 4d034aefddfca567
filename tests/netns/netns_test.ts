import { doctor } from "./doctor.ts";
import { lines } from "./lines.ts";
import { mishaps } from "./mishaps.ts";
import { names } from "./names.ts";
import { condition, missing, runSteps, sideBySide } from "../harness.ts";
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
  ...sideBySide,
  async fn(t) {
    const steps = await Promise.all(rows.map(async (row) => ({
      ...condition(await missing(...row.needs ?? []), row.name),
      fn: () => play(row),
    })));
    await runSteps(t, most, steps);
  },
});

async function play(row: Row): Promise<void> {
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
}
