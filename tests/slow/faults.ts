/**
 * Lets calls of the system and allocations fail one by one in the sanitized
 * build (`scripts/static/faults.c`), and judges what lifesign makes of it.
 * `deno run -A tests/slow/faults.ts EXECUTABLE MOST` tries up to MOST places of
 * each kind in each scene.
 *
 * @module
 */
import { usualCodes } from "../../scripts/fuzz/executable.ts";
import {
  createFolder,
  sh,
  startGateway,
  type TestGateway,
} from "../harness.ts";

/** What calls fail with, in the order of `faults.c`. Of those marked, all later calls fail, too. */
const codes: readonly (readonly [code: string, goesOn: boolean])[] = [
  ["EMFILE", true],
  ["ENFILE", false],
  ["ENOMEM", true],
  ["ENOSPC", true],
  ["EINTR", false],
  ["EAGAIN", false],
  ["memory", true],
];

/** A command, and the codes that it may end with if nothing fails. */
interface Scene {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  /** The file that takes its log in place of stderr. */
  readonly log?: string;
}

/** How many descriptors may be left over at the end: connections that are being closed. */
const lingering = 2;

/** How long a command may take, in s: a busy machine is slow, and no end is far longer. */
const longest = 60;

/** An answer comes at once, and may be late on a busy machine. */
const quick = ["-t1s", "-n2", "--dead-after=300ms"];

/** The same for heartbeats, which have to fit into an interval. */
const regular = ["-i2s", "-t500ms", "-n2", "--dead-after=300ms"];

/** Where the gateways listen. */
interface Places {
  readonly srun: string;
  readonly ws: string;
  readonly portal: string;
}

/** A history to report. */
const history =
  '{"time":"2026-01-01T00:00:00.000Z","session":"a","gateway":"127.0.0.1:9","verdict":"alive","tries":1,"rtt_ms":1.5}\n';

/** The scenes; each has a folder of its own. */
function scenesAt(
  { srun, ws, portal }: Places,
  folder: string,
): readonly Scene[] {
  const at = (name: string) => `${folder}/${name}`;
  const check = (uid: string, gateway: string, ...more: string[]) => [
    ...["check", "-u", uid, "-g", gateway, ...quick, ...more],
  ];
  const port = srun.replace(/^.*:/, "");
  return [
    {
      name: "a run with hooks and files",
      args: [
        ...["run", "-u77", "-g", srun, ...regular, "--count=2"],
        ...["--on-cycle", "echo hook", `--status-file=${at("status")}`],
        `--metrics-file=${at("metrics")}`,
        `--history-file=${at("history")}`,
        ...[`--lock-file=${at("lock")}`, `--log-file=${at("log")}`],
      ],
      code: 0,
      log: at("log"),
    },
    {
      name: "a death, with hook and login",
      args: [
        // It would go on for ever where calls fail for ever.
        ...["run", "-u78", "-g", srun, ...regular, "--count=4"],
        "--on-dead=true",
        ...["--login=true", "--login-tries=1"],
      ],
      code: 10,
    },
    {
      name: "alive, with a state",
      args: check("77", srun, `--state=${at("state")}`),
      code: 0,
    },
    { name: "dead", args: check("78", srun), code: 10 },
    { name: "silent", args: check("77", "127.0.0.1:9"), code: 20 },
    { name: "a name", args: check("77", `localhost:${port}`), code: 0 },
    { name: "a WebSocket", args: ["check", `ws://${ws}`, ...quick], code: 0 },
    {
      name: "a portal",
      args: ["check", `srun+http://${portal}`, ...quick],
      code: 0,
    },
    { name: "a report", args: ["report", at("history")], code: 0 },
    { name: "settings", args: ["config", "-g127.0.0.1", "-u77"], code: 0 },
  ];
}

/** How a command has ended. */
interface Ended {
  readonly code: number;
  /** All that it has said. */
  readonly said: string;
  /** How many descriptors were open at the end, and how many calls could have failed with each code; empty if it ended otherwise. */
  readonly report: readonly number[];
}

/** Runs a command with a fault. */
async function runWith(
  fault: string,
  { args, log }: Scene,
  executable: string,
  folder: string,
): Promise<Ended> {
  const report = `${folder}/report`;
  for (const path of [report, log]) {
    if (path) await Deno.remove(path).catch(() => {});
  }
  const words = [executable, ...args].map((it) => `'${it}'`).join(" ");
  const { code, stdout, stderr } = await sh(
    `cd '${folder}'; exec timeout -s KILL ${longest} ${words}`,
    { env: { LIFESIGN_FAULT: fault, LIFESIGN_FAULT_REPORT: report } },
  );
  const logged = log ? await Deno.readTextFile(log).catch(() => "") : "";
  const numbers = await Deno.readTextFile(report).catch(() => "");
  return {
    code,
    said: stdout + stderr + logged,
    report: numbers === "" ? [] : numbers.split(" ").map(Number),
  };
}

/** What is wrong with an end; `null` if nothing is. */
function wrongWith(
  { code, said, report }: Ended,
  scene: Scene,
  usual: Ended,
): string | null {
  if (/Sanitizer|runtime error/.test(said)) return "an error of the host";
  if (code === 137) return "no end";
  const isCrash = code === 1 &&
    !/^lifesign: Cannot (start|go on): /m.test(said);
  if (isCrash || !(code === 1 || usualCodes.has(code))) return "a crash";
  if ((code === 10 || code === 0) && code !== scene.code) {
    return "a false verdict";
  }
  if (code !== scene.code && said === "") return "no words";
  const [descriptors = 0] = report;
  const [before = 0] = usual.report;
  return descriptors > before + lingering ? "descriptors left open" : null;
}

/** Up to `most` numbers from 1 to `last`, evenly spread. */
function spread(last: number, most: number): readonly number[] {
  const all = Array.from({ length: Math.min(last, most) }, (_, k) => k);
  return all.map((k) => 1 + Math.floor((k + 0.5) * last / all.length));
}

/** Tries up to `most` places of each kind in each scene; resolves to how many it tried, and to what went wrong. */
export async function tryFaults(
  executable: string,
  most: number,
): Promise<{ readonly tried: number; readonly wrong: readonly string[] }> {
  await using srun = await startGateway("--uid", "77");
  await using ws = await startGateway("--listen", "ws://127.0.0.1:0");
  await using portal = await startGateway(
    "--listen",
    "srun+http://127.0.0.1:0",
  );
  for (const gateway of [srun, ws, portal]) drain(gateway);
  const places = {
    srun: srun.address,
    ws: ws.address,
    portal: portal.address,
  };
  const wrong: string[] = [];
  let tried = 0;
  async function tryScene(number: number): Promise<void> {
    await using folder = await createFolder({ history });
    const scene = scenesAt(places, folder.path)[number]!;
    const tryIt = (fault: string) =>
      runWith(fault, scene, executable, folder.path);
    const usual = await tryIt("EMFILE:0");
    if (usual.code !== scene.code) {
      wrong.push(`${scene.name}: ${usual.code} without a fault: ${usual.said}`);
      return;
    }
    for (const [at, [code, goesOn]] of codes.entries()) {
      const faults = spread(usual.report[at + 1]!, most).flatMap((at) =>
        goesOn ? [`${code}:${at}`, `${code}:${at}+`] : [`${code}:${at}`]
      );
      for (const fault of faults) {
        tried++;
        const ended = await tryIt(fault);
        const what = wrongWith(ended, scene, usual);
        if (what === null) continue;
        const said = ended.said.slice(0, 2000);
        wrong.push(`${scene.name}, ${fault}: ${what}, ${ended.code}: ${said}`);
      }
    }
  }
  // Most of them wait.
  const { length } = scenesAt(places, "");
  await Promise.all(Array.from({ length }, (_, number) => tryScene(number)));
  return { tried, wrong };
}

/** Reads what a gateway tells, or it would wait for its reader. */
async function drain(gateway: TestGateway): Promise<void> {
  try {
    for (;;) await gateway.line();
  } catch {
    // It has ended.
  }
}

if (import.meta.main) {
  const [executable = "", most = "20"] = Deno.args;
  const { tried, wrong } = await tryFaults(executable, Number(most));
  for (const line of wrong) console.log(line);
  console.log(`${tried} tried, ${wrong.length} wrong`);
  Deno.exit(wrong.length > 0 ? 1 : 0);
}
