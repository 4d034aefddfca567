/**
 * The CPU time of a heartbeat.
 *
 * `run` makes one every 2 ms, since its timers count in ms. A process that sleeps
 * between heartbeats has to wake up with cold caches. So the loop of the floor
 * is measured at full speed and in the same rhythm. The engine of `run` is
 * measured at full speed, too. `run` first warms up until as many sockets close
 * as open, since each listens for ten seconds.
 *
 * @module
 */
import { lifesign, type Running } from "../../../tests/harness.ts";
import { cpuTimeOf } from "../../../tests/proc.ts";
import { launch, openGateway, pathOf, sleep } from "../programs.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

/** The rhythm: one try, with the interval as its timeout. */
const rhythm = ["-i", "2ms", "-t", "2ms", "-n", "1", "--count=60000"];

/** The time until as many sockets close as open, in ms. */
const warmUp = 11_000;

/** The length of a turn of `run` in ms: about 667 heartbeats, 10,000 in all turns. */
const window = 1_333;

/** Measures heartbeats of `run`, and of the bare loop of the floor. */
export async function heartbeatRows(
  { samples, isQuick }: Extent,
): Promise<Row[]> {
  await using gateway = await openGateway();
  await using another = await openGateway();
  const args = ["run", "-q", "-g", gateway.address, "-u77", ...rhythm];
  await using agent = launch(lifesign, args);
  await using loop = launch(pathOf("floor"), ["loop", `${another.port}`]);
  await using slow = launch(pathOf("floor"), ["loop", `${another.port}`, "2"]);
  await using engine = launch(pathOf("engine"), [`${another.port}`, "1"]);

  async function run(): Promise<number> {
    const before = await gateway.count();
    const taken = await cpuTimeWhile(agent, () => sleep(window));
    return taken / (await gateway.count() - before);
  }

  async function loops(program: Running, count: number): Promise<number> {
    return await cpuTimeWhile(program, () => say(program, count)) / count;
  }

  async function quickly(): Promise<number> {
    let count = 0;
    const taken = await cpuTimeWhile(engine, async () => {
      count = Number(await say(engine, 0.2));
    });
    return taken / count;
  }

  const turn = async () => ({
    run: await run(),
    engine: await quickly(),
    bare: await loops(loop, 1_000),
    paced: await loops(slow, 200),
  });
  await Promise.all([sleep(isQuick ? 0 : warmUp), turn()]);
  const turns = await Array.fromAsync({ length: samples }, turn);
  const us = (name: keyof typeof turns[number]) =>
    turns.map((turn) => turn[name] * 1e3);
  return [
    rowOf({
      what: "CPU time of a heartbeat in `run`",
      unit: "µs",
      lifesign: us("run"),
      peer: "floor, same rhythm",
      others: us("paced"),
      wanted: { of: "ratio", atMost: 2 },
    }),
    rowOf({
      what: "CPU time of a heartbeat, engine alone",
      unit: "µs",
      lifesign: us("engine"),
      peer: "floor, bare loop",
      others: us("bare"),
      wanted: { of: "ratio", atMost: 1.5 },
    }),
  ];
}

/** The CPU time in ms that a program takes while something goes on. */
async function cpuTimeWhile(
  { pid }: Running,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = cpuTimeOf(pid);
  await work();
  return cpuTimeOf(pid) - before;
}

/** Sends a number to a program; resolves to its answer. */
async function say(program: Running, number: number): Promise<string> {
  await program.type(`${number}`);
  return await program.line();
}
