import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertOutcome,
  assertStops,
  isStatic,
  lifesign,
  quote,
  run,
  start,
  startGateway,
  unless,
  words,
} from "./harness.ts";

/** A heartbeat every 500 ms, given up after 100 + 150 + 225 ms. */
const quick = ["-i", "500ms", "-t", "100ms"];

/** For sessions that have to be alive on busy machines, too. */
const patient = ["-i", "1s", "-t", "200ms"];

/** A folder that goes out of scope, and what commands write there. */
async function folder() {
  const path = await Deno.makeTempDir();
  return {
    /** The quoted path of a file in it. */
    of: (name: string) => quote(`${path}/${name}`),
    path,
    write: (name: string, text: string) =>
      Deno.writeTextFile(`${path}/${name}`, text, { mode: 0o600 }),
    /** A file's lines; none if it is not there. */
    async lines(name: string): Promise<string[]> {
      const text = await Deno.readTextFile(`${path}/${name}`).catch(() => "");
      return text.split("\n").slice(0, -1);
    },
    /** A file's first line, once it has one. */
    async line(name: string): Promise<string> {
      await until(async () => (await this.lines(name)).length > 0);
      return (await this.lines(name))[0]!;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Waits until it is so, for half a minute at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const last = performance.now() + 30_000;
  while (!await isSo()) {
    if (performance.now() > last) throw new Error(`Never so: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; one that has ended may still be listed. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/^\d+ \(.*\) [ZX]/.test(stat);
}

/** A log without its times. */
function untimed(stderr: string): string[] {
  return stderr.trimEnd().split("\n")
    .map((line) => line.replace(/^\S+Z /, ""));
}

Deno.test("hooks run where lifesign was started without standard streams", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using files = await folder();
  const hook = `echo said; echo told >${files.of("told")}`;
  const args =
    words`run -g ${gateway.address} -u 77 ${patient} --on-cycle ${hook}`;
  const command = [lifesign, ...args].map(quote).join(" ");
  await using shell = start(["-c", `exec ${command} <&- >&- 2>&-`], {
    command: "/bin/sh",
  });
  assertEquals(await files.line("told"), "told");
  await assertStops(shell);
});

Deno.test("a hook is told everything by its environment, has no input and no UID, and says it on stderr", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using deaf = await startGateway("--loss", "1");
  const rows: [
    address: string,
    uid: string,
    setting: string,
    told: string[],
  ][] = [
    [gateway.address, "78", "--on-dead", ["dead", "10", "dead"]],
    [deaf.address, "77", "--on-fault", ["fault", "20", "silent"]],
  ];
  const hook =
    'env | grep -E "^(LIFESIGN|WATCHDOG|toString)" | sort; echo "input: $(cat)"';
  for (const [address, uid, setting, [event, code, verdict]] of rows) {
    const { stdout, stderr, ...outcome } = await run(
      ["run", "-g", address, ...quick, "--count=1", setting, hook],
      {
        env: {
          LIFESIGN_UID: uid,
          LIFESIGN_TRIES: "2",
          WATCHDOG_PID: "1",
          toString: "kept",
        },
        stdin: "typed",
      },
    );
    assertEquals([`${outcome.code}`, stdout], [code, ""]);
    // The session's end is logged while the hook still speaks.
    const lines = untimed(stderr).filter((line) => !/^(info|warn) /.test(line));
    const first = lines.findIndex((line) => line.startsWith("LIFESIGN_"));
    const told = lines.slice(first, first + 10);
    assert(/_SINCE=\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d{3}Z$/.test(told[5]!));
    assertEquals(told.toSpliced(5, 1), [
      `LIFESIGN_HOOK_EVENT=${event}`,
      `LIFESIGN_HOOK_EXIT_CODE=${code}`,
      `LIFESIGN_HOOK_GATEWAY=${address}`,
      "LIFESIGN_HOOK_PREVIOUS=none",
      "LIFESIGN_HOOK_SESSION=default",
      `LIFESIGN_HOOK_VERDICT=${verdict}`,
      "LIFESIGN_TRIES=2",
      "toString=kept",
      "input: ",
    ]);
  }
});

Deno.test("run ends with 10 after on_dead, however that ends", async () => {
  await using gateway = await startGateway("--uid", "77");
  const rows: [hook: string, log: string[]][] = [
    ["sleep 0.2; echo told", ["told"]],
    ["exit 3", ["warn default: on_dead ended with status 3"]],
    ["kill -9 $$", ["warn default: on_dead was ended by SIGKILL"]],
  ];
  for (const [hook, log] of rows) {
    const { code, stderr } = await run(
      ["run", "-g", gateway.address, "-u78", ...quick, "--on-dead", hook],
    );
    // The session's end and the hook's do not wait for each other.
    const lines = untimed(stderr).slice(2);
    assertEquals([code, lines.at(-1)], [10, "error ends with status 10"]);
    assertEquals(
      new Set(lines.slice(0, -1)),
      new Set(["info default: ended, dead", ...log]),
    );
  }
});

Deno.test("a login brings a dead session back with another UID, and on_dead and on_alive tell of it", async () => {
  // In no port and no path.
  const next = "1234567890123456789";
  await using files = await folder();
  await files.write("uid", "77\n");
  await using gateway = await startGateway("--uid", "77", "--uid", next);
  const uid = files.of("uid");
  const logIn =
    `umask 077; echo $LIFESIGN_LOGIN_ATTEMPT $LIFESIGN_LOGIN_REASON "<$LIFESIGN_LOGIN_LAST_EXIT>" >>${
      files.of("logins")
    }; echo ${next} >${uid}.new && mv ${uid}.new ${uid}`;
  const tell =
    `echo $LIFESIGN_HOOK_EVENT $LIFESIGN_HOOK_PREVIOUS $LIFESIGN_HOOK_EXIT_CODE >>${
      files.of("told")
    }`;
  await using agent = start(
    words`run --json -g ${gateway.address} -U${files.path}/uid --lock-file=${files.path}/lock ${patient} --login ${logIn} --on-dead ${tell} --on-alive ${tell}`,
  );
  await agent.event(({ verdict }) => verdict === "alive");
  await gateway.type("kill 77");
  const { from, to } = await agent.event(({ event, from }) =>
    event === "transition" && from === "dead"
  );
  assertEquals([from, to], ["dead", "alive"]);
  for (let heard = 0; heard < 3; heard++) {
    await gateway.event(({ uid, action }) =>
      uid === next && action === "alive"
    );
  }
  await until(async () => (await files.lines("told")).length === 2);
  assertEquals(await files.lines("told"), ["dead alive 10", "alive dead 0"]);
  assertEquals(await files.lines("logins"), ["1 dead <>"]);
  const stderr = await assertStops(agent);
  assertEquals(
    untimed(stderr)
      .filter((line) => line.includes(next) || line.startsWith("warn")),
    [],
  );
});

Deno.test("run begins with a login where there is no UID file, and is told how the last one ended", async () => {
  await using files = await folder();
  await using gateway = await startGateway("--uid", "78");
  const uid = files.of("uid");
  const logIn =
    `umask 077; echo $LIFESIGN_LOGIN_ATTEMPT $LIFESIGN_LOGIN_REASON "<$LIFESIGN_LOGIN_LAST_EXIT>" >>${
      files.of("logins")
    }; [ $LIFESIGN_LOGIN_ATTEMPT = 1 ] && exit 7; echo 78 >${uid}`;
  await using agent = start(
    words`run --json -g ${gateway.address} -U${files.path}/uid --lock-file=${files.path}/lock ${patient} --login ${logIn} --status-file=${files.path}/status`,
  );
  await agent.event(({ event, state, attempt }) =>
    event === "login" && state === "due" && attempt === 2
  );
  const read = async () => {
    const { stdout } = await run([
      "status",
      `--status-file=${files.path}/status`,
    ]);
    return stdout;
  };
  // Another process sees it a moment later.
  await until(async () => (await read()).includes("logs in again in"));
  assert(
    /^default: not logged in yet, logs in again in [1-5] s \(2nd time\)$/m.test(
      await read(),
    ),
  );
  await agent.event(({ verdict }) => verdict === "alive");
  assertEquals(await files.lines("logins"), ["1 start <>", "2 start <7>"]);
  await assertStops(agent);
});

Deno.test("run ends with 10 where no login can help, and is told so without a verdict", async () => {
  await using files = await folder();
  const { code, stderr } = await run(
    words`run -g 127.0.0.1 -U${files.path}/uid --lock-file=${files.path}/lock ${quick} --login ${"exit 77"} --on-dead ${'echo "$LIFESIGN_HOOK_EVENT after $LIFESIGN_HOOK_PREVIOUS"'}`,
  );
  assertEquals(code, 10);
  const lines = untimed(stderr);
  assert(lines.includes("dead after none"), stderr);
  assertEquals(lines.at(-1), "error ends with status 10");
});

/** A command that goes on in the background as well, and ends at no kind word. */
function stubborn(pids: string): string {
  return `trap "" TERM; sleep 100 & echo $$ $! >${pids}; wait`;
}

Deno.test("a hook is ended after hook_timeout, with all that it has started", async () => {
  await using files = await folder();
  await using deaf = await startGateway("--loss", "1");
  const { code, stderr } = await run(
    words`run -g ${deaf.address} -u77 ${quick} --count=1 --hook-timeout=2s --on-fault ${
      stubborn(files.of("pids"))
    }`,
  );
  assertEquals(code, 20);
  assertStringIncludes(stderr, "warn default: on_fault was ended after 2s");
  for (const pid of (await files.line("pids")).split(" ")) {
    await until(async () => !await isRunning(pid));
  }
});

Deno.test("what a hook leaves running is ended after hook_timeout, while run goes on", async () => {
  await using files = await folder();
  await using deaf = await startGateway("--loss", "1");
  await using agent = start(
    words`run -g ${deaf.address} -u77 ${quick} --hook-timeout=2s --on-fault ${`sleep 100 & echo $! >${
      files.of("pid")
    }`}`,
  );
  const pid = await files.line("pid");
  await until(async () => !await isRunning(pid));
  await assertStops(agent);
});

Deno.test("hooks and what they have left running are ended when a signal ends run", async () => {
  await using files = await folder();
  await using gateway = await startGateway("--uid", "77");
  const ends: Record<string, [number, Deno.Signal | null]> = {
    SIGTERM: [0, null],
    SIGINT: [130, "SIGINT"],
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const pids = `pids-${signal}`;
    const hook = stubborn(files.of(pids));
    await using agent = start(
      words`run -g ${gateway.address} -u78 ${quick} --on-dead ${hook}`,
    );
    const both = (await files.line(pids)).split(" ");
    for (const pid of both) assert(await isRunning(pid));
    agent.signal(signal);
    const { code, signal: by } = await agent.outcome;
    assertEquals([code, by], ends[signal]);
    for (const pid of both) await until(async () => !await isRunning(pid));
  }
});

/**
 * A command that leaves its session twice, with `setsid` and as a daemon, and
 * goes on: one of the two ends when it is asked, the other does not.
 */
function scattering(pids: string, told: string): string {
  const polite = `trap "echo asked >>${told}; exit" TERM`;
  const stray = (start: string) =>
    `${start}; echo $$ >>${pids}; while :; do sleep 0.1; done`;
  return `setsid sh -c ${
    quote(stray(polite))
  } >/dev/null 2>&1 & (setsid sh -c ${
    quote(stray('trap "" TERM'))
  } >/dev/null 2>&1 &) & until [ "$(wc -l <${pids})" -eq 2 ]; do sleep 0.02; done 2>/dev/null; echo $$ >>${pids}; sleep 300; :`;
}

/** Asserts that all of these end, and ends them in any case. */
async function assertEnd(pids: readonly string[]): Promise<void> {
  try {
    for (const pid of pids) await until(async () => !await isRunning(pid));
  } finally {
    for (const pid of pids) {
      if (await isRunning(pid)) Deno.kill(Number(pid), "SIGKILL");
    }
  }
}

const strays = unless(
  isStatic ? undefined : "only the static build finds what has left the group",
);

strays.test("what has left a hook's session is ended with it after hook_timeout", async () => {
  await using files = await folder();
  await using deaf = await startGateway("--loss", "1");
  const hook = scattering(files.of("pids"), files.of("told"));
  const { code, stderr } = await run(
    words`run -g ${deaf.address} -u77 ${quick} --count=1 --hook-timeout=3s --on-fault ${hook}`,
  );
  const pids = await files.lines("pids");
  await assertEnd(pids);
  assertEquals([code, pids.length], [20, 3]);
  assertStringIncludes(stderr, "warn default: on_fault was ended after 3s");
  assertEquals(await files.lines("told"), ["asked"]);
});

strays.test("what has left a hook's session is ended with it when run ends, however that ends", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await using files = await folder();
    await using gateway = await startGateway("--uid", "77");
    const hook = scattering(files.of("pids"), files.of("told"));
    await using agent = start(
      words`run -g ${gateway.address} -u78 ${quick} --on-dead ${hook}`,
    );
    await until(async () => (await files.lines("pids")).length === 3);
    agent.signal(signal);
    const { code } = await agent.outcome;
    await assertEnd(await files.lines("pids"));
    assertEquals(code, signal === "SIGTERM" ? 0 : 137);
  }
});

Deno.test("a daemon that a hook has started goes on when the hook ends by itself, and after run", async () => {
  await using files = await folder();
  await using gateway = await startGateway("--uid", "77");
  const daemon = `echo $$ >${files.of("pid")}; exec sleep 300`;
  const hook = `(setsid sh -c ${quote(daemon)} >/dev/null 2>&1 &); until [ -s ${
    files.of("pid")
  } ]; do sleep 0.02; done; exit 3`;
  const { code, stderr } = await run(
    words`run -g ${gateway.address} -u78 ${quick} --hook-timeout=20s --on-dead ${hook}`,
  );
  const pid = await files.line("pid");
  const goesOn = await isRunning(pid);
  if (goesOn) Deno.kill(Number(pid), "SIGKILL");
  assertEquals([code, goesOn], [10, true]);
  assertStringIncludes(stderr, "warn default: on_dead ended with status 3");
});

Deno.test("a hook leads a session of its own, blocks and ignores no signals, and reaches run by $PPID", async () => {
  await using files = await folder();
  await using gateway = await startGateway("--uid", "77");
  const hook = [
    `exec >${files.of("told")}`,
    "read pid name state parent group session rest </proc/$$/stat",
    '[ "$pid $pid" = "$group $session" ] && echo led',
    // Of the lower 28 signals; others may be ignored where the tests run.
    'grep -cE "^Sig(Blk|Ign):.*0000000$" /proc/self/status',
    "kill -TERM $PPID",
    "sleep 300",
  ].join("; ");
  await using agent = start(
    words`run -g ${gateway.address} -u78 ${quick} --on-dead ${hook}`,
  );
  const { code } = await agent.outcome;
  assertEquals(code, 0);
  assertEquals(await files.lines("told"), ["led", "2"]);
});

Deno.test("one hook runs at a time, the newest transition is kept meanwhile, and heartbeats go on", async () => {
  await using files = await folder();
  const tell = `echo $LIFESIGN_HOOK_EVENT >>${files.of("told")}`;
  await using gateway = await startGateway();
  // Nor does it outlive a test that fails.
  const wait = `${tell}; n=0; until [ -e ${
    files.of("go")
  } ] || [ $((n += 1)) -gt 600 ]; do sleep 0.05; done`;
  await using agent = start(
    words`run --json -g ${gateway.address} -u77 ${quick} --on-fault ${wait} --on-alive ${tell}`,
  );
  const next = (to: string) =>
    agent.event((it) => it["event"] === "transition" && it["to"] === to);
  await next("alive");
  for (let time = 0; time < 2; time++) {
    gateway.signal("SIGSTOP");
    await next("silent");
    gateway.signal("SIGCONT");
    await next("alive");
  }
  assertEquals(await files.line("told"), "fault");
  assertEquals(await files.lines("told"), ["fault"]);
  await files.write("go", "");
  await until(async () => (await files.lines("told")).length > 1);
  await assertStops(agent);
  assertEquals(await files.lines("told"), ["fault", "alive"]);
});

Deno.test("check runs no hook", async () => {
  await using files = await folder();
  await using gateway = await startGateway("--uid", "77");
  await files.write(
    "conf",
    `gateway = ${gateway.address}\nuid = 78\non_dead = echo x >${
      files.of("told")
    }\nhook_timeout = 1s\n`,
  );
  const args = ["check", "-c", `${files.path}/conf`];
  assertOutcome(await run(args), { code: 10, stderr: "" });
  assertEquals(await files.lines("told"), []);
  assertEquals((await run([...args, "--on-dead", "x"])).code, 64);
  assertEquals((await run(["run", ...args.slice(1)])).code, 10);
  assertEquals(await files.lines("told"), ["x"]);
});

Deno.test("hook settings that are wrong are refused", async () => {
  assertOutcome(
    await run(words`run -g 127.0.0.1 -u1 --on-dead ${" "} --hook-timeout=0s`),
    {
      code: 78,
      stdout: "",
      stderr:
        '--on-dead: Cannot read " ": expected a shell command, e.g. logger lifesign\n' +
        '--hook-timeout: Cannot read "0s": expected a duration from 1ms to 366d, e.g. 60s\n',
    },
  );
});
