import { assert, assertEquals } from "@std/assert";
import {
  agentSettings,
  flagOf,
  keyOf,
  sessionSettings,
} from "../lib/config/settings.ts";
import { readDocument } from "./documents.ts";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  assertStops,
  createFolder,
  lifesign,
  missing,
  noNamespaces,
  quote,
  run,
  sh,
  slowness,
  start,
  startGateway,
  unless,
} from "./harness.ts";

const six = `gatewy = 172.16.202.201   # six mistakes
interval = 60
[dorm]
gateway = 172.16.202.201:70000
uid = -2
  tries=many
tries = 3
on the way
`;

Deno.test("config --check names every mistake with its line and column", async () => {
  await using folder = await createFolder({ f: six });
  const { path } = folder;
  const outcome = await run(["config", "--check", "-c", `${path}/f`]);
  assertOutcome(outcome, { code: 78, stdout: "" });
  assertEquals(outcome.stderr.replaceAll(path, "").trimEnd().split("\n"), [
    '/f:1:1: Cannot set "gatewy": unknown setting; did you mean "gateway"?',
    '/f:2:12: Cannot read "60": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
    '/f:4:11: Cannot read "172.16.202.201:70000": expected a port from 1 to 65535, e.g. 3335',
    '/f:5:7: Cannot read "-2": expected any number but -2, which means a dead session, e.g. 123456',
    '/f:6:9: Cannot read "many": expected a whole number from 1 to 20, e.g. 3',
    '/f:7:1: Cannot set "tries" twice in a section: expected one value, line 6 sets it',
    '/f:8:1: Cannot read "on the way": expected KEY = VALUE, e.g. interval = 60s',
  ]);
});

Deno.test("config --check ends with 0 when nothing is wrong", async () => {
  await using folder = await createFolder({
    "pysrun.cfg":
      "# written for pysrun\ngateway=172.16.202.201 # the gateway\nuid_file=uid   # the UID\n",
    uid: "3141592\n",
  });
  const outcome = await sh(
    `cd ${quote(folder.path)} && lifesign config --check -c pysrun.cfg &&
     lifesign config --check -q -c pysrun.cfg`,
    { asPasted: false },
  );
  assertOutcome(outcome, { code: 0, stdout: "1 session, nothing wrong\n" });
});

Deno.test("check refuses files that are no configuration, each for its reason", async () => {
  const bytes = (...codes: number[]) => Uint8Array.from(codes);
  await using folder = await createFolder({
    bom: "\ufeffgateway = 127.0.0.1\r\nuid = 1\r\ntries = 0\r\n",
    crlf: "tries = 0\r\n[dorm]\r\nbogus = 1\r\n",
    nul: bytes(0x61, 0x00),
    latin: bytes(0x61, 0x20, 0x3d, 0x20, 0xfc),
    quote: 'bind = "eth0\n',
    long: "#".repeat(16 * 1024 * 1024 + 1),
    open: "uid = 1",
    digits: "uid = 12345678901234567890\ngateway = gw\n",
  });
  const { path } = folder;
  await Deno.mkdir(`${path}/folder`);
  await Deno.symlink("loop", `${path}/loop`);
  await Deno.chmod(`${path}/open`, 0o666);
  await sh(`mkfifo ${quote(path)}/pipe`);
  const rows: [file: string, code: number, stderr: string][] = [
    ["bom", 78, '/bom:3:9: Cannot read "0": expected a whole'],
    ["crlf", 78, '/crlf:1:9: Cannot read "0": expected a whole'],
    ["nul", 78, "/nul:1:2: Cannot read the control character"],
    [
      "latin",
      78,
      "/latin:1:5: Cannot read a byte: expected UTF-8, e.g. from `iconv -f LATIN1 -t UTF-8`",
    ],
    ["quote", 78, "/quote:1:8: Cannot find the end of a quote"],
    ["digits", 78, '/digits:1:7: Cannot read "***90": expected a'],
    ["long", 66, "/long: Cannot read the configuration: it is longer"],
    ["open", 78, "/open: Cannot trust the configuration: others can write"],
    ["folder", 66, "/folder: Cannot read the configuration: it is a dir"],
    ["loop", 66, "/loop: Cannot read the configuration: its symbolic"],
    ["pipe", 66, "/pipe: Cannot read the configuration: it is a pipe"],
    ["gone", 66, "/gone: Cannot read the configuration: there is no"],
  ];
  for (const [file, code, start] of rows) {
    const outcome = await run(["check", "-c", `${path}/${file}`]);
    assertOutcome(outcome, { code, stdout: "" });
    const stderr = outcome.stderr.replaceAll(path, "");
    assertEquals(stderr.slice(0, start.length), start);
    assert(!stderr.includes("    at "), stderr);
  }
});

Deno.test("config tells where each value comes from, the UID masked", async () => {
  await using folder = await createFolder({
    f: "gateway = gw.example\n\n[dorm]\nuid = 3141592\n",
  });
  const file = `${folder.path}/f`;
  const env = { LIFESIGN_CONFIG: file, LIFESIGN_TIMEOUT: "2s" };
  const args = ["config", "--tries", "5"];
  const { code, stdout } = await run(args, { env });
  assertEquals(code, 0);
  const lines = stdout.split("\n").map((line) => line.split(/ {2,}/));
  const line = (key: string) => lines.find(([first]) => first === key);
  assertEquals(lines[0], ["[dorm]"]);
  assertEquals(line("gateway"), ["gateway", "gw.example", `${file}:1`]);
  assertEquals(line("uid"), ["uid", "***92", `${file}:4`]);
  assertEquals(line("timeout"), ["timeout", "2s", "LIFESIGN_TIMEOUT"]);
  assertEquals(line("tries"), ["tries", "5", "--tries"]);
  assertEquals(line("confirm"), ["confirm", "2", "default"]);
  const revealed = await run([...args, "--reveal"], { env });
  assert(revealed.stdout.includes("3141592"));

  const { settings: program, sessions: [{ session, settings }] } = JSON.parse(
    (await run([...args, "--json"], { env })).stdout,
  );
  assertEquals(program.log_max_bytes, {
    value: "10MiB",
    value_bytes: 10485760,
    origin: { type: "default" },
  });
  assertEquals(session, "dorm");
  assertEquals(settings.uid, {
    value: "***92",
    origin: { type: "file", file, line: 4, column: 7 },
  });
  assertEquals(settings.timeout, {
    value: "2s",
    value_ms: 2000,
    origin: { type: "environment", name: "LIFESIGN_TIMEOUT" },
  });
  assertEquals(Object.keys(settings), Object.keys(sessionSettings).map(keyOf));
});

Deno.test("config shows what a protocol has by default", async () => {
  await using folder = await createFolder({
    f: `[chat]
target = ws://192.0.2.1/
[ssh]
target = tcp://192.0.2.1:22
[deaf]
target = tcp://192.0.2.1:22
dead_on = none
hold = false
[portal]
target = captive+https://192.0.2.1/
[gateway]
gateway = 192.0.2.1
uid = 1
`,
  });
  const args = (
    ...more: string[]
  ) => ["config", "-c", `${folder.path}/f`, ...more];
  const rows: [key: string, values: string[]][] = [
    ["interval", ["30s", "60s", "60s", "60s", "60s"]],
    ["dead_on", [
      "refused,gone,close,401,403,407",
      "refused,gone",
      "none",
      "portal",
      "",
    ]],
    ["hold", ["true", "false", "false", "false", ""]],
  ];
  for (const [key, values] of rows) {
    const stdout = values.map((value) => `${value}\n`).join("");
    assertOutcome(await run(args("get", key)), { code: 0, stdout });
  }
  const { stdout } = await run(args("ssh"));
  assert(/^dead_on +refused,gone +default$/m.test(stdout), stdout);
  const { sessions } = JSON.parse((await run(args("--json"))).stdout);
  assertEquals(sessions[0].settings.hold, {
    value: "true",
    origin: { type: "default" },
  });
});

Deno.test("config get prints one value alone", async () => {
  await using folder = await createFolder({
    f: `gateway = 192.0.2.1
log_level = warn
on_dead = echo "a; b" # c
[dorm]
uid = 123456
interval = 90s
[lab]
uid = 7
`,
  });
  const rows: [args: string[], stdout: string, code?: number, RegExp?][] = [
    [["interval"], "90s\n60s\n"],
    [["interval", "dorm"], "90s\n"],
    [["on_dead", "lab"], 'echo "a; b" # c\n'],
    [["log_level"], "warn\n"],
    [["uid", "dorm"], "***56\n"],
    [["uid", "dorm", "--reveal"], "123456\n"],
    [["bind", "dorm"], "\n"],
    [["intervall"], "", 64, /"intervall".*; did you mean "interval"\?$/],
    [[], "", 64, /none is named, e\.g\. "lifesign config get interval"$/],
    [
      ["bind", "--json"],
      "",
      64,
      /Cannot use --json with get: expected the value alone$/,
    ],
    [["bind", "--check"], "", 64, /Cannot use --check with get: /],
    [["bind", "--example"], "", 64, /Cannot use --example with get: /],
    [["bind", "-q"], "", 64, /Cannot use --quiet with get: /],
  ];
  for (const [args, stdout, code = 0, message] of rows) {
    const outcome = await run([
      "config",
      "get",
      ...args,
      "-c",
      `${folder.path}/f`,
    ]);
    assertOutcome(outcome, { code, stdout });
    if (message) assert(message.test(outcome.stderr.trimEnd()), outcome.stderr);
  }
});

Deno.test("config --example holds every setting, and is right without its marks", async () => {
  const { stdout } = await run(["config", "--example"]);
  const all = { ...agentSettings, ...sessionSettings };
  for (const [setting, row] of Object.entries(all)) {
    const line = `#${keyOf(setting)} = ${row.default ?? row.value ?? "true"}`;
    assert(stdout.includes(`\n${line}\n`), line);
  }
  const text = stdout
    .replaceAll(/^#(?=[a-z_]+ = |\[)/gm, "")
    .replace(/^gateway = .*/m, "gateway = 127.0.0.1")
    .replaceAll(
      /^(target|also|uid|reply_from|bind|count|give_up_after|login_tries|on_fault_every) = .*\n/gm,
      "",
    )
    .replace("= HOST:PORT", "= 9105")
    .replaceAll(/^(\w+) = FILE$/gm, "$1 = /run/$1");
  await using folder = await createFolder({ f: text, uid: "77" });
  const file = `${folder.path}/f`;
  await Deno.writeTextFile(
    file,
    text.replaceAll("/run/dorm.uid", `${folder.path}/uid`),
  );
  const outcome = await run(["config", "--check", "-c", file]);
  assertOutcome(outcome, { code: 0, stdout: "1 session, nothing wrong\n" });
});

Deno.test("check takes sessions by name, and tells the worst verdict", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using folder = await createFolder({
    f: `gateway = ${gateway.address}
timeout = 500ms
[dorm]
uid = 77
[lab]
uid = 78
`,
  });
  const args = ["check", "-c", `${folder.path}/f`];
  const all = await run(args);
  assertEquals(all.code, 10);
  assertEquals(all.stdout.replaceAll(/ \(.*/g, ""), "dorm: alive\nlab: dead\n");
  assertEquals((await run([...args, "dorm"])).code, 0);
  assertRefused(
    await run([...args, "drom"]),
    64,
    'lifesign: Cannot find a session "drom": expected dorm or lab; did you mean "dorm"?',
  );
  const twins = await run([...args, "-u", "77"]);
  assertEquals([twins.code, twins.stdout], [78, ""]);
  assertEquals(
    twins.stderr,
    "--uid: Cannot keep [lab] alive as well: [dorm] has the same gateway and UID, expected another UID\n",
  );
});

Deno.test("run goes on while a session is left, and ends with 10 when none is", async () => {
  await using gateway = await startGateway("--uid", "77", "--uid", "78");
  await using folder = await createFolder({
    f: `gateway = ${gateway.address}
interval = 500ms
timeout = 100ms
[dorm]
uid = 77
[lab]
uid = 78
`,
  });
  await using agent = start(["run", "--json", "-c", `${folder.path}/f`]);
  await gateway.type("kill 77");
  const death = await agent.event(({ to }) => to === "dead");
  assertEquals(death["session"], "dorm");
  const next = await agent.cycle();
  assertEquals([next["session"], next["verdict"]], ["lab", "alive"]);
  await gateway.type("kill 78");
  assertEquals((await agent.outcome).code, 10);
});

Deno.test("run reads everything again at SIGHUP, and keeps the old settings if the new ones are wrong", async () => {
  await using gateway = await startGateway();
  const config = (...sessions: string[]) =>
    `gateway = ${gateway.address}\ninterval = 100ms\ntimeout = 20ms\n${
      sessions.map((text) => `[${text}\n`).join("")
    }`;
  await using folder = await createFolder({ f: config("dorm]\nuid = 1") });
  const file = `${folder.path}/f`;
  await using agent = start(["run", "--json", "-c", file]);
  const cycleOf = (session: string) =>
    agent.event((it) => it["event"] === "cycle" && it["session"] === session);
  await cycleOf("dorm");
  await Deno.writeTextFile(file, config("dorm]\nuid = 1", "lab]\nuid = 2"));
  agent.signal("SIGHUP");
  await cycleOf("lab");
  await Deno.writeTextFile(file, config("lab]\nuid = -2"));
  agent.signal("SIGHUP");
  await cycleOf("dorm");
  await cycleOf("lab");
  await Deno.writeTextFile(file, config("lab]\nuid = 2"));
  agent.signal("SIGHUP");
  for (let alone = 0; alone < 5;) {
    const { session } = await agent.cycle();
    alone = session === "lab" ? alone + 1 : 0;
  }
  const stderr = await assertStops(agent);
  assert(stderr.includes(`error ${file}:5:7: Cannot read "-2"`), stderr);
  assert(stderr.includes("the old ones stay in force"), stderr);
});

Deno.test("run goes on with the last UID when its file goes bad, even becomes a pipe", async () => {
  await using gateway = await startGateway("--uid", "77", "--uid", "78");
  await using folder = await createFolder({ uid: "77" });
  const file = `${folder.path}/uid`;
  const args = ["-g", gateway.address, "-U", file, "-i", "100ms", "-t", "20ms"];
  await using agent = start(["run", "--json", ...args]);
  const requests = async (uid: string, count: number) => {
    for (let seen = 0; seen < count; seen++) {
      await gateway.event((it) => it["uid"] === uid);
    }
  };
  await requests("77", 2);
  await Deno.remove(file);
  assertEquals((await sh(`mkfifo -m 600 ${quote(file)}`)).code, 0);
  await requests("77", 5);
  await Deno.remove(file);
  await Deno.writeTextFile(file, "78", { mode: 0o600 });
  await requests("78", 2);
  const stderr = await assertStops(agent);
  assert(/warn .*uid: Cannot read the UID: .* stays in use/.test(stderr));
});

Deno.test("run is not stopped by a pipe: not at start, not at SIGHUP", async () => {
  await using gateway = await startGateway();
  await using folder = await createFolder({ uid: "77" });
  const file = `${folder.path}/uid`;
  const args = ["-g", gateway.address, "-U", file, "-i", "100ms", "-t", "20ms"];
  await using agent = start(["run", "--json", ...args]);
  await agent.cycle();
  await Deno.remove(file);
  assertEquals((await sh(`mkfifo -m 600 ${quote(file)}`)).code, 0);
  agent.signal("SIGHUP");
  for (let n = 0; n < 5; n++) {
    await agent.cycle();
  }
  await assertStops(agent);

  // Nobody writes to the pipe, so that it waits for ever.
  await using waiting = start(["run", "--json", ...args]);
  const { stdout } = await sh(`
    n=0
    until pid=$(pgrep -P ${waiting.pid} cat); do
      n=$((n + 1)); [ $n -lt 2000 ] || exit 1
    done
    echo "$pid"`);
  assert(Number(stdout) > 0);
  await assertStops(waiting);
  const { code } = await sh(`
    n=0
    while ps -o stat= -p ${Number(stdout)} | grep -qv Z; do
      n=$((n + 1)); [ $n -lt 2000 ] || exit 1
    done`);
  assertEquals(code, 0, "the process that read the pipe is left");
});

unless(slowness).test("config shows ten thousand sessions", async () => {
  const sections = Array.from(
    { length: 10_000 },
    (_, k) => `[s${k}]\nuid = ${k + 1}\n`,
  );
  await using folder = await createFolder({
    f: `gateway = gw\n${sections.join("")}`,
  });
  const args = ["config", "-c", `${folder.path}/f`];
  const { code, stdout } = await run(args);
  assertEquals([code, stdout.match(/^uid +\*{3}/gm)?.length], [0, 10_000]);
  assertOutcome(await run([...args, "--check"]), {
    code: 0,
    stdout: "10,000 sessions, nothing wrong\n",
  });
});

Deno.test("config refuses what it would ignore", async () => {
  const rows: [args: string[], code: number][] = [
    [["--check", "--reveal", "-g", "gw", "-u", "1"], 78],
    [["--check", "--json", "-g", "gw", "-u", "1"], 78],
    [["--example", "-u", "77"], 64],
    [["-c", "-"], 78],
    [["-c", ""], 78],
  ];
  for (const [args, code] of rows) {
    assertOutcome(await run(["config", ...args]), { code, stdout: "" });
  }
  const quiet = await run(["config", "-q", "-g", "gw", "-u", "1"]);
  assertQuiet(quiet);
});

const withScript = unless(await missing("script"));

withScript.test("run ends at SIGHUP on a terminal", async () => {
  await using gateway = await startGateway();
  const args = `run -g ${gateway.address} -u 1`;
  const program = `echo pid=$$; exec ${quote(lifesign)} ${args}`;
  const command = `sh -c ${quote(program)}`;
  await using terminal = start(["-qec", command, "/dev/null"], {
    command: "script",
  });
  const line = await terminal.line((line) => line.includes("pid="));
  await gateway.event(({ action }) => action === "alive");
  Deno.kill(Number(/pid=(\d+)/.exec(line)![1]), "SIGHUP");
  assertEquals((await terminal.outcome).code, 0);
});

const isolated = unless(await noNamespaces("-rm"));

isolated.test("check reads the machine's file and the user's one, which wins", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using home = await createFolder();
  await Deno.mkdir(`${home.path}/.config`);
  const user = `${home.path}/.config/lifesign.conf`;
  const script = `
      mount -t tmpfs none /etc
      umask 077
      printf 'gateway = ${gateway.address}\\nuid = 78\\ntimeout = 50ms\\n' >/etc/lifesign.conf
      ${quote(lifesign)} check; echo $?
      echo 'uid = 77' >${quote(user)}
      ${quote(lifesign)} check; echo $?
    `;
  const { stdout, stderr } = await sh(`unshare -rm sh -c ${quote(script)}`, {
    env: { HOME: home.path },
  });
  assertEquals(stderr, "");
  assertEquals(stdout.replaceAll(/ \(.*/g, "").split("\n"), [
    "default: dead",
    "10",
    "default: alive",
    "0",
    "",
  ]);
});

Deno.test("docs/settings.md has the table of settings", () => {
  const rows = readDocument("docs/settings.md").matchAll(
    /^\| `([a-z_]+)` *\| (.*?) *\| (.*?) *\| (.*?) *\|$/gm,
  )
    .map(([, ...cells]) => cells).toArray();
  const all = { ...sessionSettings, ...agentSettings };
  assertEquals(
    rows,
    Object.entries(all).map(([setting, row]) => [
      keyOf(setting),
      [
        ...row.short ? [row.short] : [],
        ...row.value ? [`${flagOf(setting)} ${row.value}`] : [],
        ...Object.keys(row.switches ?? {}),
      ].map((flag) => `\`${flag}\``).join(" "),
      row.default === null ? "" : `\`${row.default}\``,
      row.help,
    ]),
  );
});

Deno.test("config shows commands as they will be run, in full, and a login may come before its UID file", async () => {
  const command = `log-in "$USER" ; echo done # ${"x".repeat(300)}`;
  await using folder = await createFolder({
    f: `gateway = 127.0.0.1\nuid_file = /nowhere/uid\nlogin = ${command}\n`,
  });
  const file = `${folder.path}/f`;
  const { code, stdout } = await run(["config", "-c", file]);
  assertEquals(code, 0);
  assert(stdout.includes(`\nlogin           ${command}  `), stdout);
  assertOutcome(await run(["config", "--check", "-c", file]), {
    code: 0,
    stdout: "1 session, nothing wrong\n",
  });
  // A check logs nobody in.
  assertOutcome(await run(["check", "-c", file]), { code: 66, stdout: "" });
});
