/**
 * What a heartbeat costs in `run`, one after the other.
 *
 * `run` makes them every 2 ms, the floor as fast as it can and, for orientation,
 * in the same rhythm. Both go on for so long that as many sockets are closed as
 * are bound: lifesign's listen for ten seconds before. All have gateways of
 * their own and run at the same time, so that whatever else the machine does
 * befalls all of them.
 *
 * @module
 */
import { lifesign } from "../../../tests/harness.ts";
import { cpuTimeOf } from "../cpu_clock.ts";
import { type Extent, inTurn } from "../extent.ts";
import { launch, openGateway, pathOf, sleep } from "../programs.ts";
import { type Row, rowOf } from "../row.ts";

/** Nothing but the rhythm; the rest of the time a heartbeat may take is its timeout. */
const rhythm = ["-i", "2ms", "-t", "2ms", "-n", "1", "--count=60000"];

/** How long it takes until as many sockets are closed as are bound, in ms. */
const warmUp = 11_000;

/** How many heartbeats are meant to be counted in all. */
const heartbeats = 10_000;

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
  const time = heartbeats * 2 / samples;

  async function floor(program: typeof loop, count: number): Promise<number> {
    const before = cpuTimeOf(program.pid);
    await program.type(`${count}`);
    await program.line();
    return (cpuTimeOf(program.pid) - before) / count;
  }

  async function run(): Promise<number> {
    const before = [cpuTimeOf(agent.pid), await gateway.count()] as const;
    await sleep(time);
    const after = [cpuTimeOf(agent.pid), await gateway.count()] as const;
    return (after[0] - before[0]) / (after[1] - before[1]);
  }

  await Promise.all([
    sleep(isQuick ? 1_000 : warmUp),
    floor(loop, 1_000),
    floor(slow, 200),
  ]);
  const turns = await inTurn(samples, async () => {
    const [lifesign, bare] = await Promise.all([
      run(),
      floor(loop, heartbeats / samples),
    ]);
    const paced = await floor(slow, 200);
    return { lifesign, bare, paced };
  });
  const measured = {
    what: "CPU time of a heartbeat in `run`",
    unit: "µs",
    lifesign: turns.map(({ lifesign }) => lifesign * 1e3),
  };
  return [
    rowOf({
      ...measured,
      peer: "floor, bare loop",
      others: turns.map(({ bare }) => bare * 1e3),
      wanted: { of: "ratio", atMost: 2 },
    }),
    rowOf({
      ...measured,
      peer: "floor, same rhythm",
      others: turns.map(({ paced }) => paced * 1e3),
    }),
  ];
}
