/**
 * Measures lifesign against its peers, and prints one table in Markdown; the
 * figures, one by one, are written to `dist/bench.json`. In each row lifesign
 * and its peer take turns in the same run, so that a machine whose speed drifts
 * slows both; what is compared is the median of what each turn says, with the
 * quartiles beside it. Only that means anything on another machine.
 *
 * `--only GROUP` measures one group of rows, `--quick` takes so few and so
 * short samples that the figures only show whether all works. Needs a C
 * compiler and Python; all takes about ten minutes. Ports are shared by all
 * programs of a network: where others need many, measure in one of its own, by
 * `unshare -rn sh -c 'ip link set lo up && deno task bench'`.
 *
 * @module
 */
import { reportFailure } from "../supply/npm.ts";
import type { Extent } from "./extent.ts";
import { machine } from "./machine.ts";
import { build } from "./programs.ts";
import { type Row, tableOf } from "./row.ts";
import { checkRows } from "./rows/check.ts";
import { heartbeatRows } from "./rows/heartbeat.ts";
import { idleRows } from "./rows/idle.ts";
import { rateRows } from "./rows/rate.ts";
import { sessionRows } from "./rows/sessions.ts";
import { sizeRows } from "./rows/size.ts";

/** What makes the rows, in the order of the table. */
const groups: Readonly<Record<string, (extent: Extent) => Promise<Row[]>>> = {
  check: checkRows,
  idle: idleRows,
  heartbeat: heartbeatRows,
  rate: rateRows,
  sessions: sessionRows,
  size: sizeRows,
};

/** Where all figures are written. */
const output = "dist/bench.json";

async function main(args: readonly string[]): Promise<void> {
  const { names, isQuick } = wishesOf(args);
  const extent = { samples: isQuick ? 3 : 15, isQuick };
  await build();
  const where = await machine();
  const rows: Row[] = [];
  for (const name of names) {
    console.error(`measuring ${name}`);
    rows.push(...await groups[name]!(extent));
    const figures = { ...extent, machine: where, rows };
    await Deno.writeTextFile(output, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const facts = Object.entries(where).map(([what, it]) => `${what} ${it}`);
  console.log(`${facts.join("; ")}\n\n${tableOf(rows)}`);
}

function wishesOf(
  args: readonly string[],
): { names: readonly string[]; isQuick: boolean } {
  const all = Object.keys(groups);
  const isQuick = args.includes("--quick");
  const [flag, name, ...more] = args.filter((word) => word !== "--quick");
  if (flag === undefined) return { names: all, isQuick };
  if (flag === "--only" && all.includes(name ?? "") && more.length === 0) {
    return { names: [name!], isQuick };
  }
  throw new Error(
    `Cannot read the arguments: expected only --quick and --only GROUP, one of ${
      all.join(", ")
    }`,
  );
}

if (import.meta.main) await reportFailure(main(Deno.args));
