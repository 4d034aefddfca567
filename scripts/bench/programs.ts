/**
 * The programs that are measured, and those that are needed for it: made in
 * `dist/bench`, started with as many descriptors as they may have.
 *
 * @module
 */
import { compile } from "../compile.ts";
import { type Running, start } from "../../tests/harness.ts";
import { type Arrival, parseArrival } from "./arrivals.ts";

export type { Running };

/** Where they are made. */
const folder = "dist/bench";

/** A program that {@linkcode build} makes. */
export type Program =
  | "gateway"
  | "heartbeats_epoll"
  | "stopwatch"
  | "engine"
  | "floor";

/** What they are made from. Those in TypeScript are compiled as lifesign is. */
const sources: Readonly<Record<Program, string>> = {
  gateway: "peers/gateway.c",
  heartbeats_epoll: "peers/heartbeats_epoll.c",
  stopwatch: "stopwatch.c",
  engine: "engine.ts",
  floor: "peers/floor.ts",
};

/** The path of a program that was made. */
export function pathOf(program: Program): string {
  return `${folder}/${program}`;
}

/** The path of a program in Python. */
export function scriptOf(name: "check" | "heartbeats_asyncio"): string {
  return `scripts/bench/peers/${name}.py`;
}

/** Makes programs, all if none is named; rejects with an `Error` if one can't be made. */
export async function build(
  programs: readonly Program[] = Object.keys(sources) as Program[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const program of programs) {
    const main = `scripts/bench/${sources[program]}`;
    const output = pathOf(program);
    if (main.endsWith(".c")) await compileC(main, output);
    else await compile({ main, output });
  }
}

async function compileC(source: string, output: string): Promise<void> {
  const compiler = new Deno.Command("cc", {
    args: ["-O2", "-Wall", "-o", output, source],
  });
  try {
    const { success } = await compiler.spawn().status;
    if (!success) throw new Error(`Cannot compile ${source}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot compile ${source}: expected a C compiler, cc`);
  }
}

/** Starts a program that may open as many files as the system allows it. It is ended with SIGKILL when it goes out of scope. */
export function launch(command: string, args: readonly string[]): Running {
  const script = 'ulimit -n "$(ulimit -Hn)" && exec "$@"';
  return start(["-c", script, "sh", command, ...args], { command: "/bin/sh" });
}

/** Throws an `Error` that names the number needed if so many files may not be open at once. */
export async function needDescriptors(number: number): Promise<void> {
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", "ulimit -Hn"],
  }).output();
  const limit = new TextDecoder().decode(stdout).trim();
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
  /** How many requests have come. */
  count(): Promise<number>;
  /** When the first of them came, in ms since 1970. */
  first(): Promise<number>;
  /** From now on it keeps what comes. */
  record(): Promise<void>;
  /** What has come since this was last asked. */
  arrivals(): Promise<Arrival[]>;
}

/** Starts a gateway that pretends to lose so many of all datagrams, each way. It ends by itself after `seconds`. */
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

/** Resolves once a number of requests has come to a gateway; rejects with an `Error` after a minute. */
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

/** Resolves after a time in ms. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A configuration with so many sessions. */
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
