/**
 * Lets a `run` keep 1,000 sessions alive at a heartbeat a second, on a network
 * that loses 20 % of all datagrams each way, and prints each minute what it
 * takes and how late it is; at the end the slopes, which show whether anything
 * grows. `--minutes N` says for how long; 30 if absent. Nothing is left behind:
 * all ends by itself, even if this is killed.
 *
 * @module
 */
import { createFile, lifesign } from "../../tests/harness.ts";
import { descriptorsOf, memoryOf } from "../../tests/proc.ts";
import { reportFailure } from "../supply/npm.ts";
import { lags } from "./arrivals.ts";
import { cpuTimeOf } from "./cpu_clock.ts";
import { table } from "./markdown.ts";
import {
  build,
  configurationOf,
  launch,
  needDescriptors,
  openGateway,
  sleep,
} from "./programs.ts";
import { percentile, slope } from "./statistics.ts";

const sessions = 1_000;
const loss = 0.2;
const minute = 60_000;

/** All tries together fit into the interval. */
const settings = ["interval = 1s", "timeout = 200ms", "tries = 3"];

/** So many cycles make a second at the most, those after faults included; so the agent ends by itself. */
const mostPerSecond = 2;

/** What a line tells, by its title. */
type Sample = Readonly<Record<string, number>>;

async function main(args: readonly string[]): Promise<void> {
  const minutes = minutesOf(args);
  await needDescriptors(15 * sessions);
  await build(["gateway"]);
  const seconds = (minutes + 1) * 60;
  await using gateway = await openGateway({ loss, seconds });
  await gateway.record();
  const count = `count = ${seconds * mostPerSecond}`;
  await using file = await createFile(
    configurationOf(gateway, sessions, [...settings, count]),
  );
  await using agent = launch(lifesign, ["run", "-q", "-c", file.path]);
  const start = performance.now();
  const samples: Sample[] = [];
  let cpu = 0;
  for (let k = 1; k <= minutes; k++) {
    await sleep(start + k * minute - performance.now());
    const before = cpu;
    cpu = cpuTimeOf(agent.pid);
    const arrivals = await gateway.arrivals();
    const late = lags(arrivals, 1_000);
    const { udp, others } = descriptorsOf(agent.pid);
    const { proportional, anonymous } = memoryOf(agent.pid);
    samples.push({
      minute: k,
      requests: arrivals.length,
      "CPU %": (cpu - before) / minute * 100,
      descriptors: udp + others,
      "PSS KB": proportional,
      "anonymous KB": anonymous,
      "lag p50 ms": percentile(late, 50),
      "lag p99 ms": percentile(late, 99),
      "lag max ms": percentile(late, 100),
    });
    console.log(lineOf(samples.at(-1)!));
  }
  agent.signal("SIGTERM");
  const { code, stderr } = await agent.outcome;
  if (code !== 0) {
    throw new Error(`Cannot soak: run ended with ${code}: ${stderr}`);
  }
  console.log(`\n${summaryOf(samples)}`);
}

function minutesOf([flag, value, ...more]: readonly string[]): number {
  if (flag === undefined) return 30;
  const isMinutes = flag === "--minutes" && /^[1-9]\d*$/.test(value ?? "");
  if (isMinutes && more.length === 0) return Number(value);
  throw new Error(
    "Cannot read the arguments: expected only --minutes N, e.g. --minutes 60",
  );
}

function lineOf(sample: Sample): string {
  return Object.entries(sample).map(([title, value]) =>
    `${title} ${round(value)}`
  ).join(", ");
}

/** All samples, and by how much each figure grew an hour from the second minute on: the first one is for the start. */
function summaryOf(samples: readonly Sample[]): string {
  const titles = Object.keys(samples[0]!);
  const settled = samples.slice(1);
  const hours = settled.map(({ minute }) => minute! / 60);
  const growth = titles.map((title, k) =>
    k === 0
      ? "per hour"
      : round(slope(hours, settled.map((sample) => sample[title]!)))
  );
  const rows = samples.map((sample) =>
    titles.map((title) => round(sample[title]!))
  );
  return table(titles, [...rows, growth]);
}

function round(value: number): string {
  return value.toFixed(Number.isInteger(value) ? 0 : 1);
}

if (import.meta.main) await reportFailure(main(Deno.args));
