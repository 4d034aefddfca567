import { assert, assertEquals } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  assertStops,
  createFolder,
  lifesign,
  noNamespaces,
  quote,
  run,
  type Running,
  sh,
  start,
  startGateway,
  unless,
} from "./harness.ts";

/** Makes a file that lifesign trusts. */
function write(path: string, text: string): Promise<void> {
  return Deno.writeTextFile(path, text, { mode: 0o600 });
}

/** Reads a status file again and again until it is as wanted. */
async function until(
  path: string,
  // deno-lint-ignore no-explicit-any -- what the program writes is what is tested
  condition: (status: any) => boolean,
): Promise<void> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "{}");
    if (condition(JSON.parse(text))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Whether each session has had its first verdict. */
const isJudged = ({ sessions }: { sessions?: { verdict: string | null }[] }) =>
  sessions?.every(({ verdict }) => verdict !== null) ?? false;

/** Ends an agent as nothing else does. */
async function kill(agent: Running): Promise<void> {
  agent.signal("SIGKILL");
  await agent.outcome;
}

const patient = ["-t1s", "-n1"];

Deno.test("status ends with the code of the last verdict, for each session and for all", async () => {
  await using folder = await createFolder();
  await using gateway = await startGateway("--uid=1", "--uid=3", "--uid=4");
  await using deaf = await startGateway("--loss", "1");
  await using odd = await startGateway("--garble", "uid");
  const file = `${folder.path}/status.json`;
  const config = `${folder.path}/lifesign.conf`;
  await write(
    config,
    `gateway = ${gateway.address}
interval = 1h
timeout = 300ms
status_file = ${file}
[living]
uid = 1
[dead]
uid = 2
[silent]
uid = 3
gateway = ${deaf.address}
[unsendable]
uid = 4
bind = 192.0.2.1
[garbled]
uid = 5
gateway = ${odd.address}
`,
  );
  const status = (...args: string[]) => run(["status", "-c", config, ...args]);
  assertOutcome(await status(), {
    code: 30,
    stdout: `${file}: no agent has written this file\n`,
    stderr: "",
  });
  await using agent = start(["run", "-q", "-c", config]);
  await until(file, isJudged);
  const rows: [names: string[], code: number][] = [
    [["living"], 0],
    [["dead"], 10],
    [["silent"], 20],
    [["unsendable"], 21],
    [["garbled"], 23],
    [["living", "silent", "unsendable"], 21],
    [[], 10],
  ];
  for (const [names, code] of rows) {
    const { stdout, ...outcome } = await status(...names);
    assertEquals(outcome, { code, stderr: "" }, names.join());
    const shown = stdout.split("\n").slice(2, -1)
      .map((line) => line.split(" ")[0]);
    assertEquals(
      shown,
      names.length > 0
        ? names
        : ["living", "dead", "silent", "unsendable", "garbled"],
    );
    const json = await status(...names, "--json");
    const { exit_code, agent } = JSON.parse(json.stdout);
    assertEquals([json.code, exit_code], [code, code]);
    assertEquals(agent.pid > 0, true);
  }
  assertQuiet(await status("living", "-q"));
  assertRefused(
    await status("livign"),
    64,
    'lifesign: Cannot find a session "livign": expected one that the agent keeps alive, e.g. living; did you mean "living"?',
  );

  await assertStops(agent);
  assertEquals((await status("living")).code, 30);
  assertEquals((await status("silent")).code, 30);
  assertEquals((await status()).code, 10);
});

const offline = unless(await noNamespaces("-rn"));

offline.test("status ends with 22 when the gateway's name did not resolve", async () => {
  await using folder = await createFolder();
  const file = `${folder.path}/status.json`;
  const args = ["-g", "gw.invalid", "-u", "77", "--status-file", file];
  await using _agent = start(["-rn", lifesign, "run", "-q", ...args], {
    command: "unshare",
  });
  await until(file, isJudged);
  const { code } = await run(["status", "--status-file", file]);
  assertEquals(code, 22);
});

Deno.test("status ends with 30 when the agent was killed, in time", async () => {
  await using folder = await createFolder();
  await using gateway = await startGateway();
  const file = `${folder.path}/status.json`;
  const args = ["-g", gateway.address, "-u", "77", ...patient, "-i1s"];
  await using agent = start(["run", "-q", ...args, "--status-file", file]);
  await until(file, isJudged);
  await kill(agent);
  const text = await Deno.readTextFile(file);
  const status = () => run(["status", "--status-file", file]);
  assertEquals((await status()).code, 0);
  // Nobody has to wait: what it says is that the time has come.
  const { stale_after } = JSON.parse(text);
  const late = Date.parse(stale_after) - Date.now();
  assert(late > 0 && late < 30_000, stale_after);
  const past = text.replace(stale_after, new Date().toISOString());
  await write(file, past);
  const gone = await status();
  assertEquals(gone.code, 30);
  assert(gone.stdout.includes("gone, last report"), gone.stdout);
  await write(file, past.replace('"verdict": "alive"', '"verdict": "dead"'));
  assertEquals((await status()).code, 10);
});

Deno.test("status goes by the uptime when the clock was set since the report", async () => {
  await using folder = await createFolder();
  await using gateway = await startGateway();
  const file = `${folder.path}/status.json`;
  const args = ["-g", gateway.address, "-u", "77", ...patient];
  await using agent = start(["run", "-q", ...args, "--status-file", file]);
  await until(file, isJudged);
  await kill(agent);
  const text = await Deno.readTextFile(file);
  const { boot_id, uptime_ms } = JSON.parse(text);
  /** The file as if the clock had been set by so many days since, and so many minutes had passed. */
  const edited = (days: number, minutes = 0) =>
    text.replaceAll(
      /"(\d{4}-[^"]*Z)"/g,
      (_, time) =>
        `"${
          new Date(Date.parse(time) - (days * 1440 + minutes) * 60_000)
            .toISOString()
        }"`,
    ).replace(`${uptime_ms}`, `${Math.max(0, uptime_ms - minutes * 60_000)}`);
  const other = boot_id.replace(/^......../, "00000000");
  const rows: [what: string, text: string, code: number][] = [
    ["nothing was set", edited(0), 0],
    ["a day back", edited(-1), 0],
    ["from 1970", edited(20_000), 0],
    ["another boot, from the future", edited(-1).replace(boot_id, other), 30],
    ["another boot, long ago", edited(1).replace(boot_id, other), 30],
    ["another boot, just now", edited(0).replace(boot_id, other), 0],
    ["no boot id, from the future", noBoot(edited(-1), boot_id), 30],
    ["no boot id, just now", noBoot(edited(0), boot_id), 0],
    [
      "no boot id, longer up than this machine",
      noBoot(text.replace(`${uptime_ms}`, `${uptime_ms + 1e9}`), boot_id),
      30,
    ],
  ];
  // A machine that has just started can't have been up for longer.
  if (uptime_ms > 600_000) {
    rows.push(["gone, and a day back", edited(-1, 10), 30]);
    rows.push(["gone, and from 1970", edited(20_000, 10), 30]);
  }
  for (const [what, text, code] of rows) {
    await write(file, text);
    const args = ["status", "--status-file", file];
    const { code: found, stdout } = await run(args);
    assertEquals(found, code, `${what}: ${stdout}`);
    assert(!/ d (ago|in)|in \d+ d/.test(stdout) || code === 30, stdout);
  }
});

function noBoot(text: string, bootId: string): string {
  return text.replace(`"${bootId}"`, "null");
}

Deno.test("status ends with 66, 78 or 64 when it can't tell anything", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await write(`${path}/damaged`, '{"format":1,"sess');
  await write(`${path}/newer`, '{"format":99}');
  await write(`${path}/shared`, '{"format":1}');
  await Deno.chmod(`${path}/shared`, 0o666);
  await Deno.mkdir(`${path}/folder`);
  await sh(`mkfifo ${quote(`${path}/pipe`)}`);
  const at = (name: string) => ["--status-file", `${path}/${name}`];
  const rows: [args: string[], code: number, stderr: string][] = [
    [
      at("damaged"),
      66,
      "/damaged: Cannot read the status: it is damaged, expected a file that lifesign run --status-file writes",
    ],
    [
      at("newer"),
      66,
      "/newer: Cannot read the status: a newer lifesign wrote it, use that one to read it",
    ],
    [
      at("folder"),
      66,
      "/folder: Cannot read the status: it is a directory",
    ],
    [
      at("pipe"),
      66,
      "/pipe: Cannot read the status: it is a pipe, expected a file",
    ],
    [
      at("shared"),
      78,
      "/shared: Cannot trust the status: others can write the file, `chmod go-w /shared` fixes that",
    ],
    [
      [],
      78,
      'lifesign: Cannot find a status: no file is named, expected --status-file, LIFESIGN_STATUS_FILE or a line "status_file = FILE", e.g. --status-file /run/lifesign/status.json',
    ],
    [
      ["-g", "127.0.0.1"],
      64,
      'lifesign: Cannot use "-g": there is no such flag here; "lifesign check -g" has it',
    ],
  ];
  for (const [args, code, stderr] of rows) {
    const outcome = await run(["status", ...args]);
    assertRefused(
      {
        ...outcome,
        // In advice it is quoted if that is needed.
        stderr: outcome.stderr.replaceAll(quote(`${path}/shared`), "/shared")
          .replaceAll(path, ""),
      },
      code,
      stderr,
    );
  }
});

Deno.test("run ends with 73 before it sends anything when a file can't be written", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/folder`);
  await sh(`mkfifo ${quote(`${path}/pipe`)}`);
  const outside =
    "nothing can be replaced in /dev, /proc and /sys, expected another folder, e.g. /run";
  const rows: [path: string, reason: string][] = [
    [`${path}/absent/status`, "its folder does not exist"],
    [`${path}/folder`, "it is a directory"],
    [`${path}/pipe`, "it is no regular file"],
    ["/dev/null", "it is no regular file"],
    ["/dev/shm/lifesign-test", outside],
    ["/proc/lifesign-test", outside],
  ];
  const args = ["run", "--json", "-g", "127.0.0.1:9", "-u", "77"];
  for (const [path, reason] of rows) {
    const status = await run([...args, "--status-file", path]);
    assertRefused(status, 73, `${path}: Cannot write the status: ${reason}`);
    const metrics = await run([...args, "--metrics-file", path]);
    assertRefused(metrics, 73, `${path}: Cannot write the metrics: ${reason}`);
  }
  // Whatever it leads to, a terminal, a pipe or a file.
  const stderr = "/dev/stderr";
  const words = [...args, "--status-file", stderr].map(quote).join(" ");
  const piped = await sh(`lifesign ${words}`);
  assertOutcome(piped, {
    code: 73,
    stderr: `${stderr}: Cannot write the status: it is no regular file\n`,
  });
  const log = `${path}/log`;
  assertEquals((await sh(`lifesign ${words} 2>${quote(log)}`)).code, 73);
  assertEquals(
    await Deno.readTextFile(log),
    `${stderr}: Cannot write the status: ${outside}\n`,
  );
});

const isolated = unless(await noNamespaces("-rm"));

isolated.test("run goes on when its disk is full or read-only, and writes again when it is not", async () => {
  await using folder = await createFolder();
  await using gateway = await startGateway();
  const { path } = folder;
  // The shell does to the disk what it reads from stdin; the agent must not outlive it.
  const script = `
      mount -t tmpfs -o size=64k,mode=755 tmpfs ${quote(path)} || exit 99
      setpriv --pdeathsig KILL ${quote(lifesign)} run --json \
        -g ${gateway.address} -u 77 -i 100ms -t 20ms -n 1 --status-file ${
    quote(`${path}/s`)
  } &
      while read -r command; do eval "$command"; done
      kill $!; wait $!`;
  await using agent = start(["-rm", "sh", "-c", script], {
    command: "unshare",
  });
  const cycles = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await agent.cycle();
    }
  };
  await cycles(5);
  // Writing is tried in the second that follows, and again after five.
  await agent.type(`head -c 100k /dev/zero >${quote(`${path}/zero`)}`);
  await cycles(25);
  // Of the mount alone: of the file system, only root may.
  await agent.type(`mount -o remount,bind,ro ${quote(path)}`);
  await cycles(60);
  await agent.type(
    `mount -o remount,bind,rw ${quote(path)}; rm ${quote(`${path}/zero`)}`,
  );
  await cycles(60);
  // At last, what is in the status is told by the shell.
  await agent.type(`ls -A ${quote(path)} >&2; cat ${quote(`${path}/s`)} >&2`);
  await agent.endInput();
  const { code, stderr } = await agent.outcome;
  assertEquals(code, 0, stderr);
  const file = `${path}/s`;
  const told = stderr.split("\n").filter((line) => line.includes(file))
    .map((line) => line.slice(21).replace(file, "s"));
  const warn = "warn s: Cannot write the status: the";
  const again = "; lifesign keeps trying";
  assertEquals(told, [
    `${warn} disk is full${again}`,
    `${warn} file system is read-only${again}`,
    "info s: is written again",
  ]);
  // The first lines name the files: nothing but the status is left.
  assert(/^s\n\{$/m.test(stderr), stderr);
});

Deno.test("run writes the counters of each session to the log at SIGUSR1, and goes on", async () => {
  await using gateway = await startGateway("--uid", "77");
  // Each answer has 300 ms, on the busiest machine.
  const slow = ["-i", "400ms", "-t", "300ms", "-n", "1"];
  const args = ["-g", gateway.address, "-u", "77", ...slow];
  await using agent = start(["run", "--json", ...args]);
  await agent.cycle();
  agent.signal("SIGUSR1");
  await agent.cycle();
  agent.signal("SIGUSR1");
  await agent.cycle();
  const stderr = await assertStops(agent);
  const lines = stderr.split("\n").filter((line) => line.includes("cycles:"));
  assertEquals(lines.length, 2);
  const line =
    /info default: alive since \S+; cycles: \d+ alive; \d+ (try|tries), \d+ lost; round trip \S+ ms; answer \S+ ms; without a sign of life 0 % in 15 min, 0 % in 24 h$/;
  for (const found of lines) assert(line.test(found), found);
});

Deno.test("run leaves status and metrics whole when it is killed at any moment", async () => {
  await using folder = await createFolder();
  await using gateway = await startGateway();
  const names = Array.from({ length: 20 }, (_, n) => `s${n}`);
  const config = `${folder.path}/lifesign.conf`;
  const [status, metrics] = ["status", "metrics"]
    .map((name) => `${folder.path}/${name}`) as [string, string];
  await write(
    config,
    `gateway = ${gateway.address}
interval = 5ms
timeout = 2ms
tries = 1
status_file = ${status}
metrics_file = ${metrics}
${names.map((name, n) => `[${name}]\nuid = ${n + 1}`).join("\n")}
`,
  );
  let before = "";
  const isNew = ({ started = before }) => started !== before;
  for (let kills = 0; kills < 50; kills++) {
    await using agent = start(["run", "-q", "-c", config]);
    // From the first writing of both on, and each time a little later.
    await until(status, isNew);
    // The metrics come right behind the status, for the first time.
    while (!await exists(metrics)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (let n = 0; n < kills; n++) await Deno.stat(status);
    await kill(agent);
    const { started, sessions } = JSON.parse(await Deno.readTextFile(status));
    before = started;
    assertEquals(sessions.length, names.length);
    const text = await Deno.readTextFile(metrics);
    assert(
      /_answer_seconds_count\{session="s19",[^}]*\} \d+\n$/.test(text),
      text,
    );
  }
  // What is left of all those that were killed in the middle of it goes with the next start.
  await using _agent = start(["run", "-q", "-c", config]);
  await until(status, isNew);
  await until(status, isJudged);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  const foreign = left.filter((name) => name.startsWith(".lifesign-"));
  assert(foreign.length <= 1, foreign.join());
});
