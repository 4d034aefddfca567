import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../lib/exit_code.ts";
import { block } from "./documents.ts";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  assertStops,
  createManager,
  hear,
  inFolder,
  isStatic,
  lifesign,
  missing,
  quote,
  run,
  sh,
  start,
  startGateway,
} from "./harness.ts";

/** Puts settings and a UID into a folder; returns the file's path. */
async function configure(folder: string, more = ""): Promise<string> {
  const file = `${folder}/lifesign.conf`;
  const mode = { mode: 0o600 };
  await Deno.writeTextFile(`${folder}/uid`, "77\n", mode);
  const text = `gateway = 127.0.0.1:9\nuid_file = "${
    folder.replace(/["\\]/g, "\\$&")
  }/uid"\n${more}`;
  await Deno.writeTextFile(file, text, mode);
  return file;
}

const withSystemd = inFolder.unless(await missing("systemd-analyze"));

withSystemd.test("service systemd gateway prints a unit that systemd takes and finds secure", async (folder) => {
  const key = `${folder}/a key of 100%`;
  await Deno.writeTextFile(key, "00".repeat(16), { mode: 0o600 });
  const rows: string[][] = [
    ["--key-file", key],
    ["--unauthenticated", "--metrics-file=/run/lifesign-gateway/m"],
  ];
  for (const args of rows) {
    const { code, stdout, stderr } = await run(
      ["service", "systemd", "gateway", "--listen=stamp://0.0.0.0", ...args],
    );
    assertEquals([code, stderr], [0, ""]);
    const unit = `${folder}/lifesign-test.service`;
    await Deno.writeTextFile(unit, stdout);
    assertQuiet(await sh(`systemd-analyze verify ${quote(unit)}`));
    const secure = await sh(
      `systemd-analyze security --offline=true --threshold=20 ${quote(unit)}`,
    );
    assertEquals(secure.code, 0, secure.stdout);
  }
});

withSystemd.test("service systemd prints a unit that systemd takes and finds secure", async (folder) => {
  const odd = `${folder}/an $odd "folder\\ of 100%`;
  await Deno.mkdir(odd);
  const rows: [file: string, args: string[]][] = [
    [await configure(folder), []],
    [await configure(odd, "[dorm]\n"), [
      "--lock-file",
      "/run/x y/lock",
      "-i5m",
      "dorm",
    ]],
  ];
  for (const [file, args] of rows) {
    const { code, stdout, stderr } = await run(
      ["service", "systemd", "-c", file, ...args],
    );
    assertEquals([code, stderr], [0, ""]);
    const unit = `${folder}/lifesign-test.service`;
    await Deno.writeTextFile(unit, stdout);
    const verified = await sh(`systemd-analyze verify ${quote(unit)}`);
    assertQuiet(verified);
    const secure = await sh(
      `systemd-analyze security --offline=true --threshold=25 ${quote(unit)}`,
    );
    assertEquals(secure.code, 0, secure.stdout);
  }
});

withSystemd.test("service systemd --user prints a unit that systemd takes", async (folder) => {
  const odd = `${folder}/it's "$odd"`;
  await Deno.mkdir(odd);
  for (const more of ["", "login = log_in_again\nlock_file = /run/l\n"]) {
    const file = await configure(odd, more);
    const { code, stdout, stderr } = await run(
      ["service", "systemd", "--user", "-c", file],
    );
    assertEquals([code, stderr], [0, ""]);
    const unit = `${folder}/lifesign-test.service`;
    await Deno.writeTextFile(unit, stdout);
    assertQuiet(
      await sh(`systemd-analyze --user verify ${quote(unit)}`, {
        env: { XDG_RUNTIME_DIR: folder },
      }),
    );
    assert(!/^(User|CapabilityBoundingSet)=/m.test(stdout), stdout);
    assertStringIncludes(stdout, "WantedBy=default.target");
  }
});

const withAsh = inFolder.unless(await missing("busybox", "shellcheck"));

withAsh.test("service procd prints a script that shellcheck likes, and that starts lifesign on OpenWrt's shell", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const file = await configure(folder);
  const args = ["service", "procd", "-c", file, "--interval=10s"];
  const { code, stdout, stderr } = await run(args);
  assertEquals([code, stderr], [0, ""]);
  const script = `${folder}/init`;
  await Deno.writeTextFile(script, stdout);
  assertQuiet(await sh(`shellcheck ${quote(script)}`));
  await Deno.mkdir(`${folder}/lifesign.d`);
  const second = `${folder}/lifesign.d/dorm.conf`;
  const uid = `${folder}/uid`.replace(/["\\]/g, "\\$&");
  await Deno.writeTextFile(
    second,
    `gateway = ${gateway.address}\nuid_file = "${uid}"\n`,
    { mode: 0o600 },
  );
  // What rc.common has: it only writes down what it is told, a word a line.
  const played = ["open_instance", "set_param", "close_instance"].map((name) =>
    `procd_${name}() { printf '%s\\n' ${name} "$@"; }`
  ).join("\n");
  await Deno.writeTextFile(`${folder}/procd`, played);
  const told = await sh(
    `cd ${quote(folder)}; busybox ash -c '. ./procd; . ./init; start_service'`,
  );
  assertEquals([told.code, told.stderr], [0, ""]);
  const instances = told.stdout.split("open_instance\n").slice(1)
    .map((text) => text.split("\n"));
  assertEquals(instances.map(([name]) => name), ["lifesign", "dorm"]);
  for (const [at, config] of [file, second].entries()) {
    const words = instances[at]!;
    const first = words.indexOf("command") + 1;
    const command = words.slice(first, words.indexOf("set_param", first));
    assertEquals(command.slice(1), ["run", "-c", config, "--interval=10s"]);
    if (at === 0) continue;
    await using agent = start(command.slice(1), { command: command[0]! });
    await hear(gateway, 1);
    await assertStops(agent);
  }
});

inFolder.test("service refuses a UID that only this shell knows", async (folder) => {
  const file = await configure(folder);
  for (const kind of ["systemd", "cron"]) {
    const rows: [
      args: string[],
      env: Record<string, string>,
      code: number,
      stderr: string,
    ][] = [
      [["-c", file, "-u", "77"], {}, 78, "--uid: Cannot print the UID"],
      [["-c", file], { LIFESIGN_UID: "77" }, 78, "LIFESIGN_UID: Cannot"],
      [["-c", file, "-U-"], {}, 78, "--uid-file: Cannot use stdin in a unit"],
      [
        ["-g", "gw", "-U", `${folder}/uid`],
        {
          HOME: folder,
        },
        78,
        "lifesign: Cannot start without a file with the settings",
      ],
      [["-c", `${folder}/none`], {}, 66, "Cannot read the configuration"],
      [["-c", file, "dorm"], {}, 64, 'Cannot find a session "dorm"'],
    ];
    for (const [args, env, code, stderr] of rows) {
      const outcome = await run(["service", kind, ...args], { env });
      assertOutcome(outcome, { code, stdout: "" });
      assertStringIncludes(outcome.stderr, stderr);
    }
  }
  assertRefused(
    await run(["service", "corn"]),
    64,
    'lifesign: Cannot print a unit for "corn": expected systemd, cron, procd, openrc, docker, prometheus or grafana; did you mean "cron"?',
  );
});

/** The command that cron hands to the shell; the line holds no backslash but before %. */
function cronCommand(stdout: string): string {
  const line = stdout.split("\n").find((line) => line.startsWith("*/5 "))!;
  return line.replace("*/5 * * * * ", "").replaceAll("\\%", "%");
}

const shells = await missing("busybox") ? ["sh"] : ["sh", "busybox ash"];

inFolder.test("service cron prints a line that runs the check and tells its exit codes apart", async (folder) => {
  const home = `${folder}/100% mine`;
  await Deno.mkdir(home);
  const file = await configure(home);
  const { code, stdout } = await run(["service", "cron", "-c", file]);
  assertEquals(code, 0);
  const command = cronCommand(stdout);
  // Where the runtime hears what ICMP says, that stands there, too.
  const said = isStatic ? ", 127.0.0.1 says: port unreachable" : "";
  const silent =
    `default: silent (no answer from 127.0.0.1:9, 3 tries${said})\n`;
  for (const shell of shells) {
    assertOutcome(await sh(`${shell} -c ${quote(command)}`), {
      code: 0,
      stdout: silent,
      stderr: "",
    });
  }
  const again = "Put what logs in again in place of this echo.\n";
  const fix = "Fix the settings, or a file that they name.\n";
  const chosen = exitCodes.map(({ code }) => code as number)
    .filter((code) => code !== 1 && code !== 30 && code !== 130);
  const rows: [code: number, stdout: string][] = [
    ...chosen.map((code): [number, string] => [
      code,
      code === 0 || code >= 20 && code <= 23 ? "" : code === 10 ? again : fix,
    ]),
    ...[1, 101, 130, 133, 139].map((code): [number, string] => [
      code,
      `lifesign crashed with status ${code}.\n`,
    ]),
  ];
  const fake = `${folder}/fake`;
  // In a folder with a space it is quoted.
  const plain = command.replace(quote(lifesign), lifesign);
  await Deno.writeTextFile(fake, '#!/bin/sh\nexit "$STATUS"\n', {
    mode: 0o755,
  });
  for (const shell of shells) {
    for (const [code, stdout] of rows) {
      const script = plain.replace(lifesign, quote(fake));
      assertOutcome(
        await sh(`${shell} -c ${quote(script)}`, {
          env: { STATUS: `${code}` },
        }),
        { stdout, stderr: "" },
      );
    }
  }
});

const withShellcheck = inFolder.unless(await missing("shellcheck"));

withShellcheck.test("service cron prints a line that shellcheck likes", async (folder) => {
  const file = await configure(folder, "[dorm]\n");
  const args = ["service", "cron", "-c", file, "-n5", "dorm"];
  const script = `#!/bin/sh\n${cronCommand((await run(args)).stdout)}\n`;
  await Deno.writeTextFile(`${folder}/script`, script);
  const { code, stdout } = await sh(`shellcheck ${quote(folder)}/script`);
  assertEquals(code, 0, stdout);
});

inFolder.test("service openrc prints a script that starts the command, wherever the file is", async (folder) => {
  const odd = `${folder}/it's "$odd"`;
  await Deno.mkdir(odd);
  const file = await configure(odd, "[dorm]\n");
  const { code, stdout } = await run(
    ["service", "openrc", "-c", file, "-n5", "dorm"],
  );
  assertEquals(code, 0);
  await Deno.writeTextFile(`${folder}/lifesign`, stdout);
  if (!await missing("shellcheck")) {
    const checked = await sh(`shellcheck ${quote(folder)}/lifesign`);
    assertEquals(checked.code, 0, checked.stdout);
  }
  await Deno.writeTextFile(
    `${folder}/supervise-daemon`,
    "#!/bin/sh\nprintf '<%s>' \"$@\"\n",
    { mode: 0o755 },
  );
  // OpenRC sources it, and has a shell read the arguments once more.
  const script = `. ${quote(folder)}/lifesign
    need() { :; }; after() { :; }; use() { :; }; ebegin() { :; }; eend() { return "$1"; }
    PATH=${quote(folder)}:$PATH
    depend && RC_SVCNAME=lifesign reload && echo
    printf '%s as %s\n' "$command" "$command_user"
    eval "printf '<%s>' $command_args"`;
  for (const shell of shells) {
    const told = await sh(`${shell} -c ${quote(script)}`);
    assertEquals(
      told.stdout,
      `<lifesign><--signal><HUP>\n${lifesign} as ${await userName()}\n<run><-c><${file}><--tries=5><dorm>`,
    );
  }
});

/** The name of the user who runs the tests. */
async function userName(): Promise<string> {
  return (await sh("id -un")).stdout.trim();
}

inFolder.test("service docker prints a Dockerfile that runs the executable without a shell, unless there are hooks", async (folder) => {
  const rows: [more: string, from: string][] = [
    ["", "scratch"],
    ["on_dead = logger dead\n", "busybox:stable-musl"],
  ];
  for (const [more, from] of rows) {
    const file = await configure(folder, more);
    const { code, stdout } = await run(["service", "docker", "-c", file]);
    assertEquals(code, 0);
    const [, source] = /^# {3}cp "(.*)" lifesign$/m.exec(stdout) ?? [];
    const archive = /^lifesign-[\d.]+-linux-(x86_64|aarch64)-static\/lifesign$/;
    assert(isStatic ? source === lifesign : archive.test(source!), stdout);
    const lines = stdout.split("\n").filter((line) => line && line[0] !== "#");
    const known = lines.map((line) => line.split(" ")[0]);
    assertEquals(known, [
      "FROM",
      "COPY",
      "COPY",
      "USER",
      "HEALTHCHECK",
      "ENTRYPOINT",
    ]);
    assertEquals(lines[0], `FROM ${from}`);
    const [health, entry] = lines.slice(-2)
      .map((line) => JSON.parse(line.slice(line.indexOf("["))));
    const status = "--status-file=/run/lifesign/status.json";
    assertEquals(health, ["/bin/lifesign", "status", "-q", status]);
    const conf = "/etc/lifesign.conf";
    assertEquals(entry, ["/bin/lifesign", "run", "-c", conf, status]);
  }
  const own = await run([
    "service",
    "docker",
    "-c",
    await configure(folder),
    "--status-file=/data/status",
  ]);
  assertStringIncludes(own.stdout, "\n#   /data/status\n");
  assertEquals(own.stdout.match(/status-file=[^"]*/g), [
    "status-file=/data/status",
    "status-file=/data/status",
  ]);
});

const withPromtool = inFolder.unless(await missing("promtool"));

withPromtool.test("service grafana prints a dashboard whose queries Prometheus reads, over metrics that there are", async (folder) => {
  const { code, stdout } = await run(["service", "grafana"]);
  assertEquals(code, 0);
  const { panels } = JSON.parse(stdout);
  const queries: string[] = panels.flatMap((
    { targets }: { targets: { expr: string }[] },
  ) => targets.map(({ expr }) => expr));
  assert(queries.length > 4);
  const rules = queries.map((expr, at) =>
    `      - record: r${at}\n        expr: ${
      JSON.stringify(
        expr.replaceAll("$__rate_interval", "5m").replaceAll("$session", ".*"),
      )
    }\n`
  );
  await Deno.writeTextFile(
    `${folder}/rules.yml`,
    `groups:\n  - name: queries\n    rules:\n${rules.join("")}`,
  );
  const checked = await sh(`promtool check rules ${quote(folder)}/rules.yml`);
  assertEquals(checked.code, 0, checked.stderr);
  const metrics = await Deno.readTextFile(
    new URL("../lib/status/metrics.ts", import.meta.url),
  );
  for (const [name] of queries.join(" ").matchAll(/lifesign_\w+/g)) {
    const family = name.replace(/(_seconds)_(sum|count|bucket)$/, "$1");
    assert(metrics.includes(`"${family}"`), family);
  }
  // No two panels cover each other.
  const cells = new Set<string>();
  for (const { gridPos: { x, y, w, h } } of panels) {
    assert(x + w <= 24);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert(!cells.has(`${column} ${row}`));
        cells.add(`${column} ${row}`);
      }
    }
  }
});

inFolder.test("service prometheus prints the rules of docs/monitoring.md", async () => {
  const rules = block("docs/monitoring.md", "alerts");
  assertOutcome(await run(["service", "prometheus"]), {
    code: 0,
    stdout: rules,
    stderr: "",
  });
});

inFolder.test("run tells systemd what it goes through, and leaves no file", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  using manager = createManager(folder);
  const own = `${folder}/own`;
  await Deno.mkdir(own);
  const env = {
    NOTIFY_SOCKET: manager.path,
    RUNTIME_DIRECTORY: `${own}:/nowhere`,
    WATCHDOG_USEC: "50000",
  };
  await using agent = start(
    ["run", "-g", gateway.address, "-u", "77"],
    { env },
  );
  const alive = `STATUS=default: alive (${gateway.address}, `;
  assertEquals(
    await manager.message("READY=1"),
    "READY=1\nSTATUS=default: not asked yet",
  );
  assertEquals([...Deno.readDirSync(own)], []);
  assert((await manager.message("STATUS=", "WATCHDOG=1")).startsWith(alive));
  for (let n = 0; n < 3; n++) {
    assertEquals(await manager.message("WATCHDOG=1"), "WATCHDOG=1");
  }
  agent.signal("SIGHUP");
  const reloading = await manager.message("RELOADING=1", "WATCHDOG=1");
  assert(/^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(reloading), reloading);
  const ready = await manager.message("READY=1", "WATCHDOG=1");
  assert(ready.startsWith(`READY=1\n${alive}`), ready);
  agent.signal("SIGTERM");
  const stopping = await manager.message("STOPPING=1", "WATCHDOG=1");
  assert(stopping.startsWith(`STOPPING=1\n${alive}`), stopping);
  const { code, stderr } = await agent.outcome;
  assertEquals(code, 0);
  assert(!stderr.includes("NOTIFY_SOCKET"), stderr);
});

inFolder.test("run tells systemd that a session died, and is ready after wrong settings", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  using manager = createManager(folder);
  const file = await configure(folder);
  const { address } = gateway;
  const text = (await Deno.readTextFile(file)).replace(
    "127.0.0.1:9",
    address,
  );
  await Deno.writeTextFile(file, `${text}interval=200ms\ntimeout=20ms\n`);
  const env = { NOTIFY_SOCKET: manager.path, RUNTIME_DIRECTORY: folder };
  await using agent = start(["run", "-c", file], { env });
  await manager.message("READY=1");
  await manager.message("STATUS=default: alive");
  await Deno.writeTextFile(file, "a poem\n");
  agent.signal("SIGHUP");
  await manager.message("RELOADING=1", "STATUS=");
  const ready = await manager.message("READY=1", "STATUS=");
  assertStringIncludes(ready, "STATUS=default: alive");
  await gateway.type("kill 77");
  const stopping = await manager.message("STOPPING=1", "STATUS=");
  assertEquals(stopping, "STOPPING=1\nSTATUS=default: ended, dead");
  assertEquals((await agent.outcome).code, 10);
});

inFolder.test("run warns once and goes on where it can't tell systemd anything", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  using manager = createManager(folder);
  const rows: [env: Record<string, string>, why: string][] = [
    [{ NOTIFY_SOCKET: manager.path }, "RUNTIME_DIRECTORY names no folder"],
    [
      { NOTIFY_SOCKET: "@abstract", RUNTIME_DIRECTORY: folder },
      "only a socket that has a path can be reached",
    ],
    [
      { NOTIFY_SOCKET: manager.path, RUNTIME_DIRECTORY: `${folder}/none` },
      "there is no such socket or folder",
    ],
    [
      { NOTIFY_SOCKET: `${folder}/none`, RUNTIME_DIRECTORY: folder },
      "there is no such socket or folder",
    ],
    [{ NOTIFY_SOCKET: "/dev/null", RUNTIME_DIRECTORY: folder }, ""],
  ];
  for (const [env, why] of rows) {
    const args = ["run", "-g", gateway.address, "-u", "77"];
    const quick = ["-i", "1s", "-t", "200ms", "--count", "2"];
    const { code, stderr } = await run([...args, ...quick], {
      env: { ...env, WATCHDOG_USEC: "10000" },
    });
    assertEquals(code, 0);
    const warnings = stderr.split("\n").filter((line) =>
      line.includes("NOTIFY_SOCKET: Cannot notify the service manager: ")
    );
    assertEquals(warnings.length, 1, stderr);
    assertStringIncludes(warnings[0]!, why);
  }
});

inFolder.test("run goes on and ends where systemd does not read", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  using manager = createManager(folder);
  const env = {
    NOTIFY_SOCKET: manager.path,
    RUNTIME_DIRECTORY: folder,
    WATCHDOG_USEC: "2000",
  };
  const quick = ["-u", "77", "-i", "10ms", "-t", "10ms", "-n", "1"];
  await using agent = start(["run", "-g", gateway.address, ...quick], {
    env,
  });
  // Each heartbeat comes with ten messages; a socket has room for far fewer.
  await hear(gateway, 200);
  await assertStops(agent);
});

const namespaces = await sh(
  "unshare -nm sh -c 'busybox ip link set lo up && mount --bind /dev/null /etc/resolv.conf'",
);
const withNames = inFolder.unless(
  namespaces.code === 0
    ? undefined
    : `no name server of its own: ${namespaces.stderr.trim()}`,
);

for (const [signal, code] of [["SIGTERM", 0], ["SIGINT", 130]] as const) {
  withNames.test(`run is ended by ${signal} while a name is looked up`, async (folder) => {
    const resolv = `${folder}/resolv.conf`;
    await Deno.writeTextFile(
      resolv,
      "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n",
    );
    const setUp = `busybox ip link set lo up &&
          mount --bind ${quote(resolv)} /etc/resolv.conf &&
          exec ${quote(lifesign)} gateway --json --listen 127.0.0.1:53`;
    await using server = start(["-nm", "sh", "-c", setUp], {
      command: "unshare",
    });
    await server.event(({ event }) => event === "listening");
    const within = ["-t", `${server.pid}`, "-n", "-m", lifesign];
    const args = ["run", "--json", "-g", "gw.example", "-u", "77"];
    await using agent = start([...within, ...args], {
      command: "nsenter",
    });
    const isQuestion = ({ action }: Record<string, unknown>) =>
      action === "invalid";
    // For IPv4 and for IPv6.
    await server.event(isQuestion);
    await server.event(isQuestion);
    agent.signal(signal);
    assertEquals((await agent.event())["event"], "start");
    const stop = await agent.event();
    assertEquals([stop["event"], stop["exit_code"]], ["stop", code]);
    const outcome = await agent.outcome;
    assertEquals(
      [outcome.code, outcome.signal],
      [code, code === 0 ? null : signal],
    );
    // A process that waited for an answer would have asked again.
    await server.type("kill 77");
    assertEquals((await server.event())["event"], "kill");
  });
}
