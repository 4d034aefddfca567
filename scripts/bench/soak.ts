/**
 * Runs 1,000 sessions at a heartbeat per second, on a network that loses 20 % of
 * the datagrams each way. Prints resources and delays each minute, and at the
 * end the slopes, which show whether anything grows. `--minutes N` is the
 * duration; 30 if absent. All processes end by themselves, even if this is
 * killed.
 *
 * @module
 */
import { createFolder, lifesign } from "../../tests/harness.ts";
import { cpuTimeOf, descriptorsOf, memoryOf } from "../../tests/proc.ts";
import { quantile } from "../../lib/report/figures.ts";
import { readNumbers } from "../flags.ts";
import { reportFailure } from "../report_failure.ts";
import { lags } from "./arrivals.ts";
import { table } from "./markdown.ts";
import {
  build,
  configurationOf,
  launch,
  needDescriptors,
  openGateway,
  sleep,
} from "./programs.ts";
import { slope } from "./statistics.ts";

const sessions = 1_000;
const loss = 0.2;
const minute = 60_000;

/** All tries together fit into the interval. */
const settings = ["interval = 1s", "timeout = 200ms", "tries = 3"];

/** The most cycles per second, including those after faults. They limit the life of the agent. */
const mostPerSecond = 2;

/** The figures of a line by title. */
type Sample = Readonly<Record<string, number>>;

async function main(args: readonly string[]): Promise<void> {
  const { minutes } = readNumbers(args, { minutes: 30 });
  await needDescriptors(15 * sessions);
  await build(["gateway"]);
  const seconds = (minutes + 1) * 60;
  await using gateway = await openGateway({ loss, seconds });
  await gateway.record();
  const count = `count = ${seconds * mostPerSecond}`;
  await using folder = await createFolder({
    conf: configurationOf(gateway, sessions, [...settings, count]),
  });
  await using agent = launch(lifesign, [
    "run",
    "-q",
    "-c",
    `${folder.path}/conf`,
  ]);
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
      "lag p50 ms": quantile(late, 0.5),
      "lag p99 ms": quantile(late, 0.99),
      "lag max ms": quantile(late, 1),
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

function lineOf(sample: Sample): string {
  return Object.entries(sample).map(([title, value]) =>
    `${title} ${round(value)}`
  ).join(", ");
}

/** Makes a table of all samples, and of the growth per hour without the first minute. */
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
