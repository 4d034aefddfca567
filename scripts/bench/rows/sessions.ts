/**
 * Many sessions in one `run`, at a heartbeat a minute: what a session takes, and
 * how late its heartbeats are.
 *
 * All sizes run at the same time, each at a gateway of its own, for two
 * intervals: at less than two hundred heartbeats a second they leave each other
 * alone. What a heartbeat takes is the mean over a whole interval, so one
 * measurement is one of as many heartbeats as there are sessions. A session's
 * memory is that at rest; what sockets cost that are in flight or listen for
 * ten more seconds is known from one more `run`, which has many of them for its
 * sessions.
 *
 * @module
 */
import {
  createFile,
  lifesign,
  type Running,
  type TestFile,
} from "../../../tests/harness.ts";
import { memoryOf } from "../../../tests/proc.ts";
import { type Arrival, delays, peak } from "../arrivals.ts";
import {
  cpuPerHeartbeat,
  type Held,
  memoryPerSession,
  memoryPerSocket,
  type Taken,
} from "../costs.ts";
import { cpuTimeOf } from "../cpu_clock.ts";
import { type Extent, inTurn } from "../extent.ts";
import {
  configurationOf,
  type Gateway,
  hasServed,
  launch,
  needDescriptors,
  openGateway,
  sleep,
} from "../programs.ts";
import { countOf, type Row, rowOf } from "../row.ts";
import { percentile } from "../statistics.ts";

/** How many sessions there are in each `run`, and how many seconds from heartbeat to heartbeat. */
const plans = {
  full: { sizes: [1, 100, 1_000, 10_000], interval: 60 },
  quick: { sizes: [1, 10, 100, 1_000], interval: 15 },
};

/** The `run` that there is a second time, with more sockets for its sessions: which it is, and seconds from heartbeat to heartbeat. */
const twin = { of: 2, interval: 6 };

/** How many memory samples are taken of each `run`. */
const memorySamples = 15;

/** A `run` with many sessions. */
interface Fleet extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly sessions: number;
  readonly agent: Running;
  /** From its start to its first heartbeat, in ms. */
  readonly startUp: number;
}

/** Measures runs with 1 to 10,000 sessions. */
export async function sessionRows(extent: Extent): Promise<Row[]> {
  const plan = plans[extent.isQuick ? "quick" : "full"];
  const most = plan.sizes.at(-1)!;
  await needDescriptors(most + 1_000);
  return [await startUpRow(most, extent), ...await rowsAtRest(plan)];
}

async function startUpRow(most: number, { samples }: Extent): Promise<Row> {
  const startUp = async (sessions: number) => {
    await using fleet = await launchFleet(sessions, 60);
    return fleet.startUp / 1e3;
  };
  const turns = await inTurn(samples, async () => ({
    many: await startUp(most),
    one: await startUp(1),
  }));
  return rowOf({
    what: `start-up to the first heartbeat, ${countOf(most)}`,
    unit: "s",
    lifesign: turns.map(({ many }) => many),
    peer: "1 session",
    others: turns.map(({ one }) => one),
    wanted: { of: "value", atMost: 1.5 },
  });
}

async function rowsAtRest(plan: typeof plans.full): Promise<Row[]> {
  const { sizes, interval } = plan;
  await using stack = new AsyncDisposableStack();
  const begin = async (sessions: number, interval: number) =>
    stack.use(await launchFleet(sessions, interval));
  const many = await begin(sizes.at(-1)!, interval);
  const start = performance.now();
  const until = (seconds: number) =>
    sleep(start + seconds * 1e3 - performance.now());
  // Its first heartbeats are over then, also if they come all at once.
  await until(7);
  const others = await Promise.all(
    sizes.slice(0, -1).map((sessions) => begin(sessions, interval)),
  );
  const fleets = [...others, many];
  const twinFleet = await begin(sizes[twin.of]!, twin.interval);

  await until(interval);
  const before = await Promise.all(fleets.map(takenBy));
  const held = await inTurn(memorySamples, async (k) => {
    await until(interval * (1 + (k + 0.5) / memorySamples));
    return { fleets: fleets.map(heldBy), twin: heldBy(twinFleet) };
  });
  await until(interval * 2);
  const after = await Promise.all(fleets.map(takenBy));
  // Each session has made at least two heartbeats by now.
  await until(interval * 2 + 5);
  return [
    ...cpuRows(
      sizes,
      fleets.map((_, k) => cpuPerHeartbeat(before[k]!, after[k]!)),
    ),
    ...memoryRows(
      sizes,
      sizes.map((_, k) => held.map(({ fleets }) => fleets[k]!)),
      held.map(({ twin }) => twin),
    ),
    ...punctualityRows(plan, await many.gateway.arrivals()),
  ];
}

function cpuRows(sizes: readonly number[], us: readonly number[]): Row[] {
  return sizes.map((sessions, k) =>
    rowOf({
      what: `CPU time of a heartbeat, ${countOf(sessions)}`,
      unit: "µs",
      lifesign: [us[k]!],
      ...k === sizes.length - 1 && {
        peer: countOf(sizes[1]!),
        others: [us[1]!],
        wanted: { of: "ratio", atMost: 1.3 },
      },
    })
  );
}

/** Of few sessions nothing could be told: what the heap happens to hold varies by more than they take. */
function memoryRows(
  sizes: readonly number[],
  held: readonly (readonly Held[])[],
  ofTwin: readonly Held[],
): Row[] {
  const one = held[0]!;
  const perSocket = memoryPerSocket(held[twin.of]!, ofTwin);
  const rows = sizes.slice(twin.of).map((sessions, k) => {
    const many = held[twin.of + k]!;
    return rowOf({
      what: `memory of a session at rest, ${countOf(sessions)}`,
      unit: "KB",
      lifesign: memoryPerSession({ one, many, sessions }, perSocket),
      wanted: { of: "value", atMost: 4 },
    });
  });
  return [
    ...rows,
    rowOf({
      what: "memory of a socket in flight or listening on",
      unit: "KB",
      lifesign: [perSocket],
    }),
  ];
}

function punctualityRows(
  { sizes, interval }: typeof plans.full,
  arrivals: readonly Arrival[],
): Row[] {
  const most = countOf(sizes.at(-1)!);
  const ms = interval * 1e3;
  const from = arrivals[0]!.at + ms;
  const steady = arrivals.filter(({ at }) => at >= from && at < from + ms);
  return [
    rowOf({
      what: `delay of a heartbeat, p99, ${most}`,
      unit: "ms",
      lifesign: [percentile(delays(arrivals, ms), 99)],
      wanted: { of: "value", atMost: 50 },
    }),
    rowOf({
      what: `heartbeats in the busiest second, ${most}`,
      unit: "× mean",
      lifesign: [peak(steady)],
      wanted: { of: "value", atMost: 1.5 },
    }),
  ];
}

/** Starts a `run`, and resolves when its first heartbeat has come. It ends by itself after five intervals. */
async function launchFleet(sessions: number, interval: number): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const gateway = stack.use(await openGateway());
  await gateway.record();
  const file: TestFile = stack.use(
    await createFile(
      configurationOf(gateway, sessions, [
        `interval = ${interval}s`,
        `count = ${Math.ceil(300 / interval)}`,
      ]),
    ),
  );
  const start = performance.timeOrigin + performance.now();
  const agent = stack.use(launch(lifesign, ["run", "-q", "-c", file.path]));
  await hasServed(gateway, 1);
  const startUp = await gateway.first() - start;
  const kept = stack.move();
  return {
    gateway,
    sessions,
    agent,
    startUp,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function takenBy({ agent, gateway }: Fleet): Promise<Taken> {
  return {
    cpu: cpuTimeOf(agent.pid),
    heartbeats: await gateway.count(),
  };
}

function heldBy({ agent: { pid } }: Fleet): Held {
  return {
    anonymous: memoryOf(pid).anonymous,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
  };
}
