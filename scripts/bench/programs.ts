/**
 * Builds the programs of the benchmark in `dist/bench`, and starts them with as
 * many descriptors as possible.
 *
 * @module
 */
import { compile } from "../compile.ts";
import { runTool } from "../run_tool.ts";
import { type Running, sh, start } from "../../tests/harness.ts";
import { type Arrival, parseArrival } from "./arrivals.ts";

export type { Running };

/** The folder of the built programs. */
const folder = "dist/bench";

/** A program of {@linkcode build}. */
export type Program =
  | "gateway"
  | "heartbeats_epoll"
  | "reflector_epoll"
  | "stamp_load"
  | "stopwatch"
  | "engine"
  | "floor";

/** Their sources. TypeScript is compiled as lifesign is. */
const sources: Readonly<Record<Program, string>> = {
  gateway: "peers/gateway.c",
  heartbeats_epoll: "peers/heartbeats_epoll.c",
  reflector_epoll: "peers/reflector_epoll.c",
  stamp_load: "peers/stamp_load.c",
  stopwatch: "stopwatch.c",
  engine: "engine.ts",
  floor: "peers/floor.ts",
};

/** The path of a built program. */
export function pathOf(program: Program): string {
  return `${folder}/${program}`;
}

/** The path of a Python program. */
export function scriptOf(name: "check" | "heartbeats_asyncio"): string {
  return `scripts/bench/peers/${name}.py`;
}

/** Builds programs, by default all; rejects with an `Error` if that fails. */
export async function build(
  programs: readonly Program[] = Object.keys(sources) as Program[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const program of programs) {
    const main = `scripts/bench/${sources[program]}`;
    const output = pathOf(program);
    if (main.endsWith(".c")) {
      await runTool("cc", ["-O2", "-Wall", "-o", output, main]);
    } else await compile({ main, output });
  }
}

/** Starts a program with the highest limit of open files. It is killed when it goes out of scope. */
export function launch(command: string, args: readonly string[]): Running {
  const script = 'ulimit -n "$(ulimit -Hn)" && exec "$@"';
  return start(["-c", script, "sh", command, ...args], { command: "/bin/sh" });
}

/** Rejects with an `Error` if the system does not allow this number of open files. */
export async function needDescriptors(number: number): Promise<void> {
  const limit = (await sh("ulimit -Hn")).stdout.trim();
  if (limit === "unlimited" || Number(limit) >= number) return;
  throw new Error(
    `Cannot open ${number} sockets at once: ${limit} is the limit, expected ulimit -Hn ${number}`,
  );
}

/** A gateway at which every session is alive. */
export interface Gateway extends AsyncDisposable {
  /** Its process. */
  readonly pid: number;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Its address, as a value of `--gateway`. */
  readonly address: string;
  /** The number of requests so far. */
  count(): Promise<number>;
  /** The time of the first request, in ms since 1970. */
  first(): Promise<number>;
  /** Starts to record arrivals. */
  record(): Promise<void>;
  /** Returns the arrivals since the last call. */
  arrivals(): Promise<Arrival[]>;
}

/** Starts a gateway that loses a share of the datagrams each way. It ends by itself after `seconds`. */
export async function openGateway(
  { loss = 0, seconds = 1800 } = {},
): Promise<Gateway> {
  const program = start([`${loss}`, `${seconds}`], {
    command: pathOf("gateway"),
  });
  const ask = async (question: string) => {
    await program.type(question);
    return Number(await program.line());
  };
  const port = Number(await program.line());
  return {
    pid: program.pid,
    port,
    address: `127.0.0.1:${port}`,
    count: () => ask("count"),
    first: async () => await ask("first") / 1e6,
    record: async () => void await ask("record"),
    async arrivals() {
      const count = await ask("times");
      const all: Arrival[] = [];
      while (all.length < count) all.push(parseArrival(await program.line()));
      return all;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Waits for a number of requests; rejects with an `Error` after a minute. */
export async function hasServed(
  gateway: Gateway,
  requests: number,
): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (await gateway.count() >= requests) return;
    await sleep(20);
  }
  throw new Error(`Cannot measure: ${requests} requests never came`);
}

/** Waits for a time in ms. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes a configuration with many sessions. */
export function configurationOf(
  gateway: Gateway,
  sessions: number,
  lines: readonly string[],
): string {
  return [
    `gateway = ${gateway.address}`,
    ...lines,
    ...Array.from(
      { length: sessions },
      (_, k) => `[s${k}]\nuid = ${1000 + k}`,
    ),
  ].join("\n");
}
