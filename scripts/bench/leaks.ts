/**
 * Lets `lifesign run` on loopback make 100,000 cycles at a gateway that answers,
 * and as many at one that doesn't, and shows whether its descriptors and its
 * memory grow with them. Another number of cycles, and one of sessions, may
 * follow on the command line.
 *
 * @module
 */
import { decodeRequest, encodeReply } from "../../lib/protocol/srun.ts";
import { createFile, start } from "../../tests/harness.ts";
import { cpuTimeOf, descriptorsOf, memoryOf } from "../../tests/proc.ts";
import { reportFailure } from "../supply/npm.ts";
import { slope } from "./statistics.ts";

/** How many samples are taken in all, and how many before growth means anything: lingering sockets come first. */
const samples = { all: 20, warmUp: 4 };

/** What an agent takes after so many cycles; the memory in KB. */
interface Sample {
  readonly cycles: number;
  readonly descriptors: number;
  readonly resident: number;
  readonly anonymous: number;
}

/** How much is done. */
interface Extent {
  readonly cycles: number;
  readonly sessions: number;
}

async function main([cycles = "100000", sessions = "400"]: string[]) {
  const extent = { cycles: Number(cycles), sessions: Number(sessions) };
  for (const answers of [true, false]) {
    console.log(`${answers ? "with" : "without"} replies`);
    console.log(await measure(answers, extent));
  }
}

async function measure(
  answers: boolean,
  { cycles, sessions }: Extent,
): Promise<string> {
  await using gateway = openGateway(answers);
  await using file = await createFile(settingsOf(sessions, gateway.address));
  const since = performance.now();
  await using agent = start(["run", "--json", "-q", "-c", file.path]);
  const taken: Sample[] = [];
  const every = Math.ceil(cycles / samples.all);
  for (let done = 1; done <= cycles; done++) {
    await agent.line((line) => line.startsWith('{"event":"cycle"'));
    if (done % every === 0) taken.push(sample(agent.pid, done));
  }
  const seconds = (performance.now() - since) / 1000;
  const share = cpuTimeOf(agent.pid) / seconds;
  agent.signal("SIGTERM");
  const { code, stderr } = await agent.outcome;
  if (code !== 0) {
    throw new Error(`Cannot measure run: it ended with ${code}: ${stderr}`);
  }
  const [rate, percent] = [cycles / seconds, share * 100].map(Math.round);
  const title =
    `${cycles} cycles of ${sessions} sessions, ${rate} a second, ${percent} % of a core`;
  return `${title}\n${table(taken)}\n`;
}

function sample(pid: number, cycles: number): Sample {
  const { resident, anonymous } = memoryOf(pid);
  const { udp, others } = descriptorsOf(pid);
  return { cycles, descriptors: udp + others, resident, anonymous };
}

function table(taken: readonly Sample[]): string {
  const row = (first: string, cells: readonly (string | number)[]) =>
    first.padStart(24) + cells.map((cell) => `${cell}`.padStart(15)).join("");
  const settled = taken.slice(samples.warmUp);
  const thousands = settled.map(({ cycles }) => cycles / 1000);
  const descriptors = settled.map((sample) => sample.descriptors);
  const memory = [
    settled.map(({ resident }) => resident),
    settled.map(({ anonymous }) => anonymous),
  ];
  // How many sockets linger follows the machine's speed, and the memory follows them.
  const growth = memory.map((values) =>
    slope(
      without(thousands, descriptors),
      without(values, descriptors),
    )
  );
  const each = memory.map((values) => slope(descriptors, values));
  return [
    row("cycles", ["descriptors", "resident KB", "anonymous KB"]),
    ...taken.map(({ cycles, descriptors, resident, anonymous }) =>
      row(`${cycles}`, [descriptors, resident, anonymous])
    ),
    row(
      "slope per 1,000 cycles",
      [slope(thousands, descriptors), ...growth].map((it) => it.toFixed(2)),
    ),
    row("per descriptor", ["", ...each.map((it) => it.toFixed(2))]),
  ].join("\n");
}

/** What is left of values without what follows from other ones. */
function without(
  values: readonly number[],
  others: readonly number[],
): number[] {
  const share = slope(others, values);
  return values.map((value, k) => value - share * others[k]!);
}

/** A gateway that echoes every request, or none. */
function openGateway(
  answers: boolean,
): AsyncDisposable & { readonly address: string } {
  const socket = Deno.listenDatagram({
    hostname: "127.0.0.1",
    port: 0,
    transport: "udp",
  });
  const { hostname, port } = socket.addr as Deno.NetAddr;
  async function serve(): Promise<void> {
    for await (const [bytes, from] of socket) {
      const uid = decodeRequest(bytes);
      if (uid === undefined || !answers) continue;
      await socket.send(new Uint8Array(encodeReply(uid)), from);
    }
  }
  const serving = serve();
  return {
    address: `${hostname}:${port}`,
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}

/** Nearly two cycles a second for each session, whose starts drift apart. */
function settingsOf(sessions: number, gateway: string): string {
  return [
    `gateway = ${gateway}`,
    "interval = 600ms",
    "jitter = 100ms",
    "timeout = 100ms",
    ...Array.from({ length: sessions }, (_, k) => `[${k}]\nuid = ${1000 + k}`),
  ].join("\n");
}

if (import.meta.main) await reportFailure(main(Deno.args));
