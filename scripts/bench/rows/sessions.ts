/**
 * Many sessions in one `run`, at a heartbeat a minute: their memory, CPU time and
 * delays.
 *
 * All sizes run at the same time for two intervals, each at its own gateway: at
 * less than 200 heartbeats per second they do not disturb each other. The CPU
 * time of a heartbeat is the mean over a whole interval. The memory of a session
 * is that at rest. The memory of sockets comes from another `run` with more
 * sockets for its sessions.
 *
 * @module
 */
import {
  createFolder,
  lifesign,
  type Running,
} from "../../../tests/harness.ts";
import { cpuTimeOf, memoryOf } from "../../../tests/proc.ts";
import { type Arrival, delays, peak } from "../arrivals.ts";
import {
  cpuPerHeartbeat,
  type Held,
  memoryPerSession,
  memoryPerSocket,
  type Taken,
} from "../costs.ts";
import {
  configurationOf,
  type Gateway,
  hasServed,
  launch,
  needDescriptors,
  openGateway,
  sleep,
} from "../programs.ts";
import { countOf, type Extent, type Row, rowOf } from "../row.ts";
import { quantile } from "../../../lib/report/figures.ts";

/** The number of sessions in each `run`, and the interval in s. */
const plans = {
  full: { sizes: [1, 100, 1_000, 10_000], interval: 60 },
  quick: { sizes: [1, 10, 100, 1_000], interval: 15 },
};

/** The second `run` with more sockets: the index of its size, and its interval in s. */
const twin = { of: 2, interval: 6 };

/** The number of memory samples of each `run`. */
const memorySamples = 15;

/** A `run` with many sessions. */
export interface Fleet extends AsyncDisposable {
  /** Its gateway. */
  readonly gateway: Gateway;
  /** How many sessions it has. */
  readonly sessions: number;
  /** Its process. */
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
  const turns = await Array.fromAsync({ length: samples }, async () => ({
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
  const held = await Array.fromAsync(
    { length: memorySamples },
    async (_, k) => {
      await until(interval * (1 + (k + 0.5) / memorySamples));
      return { fleets: fleets.map(heldBy), twin: heldBy(twinFleet) };
    },
  );
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

/** Leaves out small sizes: their memory is less than the noise of the heap. */
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
      lifesign: [quantile(delays(arrivals, ms), 0.99)],
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

/** Starts a `run` and waits for its first heartbeat. It ends by itself after five minutes. */
export async function launchFleet(
  sessions: number,
  interval: number,
  executable: string = lifesign,
): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const gateway = stack.use(await openGateway());
  await gateway.record();
  const folder = stack.use(
    await createFolder({
      conf: configurationOf(gateway, sessions, [
        `interval = ${interval}s`,
        `count = ${Math.ceil(300 / interval)}`,
      ]),
    }),
  );
  const start = performance.timeOrigin + performance.now();
  const agent = stack.use(
    launch(executable, ["run", "-q", "-c", `${folder.path}/conf`]),
  );
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

/** What a `run` has taken so far. */
export async function takenBy({ agent, gateway }: Fleet): Promise<Taken> {
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
