/**
 * Measures lifesign against its peers, and prints a Markdown table. All figures
 * are written to `dist/bench.json`. In each row lifesign and its peer take turns
 * in the same run, so that changes in the machine's speed affect both. Only the
 * comparison, a median with quartiles, is valid on other machines.
 *
 * `--only GROUP` measures one group of rows. `--quick` takes few short samples,
 * and only shows that everything works. Needs a C compiler and Python, and takes
 * about 20 minutes. Where other programs use up the ports, measure in a network
 * of its own: `unshare -rn sh -c 'ip link set lo up && deno task bench'`.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { readFlags } from "../flags.ts";
import { reportFailure } from "../report_failure.ts";
import { machine } from "./machine.ts";
import { build } from "./programs.ts";
import { type Extent, type Row, tableOf } from "./row.ts";
import { checkRows } from "./rows/check.ts";
import { heartbeatRows } from "./rows/heartbeat.ts";
import { idleRows } from "./rows/idle.ts";
import { rateRows } from "./rows/rate.ts";
import { reflectorRows } from "./rows/reflector.ts";
import { sessionRows } from "./rows/sessions.ts";
import { sizeRows } from "./rows/size.ts";
import {
  staticRateRows,
  staticRows,
  staticSessionRows,
} from "./rows/static.ts";
import { websocketRows } from "./rows/websockets.ts";

/** The groups of rows, in the order of the table. */
const groups: Readonly<Record<string, (extent: Extent) => Promise<Row[]>>> = {
  check: checkRows,
  idle: idleRows,
  heartbeat: heartbeatRows,
  rate: rateRows,
  sessions: sessionRows,
  reflector: reflectorRows,
  size: sizeRows,
  static: staticRows,
  "static-rate": staticRateRows,
  "static-sessions": staticSessionRows,
  websockets: websocketRows,
};

/** The file for all figures. */
const output = "dist/bench.json";

async function main(args: readonly string[]): Promise<void> {
  const all = Object.keys(groups);
  const message =
    `Cannot read the arguments: expected only --quick and --only GROUP, one of ${
      all.join(", ")
    }`;
  const isQuick = args.includes("--quick");
  const others = args.filter((arg) => arg !== "--quick");
  const { only } = readFlags(others, ["only"], message);
  if (only !== undefined && !all.includes(only)) throw new Error(message);
  const names = only === undefined ? all : [only];
  const extent = { samples: isQuick ? 3 : 15, isQuick };
  await build();
  const where = await machine();
  const rows: Row[] = [];
  for (const name of names) {
    using _ = progress(`measuring ${name}`);
    rows.push(...await groups[name]!(extent));
    const figures = { ...extent, machine: where, rows };
    await Deno.writeTextFile(output, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const facts = Object.entries(where).map(([what, it]) => `${what} ${it}`);
  console.log(`${facts.join("; ")}\n\n${tableOf(rows)}`);
}

if (import.meta.main) await reportFailure(main(Deno.args));
