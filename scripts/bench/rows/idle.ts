/**
 * The memory of a `run` with one session while it waits.
 *
 * @module
 */
import { lifesign } from "../../../tests/harness.ts";
import { memoryOf } from "../../../tests/proc.ts";
import {
  type Gateway,
  hasServed,
  launch,
  openGateway,
  pathOf,
  sleep,
} from "../programs.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

/** The time from a heartbeat until the program is idle, in ms. */
const idleAfterMs = 500;

/** Measures the memory of a waiting `run` and the waiting floor. */
export async function idleRows({ samples }: Extent): Promise<Row[]> {
  await using gateway = await openGateway();
  const run = ["run", "-q", "--count=3", "-g", gateway.address, "-u", "77"];
  // One at a time, since two would share pages.
  const turns = await Array.fromAsync({ length: samples }, async () => ({
    lifesign: await memory(gateway, lifesign, run),
    floor: await memory(gateway, pathOf("floor"), ["stay", `${gateway.port}`]),
  }));
  const kinds = [
    ["PSS", "proportional"],
    ["anonymous memory", "anonymous"],
  ] as const;
  return kinds.map(([name, kind]) =>
    rowOf({
      what: `idle \`run\`, ${name}`,
      unit: "MB",
      lifesign: turns.map((turn) => turn.lifesign[kind] / 1024),
      peer: "floor",
      others: turns.map((turn) => turn.floor[kind] / 1024),
      wanted: { of: "difference", atMost: 4 },
    })
  );
}

/** Measures the memory of a program once it has made a heartbeat, and waits. */
export async function memory(
  gateway: Gateway,
  command: string,
  args: readonly string[],
): Promise<Record<"peak" | "anonymous" | "proportional", number>> {
  const before = await gateway.count();
  await using program = launch(command, args);
  await hasServed(gateway, before + 1);
  await sleep(idleAfterMs);
  return memoryOf(program.pid);
}
