/**
 * Times `lifesign check` on loopback, as a whole process, against an empty
 * program compiled with the same flags. The two take turns, so that a machine
 * whose speed drifts slows both; only the ratio means anything elsewhere.
 *
 * @module
 */
import { compile } from "../compile.ts";
import { reportFailure } from "../supply/npm.ts";

const rounds = 31;

const folder = "dist/bench";
const empty = `${folder}/empty`;
const lifesign = "dist/lifesign";

async function main(): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await compile({ main: "scripts/bench/empty.ts", output: empty });
  await using gateway = await startGateway();
  const check = ["check", "-q", "-g", gateway.address, "-u", "77"];
  const rows = [
    { name: "empty program", command: empty, args: [] },
    { name: "lifesign check", command: lifesign, args: check },
  ];
  const times = rows.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [k, { command, args }] of rows.entries()) {
      const time = await timeOf(command, args);
      // The first round only warms up.
      if (round >= 0) times[k]!.push(time);
    }
  }
  const medians = times.map(median);
  console.log(`${rounds} runs each, in turn; medians of the wall time`);
  for (const [k, { name }] of rows.entries()) {
    const ms = medians[k]!.toFixed(1).padStart(7);
    const ratio = (medians[k]! / medians[0]!).toFixed(2);
    console.log(`${name.padEnd(16)}${ms} ms  ${ratio} ×`);
  }
}

async function timeOf(command: string, args: string[]): Promise<number> {
  const start = performance.now();
  const { code } = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  const time = performance.now() - start;
  if (code !== 0) {
    throw new Error(`Cannot time ${command}: it ended with ${code}`);
  }
  return time;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function startGateway(): Promise<
  AsyncDisposable & { readonly address: string }
> {
  const child = new Deno.Command(lifesign, {
    args: ["gateway", "--json", "--listen", "127.0.0.1:0"],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const { host, port } = JSON.parse(value);
  const rest = drain(reader);
  return {
    address: `${host}:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([rest, child.status]);
    },
  };
}

/** Reads on, so that the pipe never fills. */
async function drain(reader: ReadableStreamDefaultReader): Promise<void> {
  while (!(await reader.read()).done);
}

if (import.meta.main) await reportFailure(main());
