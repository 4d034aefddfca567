/**
 * The most heartbeats per second of one process, each from a fresh socket. Each
 * session starts the next heartbeat when the last is over. The three programs
 * take turns at the same gateway, which is much faster.
 *
 * @module
 */
import type { Running } from "../../../tests/harness.ts";
import {
  launch,
  needDescriptors,
  openGateway,
  pathOf,
  scriptOf,
} from "../programs.ts";
import { countOf, type Extent, type Row, rowOf } from "../row.ts";

/** The number of sessions, the length of a turn in s, and the wanted ratio to Python. */
const sizes: readonly {
  readonly sessions: number;
  readonly seconds: number;
  readonly wanted?: number;
}[] = [
  { sessions: 1, seconds: 0.5 },
  { sessions: 100, seconds: 0.5, wanted: 1.5 },
  { sessions: 1_000, seconds: 0.5, wanted: 1.5 },
  { sessions: 10_000, seconds: 1, wanted: 1.2 },
];

/** Measures the engine, a Python program and a C program. */
export async function rateRows(extent: Extent): Promise<Row[]> {
  await needDescriptors(10_100);
  const all = await Array.fromAsync(sizes, (size) => rowsOf(size, extent));
  return all.flat();
}

async function rowsOf(
  { sessions, seconds, wanted }: typeof sizes[number],
  { samples }: Extent,
): Promise<Row[]> {
  await using gateway = await openGateway();
  const args = [`${gateway.port}`, `${sessions}`];
  await using engine = launch(pathOf("engine"), args);
  await using python = launch("python3", [
    scriptOf("heartbeats_asyncio"),
    ...args,
  ]);
  await using inC = launch(pathOf("heartbeats_epoll"), args);
  // The first turn only warms up.
  const turns = (await Array.fromAsync({ length: samples + 1 }, async () => ({
    lifesign: await rate(engine, seconds),
    Python: await rate(python, seconds),
    C: await rate(inC, seconds),
  }))).slice(1);
  const row = (peer: "Python" | "C", atLeast?: number) =>
    rowOf({
      what: `heartbeats a second, ${countOf(sessions)}`,
      unit: "/s",
      lifesign: turns.map((turn) => turn.lifesign),
      peer,
      others: turns.map((turn) => turn[peer]),
      ...atLeast !== undefined && { wanted: { of: "ratio", atLeast } },
    });
  return [row("Python", wanted), row("C")];
}

/** How many heartbeats a second a program makes. */
export async function rate(program: Running, seconds: number): Promise<number> {
  const start = performance.now();
  await program.type(`${seconds}`);
  const count = Number(await program.line());
  return count / (performance.now() - start) * 1e3;
}
