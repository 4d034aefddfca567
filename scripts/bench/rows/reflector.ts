/**
 * The most requests per second that a reflector of STAMP with a key answers. The
 * two reflectors take turns; the same program asks both.
 *
 * @module
 */
import { type Running, start } from "../../../tests/harness.ts";
import { pathOf } from "../programs.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

/** How many requests are under way at a time. */
const windows = [1, 64];

/** The length of a turn, in s. */
const seconds = 0.5;

/** Measures the reflector and a C program. */
export async function reflectorRows({ samples }: Extent): Promise<Row[]> {
  const key = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(key, "00".repeat(32));
    await using ours = start([
      ...["gateway", "-q", "--json", "--listen", "stamp://127.0.0.1:0"],
      ...["--key-file", key, "--limit", "1000000000"],
    ]);
    await using inC = start([], { command: pathOf("reflector_epoll") });
    const { port } = await ours.event();
    const ports = { lifesign: `${port}`, C: await inC.line() };
    return await Array.fromAsync(
      windows,
      (window) => rowOfWindow(window, ports, samples),
    );
  } finally {
    await Deno.remove(key);
  }
}

async function rowOfWindow(
  window: number,
  ports: { readonly lifesign: string; readonly C: string },
  samples: number,
): Promise<Row> {
  const load = (port: string) =>
    start([port, `${window}`], { command: pathOf("stamp_load") });
  await using ours = load(ports.lifesign);
  await using inC = load(ports.C);
  // The first turn only warms up.
  const turns = (await Array.fromAsync({ length: samples + 1 }, async () => ({
    lifesign: await rate(ours),
    C: await rate(inC),
  }))).slice(1);
  return rowOf({
    what: `reflected requests a second, ${window} at a time`,
    unit: "/s",
    lifesign: turns.map((turn) => turn.lifesign),
    peer: "C",
    others: turns.map((turn) => turn.C),
    wanted: { of: "ratio", atLeast: 0.5 },
  });
}

async function rate(load: Running): Promise<number> {
  await load.type(`${seconds}`);
  return Number(await load.line()) / seconds;
}
