import { assert, assertEquals } from "@std/assert";
import { compile, v8Flags } from "../../scripts/compile.ts";
import { lifesign, missing, unless } from "../harness.ts";
import { type Host, obstacle, openNetwork } from "../netns/network.ts";

/**
 * How many instructions a whole `check` may take for each of the floor program.
 * They are counted, not timed: two counts differ by less than a hundredth. It is
 * 1.17 today, and was 1.49 before there was a code cache.
 */
const limit = 1.25;

/** How much more than in the last release a command may take. */
const mostGrowth = 1.03;

const floor = `${lifesign}-floor`;

/** lifesign without V8's compilers: what they do beside a hundred cycles depends on the time, and is up to a third of all. */
const interpreted = `${lifesign}-interpreted`;

const gateway = "127.0.0.1:3335";

/** The instructions of a build's commands. */
interface Counts {
  /** A whole `check`. */
  readonly check: number;
  /** A whole `status`. */
  readonly status: number;
  /** Another session's cycle in the same `check`. */
  readonly cycle: number;
}

/** What the last release takes, by build. */
const released: Readonly<Record<string, Counts>> = JSON.parse(
  Deno.readTextFileSync(new URL("instructions.json", import.meta.url)),
);

/** The builds for this machine, by their names in the file. */
const builds = {
  "with glibc": lifesign,
  static: "dist/lifesign-x86_64-unknown-linux-musl",
};

const obstacleToCount = Deno.build.arch === "x86_64"
  ? await missing("valgrind") ?? await obstacle()
  : "instructions are counted on x86-64";

unless(obstacleToCount).test(
  "check starts with little more work than its heartbeat takes",
  async () => {
    await compile({ main: "scripts/bench/peers/floor.ts", output: floor });
    // Where others use up the ports, the floor program can't bind one.
    await using network = await openNetwork();
    const { near } = network;
    await near.start([lifesign, "gateway", "--listen", gateway]).line();
    const [, port = ""] = gateway.split(":");
    const least = await instructionsOf(near, [floor, "check", port]);
    const whole = await instructionsOf(
      near,
      [lifesign, ..."check -q -t 30s -u 77 -g".split(" "), gateway],
    );
    const ratio = whole / least;
    assert(
      ratio <= limit,
      `check takes ${whole} instructions, ${
        ratio.toFixed(3)
      } times the ${least} of the floor program: what does it load that it has no use for?`,
    );
  },
);

for (const [build, path] of Object.entries(builds)) {
  unless(obstacleToCount ?? (exists(path) ? undefined : `no ${path}`)).test(
    `commands take no more work than in the last release, ${build}`,
    () => compare(build, path),
  );
}

async function compare(build: string, path: string): Promise<void> {
  if (path === lifesign) {
    const flags = [...v8Flags, "--jitless"];
    await compile({ main: "main.ts", output: interpreted, v8Flags: flags });
  }
  const now = await countsOf(path, path === lifesign ? interpreted : path);
  const before = released[build]!;
  const text = JSON.stringify({ [build]: now });
  console.log(text);
  for (const what of ["check", "status", "cycle"] as const) {
    const growth = now[what] / before[what];
    assert(
      growth <= mostGrowth,
      `${what} takes ${growth.toFixed(3)} times the instructions of the last ` +
        `release; where that is meant, tests/slow/instructions.json gets ${text}`,
    );
  }
}

/** Counts what the commands of an executable take; `steady` is the one whose cycles are counted. */
async function countsOf(path: string, steady: string): Promise<Counts> {
  await using network = await openNetwork();
  const { near, folder } = network;
  const settings = (sessions: number) => {
    const sections = Array.from(
      { length: sessions },
      (_, k) => `[s${k}]\nuid = ${k}\n`,
    );
    const file = `${folder}/${sessions}.conf`;
    const common = `gateway = ${gateway}\ntimeout = 30s\n`;
    Deno.writeTextFileSync(file, common + sections.join(""), { mode: 0o600 });
    return ["-q", "-c", file];
  };
  const status = `${folder}/status.json`;
  await near.start([path, "gateway", "--listen", gateway]).line();
  const once = ["--count=1", "-i10m", "--status-file", status];
  const written = await near.run([path, "run", ...settings(1), ...once]);
  assertEquals(written.code, 0, written.stderr);
  const check = (executable: string, sessions: number) =>
    instructionsOf(near, [executable, "check", ...settings(sessions)]);
  const cycles = await check(steady, 101) - await check(steady, 1);
  return {
    check: await check(path, 1),
    // The agent has ended.
    status: await instructionsOf(
      near,
      [path, "status", "--status-file", status],
      30,
    ),
    cycle: Math.round(cycles / 100),
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What cron gives: each variable is looked at. */
const environment = ["HOME=/root", "PATH=/usr/bin:/bin"];

/** Counts what a program executes in user space, from its start to its end. */
async function instructionsOf(
  host: Host,
  command: readonly string[],
  exitCode = 0,
): Promise<number> {
  const flags = "--cache-sim=no --cachegrind-out-file=/dev/null".split(" ");
  const { code, stderr } = await host.run(
    [
      ...["env", "-i", ...environment],
      ...["valgrind", "--tool=cachegrind", ...flags, ...command],
    ],
  );
  assertEquals(code, exitCode, stderr);
  const [, count = ""] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  return Number(count.replaceAll(",", ""));
}
