/**
 * The static build beside the Deno build and other programs: `check`, `run` at
 * rest, many sessions at a heartbeat a minute, the most heartbeats per second, and
 * sizes of all executables of it that are in `dist/`.
 *
 * @module
 */
import { lifesign, missing, quote, sh } from "../../../tests/harness.ts";
import { memoryOf } from "../../../tests/proc.ts";
import { compileLifesign } from "../../compile.ts";
import { staticTargets } from "../../static/targets.ts";
import { compileProgram } from "../../static/unit_tests.ts";
import { cpuPerHeartbeat } from "../costs.ts";
import {
  launch,
  needDescriptors,
  openGateway,
  pathOf,
  scriptOf,
  sleep,
} from "../programs.ts";
import { countOf, type Extent, type Row, rowOf, type Wanted } from "../row.ts";
import { type Taken, timeInTurns } from "./check.ts";
import { memory } from "./idle.ts";
import { rate } from "./rate.ts";
import { type Fleet, launchFleet, takenBy } from "./sessions.ts";

const target = `${Deno.build.arch}-unknown-linux-musl`;

const megabyte = 1e6;

/** Measures `check`, a `run` at rest, and sizes. */
export async function staticRows(extent: Extent): Promise<Row[]> {
  const executable = await compileLifesign(target);
  return [
    ...await rowsOfCheck(executable, extent),
    await rowAtRest(executable, extent),
    ...await rowsOfSizes(),
  ];
}

async function rowsOfCheck(
  executable: string,
  { samples }: Extent,
): Promise<Row[]> {
  await using gateway = await openGateway();
  const check = ["check", "-q", "-g", gateway.address, "-u", "77"];
  const host = "127.0.0.1";
  const commands: Record<string, string[]> = {
    own: [executable, ...check],
    "Deno build": [lifesign, ...check],
    Python: [
      ...["python3", "-SE", scriptOf("check")],
      ...[host, `${gateway.port}`, "77"],
    ],
    ...await missing("fping") === undefined &&
      { fping: ["fping", "-q", "-c1", host] },
  };
  const turns = await timeInTurns(commands, samples);
  const figures = (name: string, kind: keyof Taken) =>
    turns.map((turn) => turn[name]![kind]);
  const row = (kind: "wall" | "cpu", peer: string, atMost?: number) =>
    rowOf({
      what: `static \`check\`, ${kind === "wall" ? "wall" : "CPU"} time`,
      unit: "ms",
      lifesign: figures("own", kind),
      peer,
      others: figures(peer, kind),
      ...atMost !== undefined && { wanted: { of: "ratio", atMost } },
    });
  return [
    row("wall", "Python", 0.3),
    row("cpu", "Python", 0.3),
    row("wall", "Deno build"),
    row("cpu", "Deno build"),
    ..."fping" in commands ? [row("wall", "fping", 4)] : [],
    megabytesOf("static `check`, peak memory", 3, {
      kilobytes: figures("own", "peak"),
      others: figures("Deno build", "peak"),
    }),
  ];
}

/** A row of memory beside that of the Deno build. */
function megabytesOf(
  what: string,
  atMost: number,
  { kilobytes, others }: {
    readonly kilobytes: readonly number[];
    readonly others: readonly number[];
  },
): Row {
  return rowOf({
    what,
    unit: "MB",
    lifesign: kilobytes.map((it) => it * 1024 / megabyte),
    peer: "Deno build",
    others: others.map((it) => it * 1024 / megabyte),
    wanted: { of: "value", atMost },
  });
}

async function rowAtRest(
  executable: string,
  { samples }: Extent,
): Promise<Row> {
  await using gateway = await openGateway();
  const run = ["run", "-q", "--count=3", "-g", gateway.address, "-u", "77"];
  const turns = await Array.fromAsync({ length: samples }, async () => ({
    own: await memory(gateway, executable, run),
    other: await memory(gateway, lifesign, run),
  }));
  return megabytesOf("static `run` at rest, peak memory, 1 session", 3, {
    kilobytes: turns.map(({ own }) => own.peak),
    others: turns.map(({ other }) => other.peak),
  });
}

/** Looks at runs of both builds for the second interval of a minute. */
export async function staticSessionRows(
  { isQuick }: Extent,
): Promise<Row[]> {
  await needDescriptors(11_000);
  const executable = await compileLifesign(target);
  const interval = isQuick ? 15 : 60;
  const rows: Row[] = [];
  for (const sessions of isQuick ? [100, 1_000] : [1_000, 10_000]) {
    await using one = await launchFleet(1, interval, executable);
    await using own = await launchFleet(sessions, interval, executable);
    await using other = await launchFleet(sessions, interval);
    const fleets = [own, other];
    await sleep(interval * 1e3);
    const before = await Promise.all(fleets.map(takenBy));
    // Half of it is over: nobody has just begun, and few sockets still listen.
    await sleep(interval * 500);
    const [single, many, theirs] = [one, own, other].map(residentOf);
    await sleep(interval * 500);
    const after = await Promise.all(fleets.map(takenBy));
    const us = fleets.map((_, k) => cpuPerHeartbeat(before[k]!, after[k]!));
    const count = countOf(sessions);
    rows.push(
      rowOf({
        what: `static \`run\` at rest, each of ${count}`,
        unit: "KB",
        lifesign: [(many! - single!) / (sessions - 1)],
        wanted: { of: "value", atMost: 10 },
      }),
      rowOf({
        what: `static \`run\` at rest, ${count}`,
        unit: "MB",
        lifesign: [many! * 1024 / megabyte],
        ...comparedWithDeno(theirs! * 1024 / megabyte),
      }),
      rowOf({
        what: `static \`run\`, CPU time of a heartbeat, ${count}`,
        unit: "µs",
        lifesign: [us[0]!],
        ...comparedWithDeno(us[1]!),
      }),
    );
  }
  return rows;
}

function comparedWithDeno(figure: number) {
  const wanted: Wanted = { of: "ratio", atMost: 1 };
  return { peer: "Deno build", others: [figure], wanted };
}

/** The memory of a `run` with its share of what it shares, in KB. */
function residentOf({ agent }: Fleet): number {
  return memoryOf(agent.pid).proportional;
}

/** Measures how many heartbeats a second are the most. */
export async function staticRateRows({ samples }: Extent): Promise<Row[]> {
  await needDescriptors(10_100);
  const engine = await compileProgram(target, "engine", {
    main: ["scripts/bench/engine.ts"],
  });
  const rows: Row[] = [];
  for (const sessions of [1, 100, 1_000, 10_000]) {
    await using gateway = await openGateway();
    const args = [`${gateway.port}`, `${sessions}`];
    await using own = launch(engine, args);
    await using deno = launch(pathOf("engine"), args);
    await using python = launch("python3", [
      scriptOf("heartbeats_asyncio"),
      ...args,
    ]);
    const seconds = sessions < 10_000 ? 0.5 : 1;
    // A turn lasts until each session has made a heartbeat: ten seconds.
    const count = sessions < 10_000 ? samples : Math.min(samples, 5);
    const turns = await Array.fromAsync({ length: count + 1 }, async () => ({
      own: await rate(own, seconds),
      deno: await rate(deno, seconds),
      python: await rate(python, seconds),
    }));
    // The first turn only warms up.
    const measured = turns.slice(1);
    const shared = {
      what: `static, heartbeats a second, ${countOf(sessions)}`,
      unit: "/s",
      lifesign: measured.map((turn) => turn.own),
    };
    rows.push(
      rowOf({
        ...shared,
        peer: "Python",
        others: measured.map((turn) => turn.python),
        wanted: { of: "ratio", atLeast: 0.8 },
      }),
      rowOf({
        ...shared,
        peer: "Deno build",
        others: measured.map((turn) => turn.deno),
      }),
    );
  }
  return rows;
}

async function rowsOfSizes(): Promise<Row[]> {
  const sizes: Record<string, readonly [size: number, packed: number]> = {};
  for (const target of Object.keys(staticTargets)) {
    const path = `dist/lifesign-${target}`;
    const { code, stdout } = await sh(
      `wc -c < ${quote(path)} && xz -9e -T1 -c ${quote(path)} | wc -c`,
    );
    if (code !== 0) continue;
    const [size = NaN, packed = NaN] = stdout.trim().split(/\s+/).map(Number);
    sizes[target] = [size, packed];
  }
  return Object.entries(sizes).flatMap(([target, [size, packed]]) => {
    const row = (what: string, bytes: number, atMost: number) =>
      rowOf({
        what,
        unit: "MB",
        lifesign: [bytes / megabyte],
        wanted: { of: "value", atMost },
      });
    return [
      row(`executable, ${target}`, size, 1.5),
      row(`its .xz, ${target}`, packed, 0.6),
    ];
  });
}
