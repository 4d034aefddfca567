import { assertEquals } from "@std/assert";
import { app, minute, second } from "../../cli/test_app.ts";
import { deadUid, decodeRequest, encodeReply } from "../../protocol/srun.ts";
import type { FakeCommand, FakeRun } from "../../testing/fake_processes.ts";
import {
  createFakeWorld,
  elapse,
  type FakeFile,
  settle,
  toEnd,
} from "../../testing/fake_world.ts";
import type { Fault } from "../../world.ts";

/** Spans of time in s, from and to. */
type Spans = readonly (readonly [number, number])[];

/** What is the case, and when. */
interface Plot {
  /** When the gateway is silent. */
  readonly silent?: Spans;
  /** When each UID is dead; never if absent. */
  readonly dead?: Readonly<Record<string, Spans>>;
  /** What becomes of commands; they end well after 1 s if absent. */
  readonly commands?: (command: FakeCommand) => FakeRun | Fault;
  /** The file `conf` without its gateway and UID. */
  readonly conf?: string;
  /** What reading a file at a time in ms waits for; `null` for nothing. */
  readonly read?: (path: string, at: number) => Promise<void> | null;
}

/** A world where `run -c conf` has begun. */
function begin(
  { silent = [], dead = {}, conf = "", ...plot }: Plot,
  args: readonly string[] = [],
) {
  const isIn = (spans: Spans, at: number) =>
    spans.some(([from, to]) => at >= from * second && at < to * second);
  const text = (conf: string) => `gateway = 192.0.2.1\nuid_file = uid\n${conf}`;
  const files: Record<string, FakeFile> = {
    conf: { text: text(conf) },
    uid: { text: "77\n" },
  };
  const world = createFakeWorld({
    files,
    commands: plot.commands ?? (() => ({ after: second })),
    respond({ bytes, at }) {
      const uid = decodeRequest(bytes)!;
      if (isIn(silent, at)) return [];
      const said = isIn(dead[`${uid}`] ?? [], at) ? deadUid : uid;
      return [{ bytes: encodeReply(said), after: 1 }];
    },
  });
  const { clock, processes, datagrams } = world;
  const code = app(["run", "-c", "conf", "-v", ...args], {
    ...world,
    files: {
      ...world.files,
      async read(path, options) {
        await plot.read?.(path, clock.now());
        return await world.files.read(path, options);
      },
    },
  });
  return {
    world,
    files,
    code,
    end: () => toEnd(clock, code),
    /** Changes the settings. */
    async reload(conf: string) {
      files["conf"] = { text: text(conf) };
      world.signals.raise("SIGHUP");
      await settle();
    },
    /** Which commands were started when, in s. */
    ran: () =>
      processes.commands.map(({ command, at }) =>
        `${Math.floor(at / second)} ${command}`
      ),
    /** The log without cycles, as s and text. */
    log: () =>
      world.terminal.errors.split("\n").slice(1, -1)
        .filter((line) => !/debug \S+ (alive|silent|dead) \(/.test(line))
        .map((line) => {
          const at = Date.parse(line.slice(0, 20)) -
            Date.UTC(2026, 10, 21, 5, 30);
          return `${at / second}${line.slice(20)}`;
        }),
    /** When heartbeats were sent, in s. */
    sent: () => datagrams.requests.map(({ at }) => Math.floor(at / second)),
  };
}

const hooks = "on_dead = d\non_fault = f\non_alive = a\n";

/** Silent for five minutes. */
const pause: Spans = [[60, 360]];

Deno.test("run() runs a hook for each transition, but for the first sign of life", async () => {
  const plot = { silent: pause, dead: { 77: [[600, Infinity]] as Spans } };
  const { end, ran, world } = begin({ ...plot, conf: hooks });
  assertEquals(await end(), 10);
  assertEquals(ran(), ["64 f", "370 a", "613 d"]);
  const told = world.processes.commands.map(({ environment }) => {
    const { LIFESIGN_HOOK_GATEWAY, LIFESIGN_HOOK_SESSION, ...rest } =
      environment;
    assertEquals(
      [LIFESIGN_HOOK_GATEWAY, LIFESIGN_HOOK_SESSION],
      ["192.0.2.1:3335", "default"],
    );
    return Object.values(rest).join(" ");
  });
  assertEquals(told, [
    "fault silent alive 2026-11-21T05:31:04.750Z 20",
    "alive alive silent 2026-11-21T05:36:10.001Z 0",
    "dead dead alive 2026-11-21T05:40:13.001Z 10",
  ]);
});

Deno.test("run() runs no hook for tolerated faults, nor one that is not set", async () => {
  const plot = { silent: pause, dead: { 77: [[600, Infinity]] as Spans } };
  const rows: [conf: string, ran: string[]][] = [
    [`${hooks}tolerate = 9`, ["613 d"]],
    ["on_alive = a", ["370 a"]],
    ["on_fault = f", ["64 f"]],
    ["", []],
  ];
  for (const [conf, expected] of rows) {
    const { end, ran } = begin({ ...plot, conf });
    assertEquals(await end(), 10);
    assertEquals(ran(), expected, conf);
  }
});

Deno.test("run() runs one hook at a time, and keeps only the newest transition", async () => {
  const silent: Spans = [[60, 90], [150, 165], [240, 255]];
  const commands = ({ command }: FakeCommand) => ({
    after: command === "f" ? 200 * second : second,
  });
  const conf = `${hooks}hook_timeout = 1h`;
  const { world, ran } = begin({ silent, commands, conf });
  await elapse(world.clock, 10 * minute);
  assertEquals(ran(), ["64 f", "264 f", "464 a"]);
  // What no hook tells of takes the place of what waits, too.
  const quiet = begin({
    silent: silent.slice(0, 2),
    commands,
    conf: "on_fault = f\nhook_timeout = 1h",
  });
  await elapse(quiet.world.clock, 10 * minute);
  assertEquals(quiet.ran(), ["64 f"]);
});

Deno.test("run() sends heartbeats as if there were no hooks", async () => {
  const silent = pause;
  const without = begin({ silent });
  await elapse(without.world.clock, 20 * minute);
  const commands = () => ({ after: null });
  const { world, sent } = begin({ silent, commands, conf: hooks });
  await elapse(world.clock, 20 * minute);
  assertEquals(sent(), without.sent());
});

Deno.test("run() ends a hook after hook_timeout, and what it left running", async () => {
  const commands = ({ command }: FakeCommand) => ({
    after: command === "f" ? null : second,
  });
  const silent: Spans = [[60, 90]];
  const { world, ran, log } = begin({ silent, commands, conf: hooks });
  await elapse(world.clock, 10 * minute);
  assertEquals(ran(), ["64 f", "124 a"]);
  assertEquals(
    world.processes.commands.map(({ at, killed }) => killed! - at),
    [minute, minute],
  );
  assertEquals(log().slice(1), [
    "64 warn default: silent (no answer from 192.0.2.1:3335, 3 tries), was alive",
    "64 debug default: on_fault runs",
    "90 info default: alive (192.0.2.1:3335, 1 ms, 1 try), was silent",
    "124 warn default: on_fault was ended after 1m",
    "124 debug default: on_alive runs",
    "125 debug default: on_alive ended with status 0",
  ]);
});

Deno.test("run() logs how hooks fail", async () => {
  const rows: [FakeRun | Fault, string][] = [
    [{ after: 1, code: 3 }, "ended with status 3"],
    [{ code: "E2BIG", message: "too long" }, "cannot be run: too long"],
  ];
  for (const [fate, what] of rows) {
    const commands = () => fate;
    const { world, log } = begin({
      silent: pause,
      commands,
      conf: "on_fault = f",
    });
    await elapse(world.clock, 2 * minute);
    assertEquals(log().at(-1), `64 warn default: on_fault ${what}`);
  }
});

/** A session that dies after 100 s, and what its login does. */
function dying(
  login: (files: Record<string, FakeFile>, run: number) => FakeRun | Fault,
  { conf = "", dead = {}, ...plot }: Plot = {},
) {
  const story = begin({
    ...plot,
    dead: { 77: [[100, Infinity]], ...dead },
    conf: `login = log-in\n${conf}`,
    commands: ({ command }) =>
      command === "log-in"
        ? login(story.files, story.ran().length)
        : { after: second },
  }, ["--json"]);
  const events = () =>
    story.world.terminal.output.split("\n").slice(0, -1)
      .map((line) => JSON.parse(line));
  const transitions = () =>
    events()
      .filter(({ event }) => event === "transition" || event === "stop")
      .map(({ from, to, exit_code }) => exit_code ?? `${from} ${to}`);
  return { ...story, events, transitions };
}

/** Writes a UID after 5 s. */
const write = (files: Record<string, FakeFile>, text: string): FakeRun => ({
  after: 5 * second,
  effect: () => files["uid"] = { text },
});

Deno.test("run() goes on with the UID that a login has left", async () => {
  const { world, code, transitions, events, ran, log } = dying((files) =>
    write(files, "78\n")
  );
  await elapse(world.clock, 5 * minute);
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
  assertEquals(transitions(), ["none alive", "alive dead", "dead alive", 0]);
  assertEquals(ran(), ["123 log-in"]);
  assertEquals(log().slice(2, -1), [
    "123 error default: dead (192.0.2.1:3335 said so 6 times), was alive",
    "123 info default: dead, is logging in again (1st time)",
    "123 debug default: login runs",
    "128 debug default: login ended with status 0",
    "128 info default: has logged in again (1st time), and asks whether that has helped",
    "128 info default: alive (192.0.2.1:3335, 1 ms, 1 try), was dead",
  ]);
  const uids = world.datagrams.requests.map(({ bytes }) =>
    decodeRequest(bytes)
  );
  assertEquals(uids.slice(8, 11), [78n, 78n, 78n]);
  const logins = events().filter(({ event }) => event === "login")
    .map(({ time: _time, event: _event, ...rest }) => rest);
  const all = { session: "default", reason: "dead", attempt: 1 };
  assertEquals(logins, [
    { ...all, state: "due", wait_ms: 0, last_exit: null },
    { ...all, state: "running", wait_ms: null, last_exit: null },
    { ...all, state: "hopeful", wait_ms: null, last_exit: 0 },
    { ...all, state: "idle", wait_ms: null, last_exit: 0 },
  ]);
});

Deno.test("run() tries a login again that has not helped, and tells it why", async () => {
  const rows: [
    login: Parameters<typeof dying>[0],
    end: number,
    exit: string,
  ][] = [
    [(files) => ({ ...write(files, "78"), code: 1 }), 128, "1"],
    [() => ({ after: 0 }), 123, "0"],
    [(files) => write(files, "77\n"), 128, "0"],
    [() => ({ after: 61 * second }), 183, "timeout"],
    [() => ({ after: null, trap: 0 }), 183, "timeout"],
    [() => ({ code: "EAGAIN", message: "no more" }), 123, "error"],
  ];
  for (const [login, end, exit] of rows) {
    const { world, ran, log } = dying(login, {
      conf: "interval = 10s",
      dead: { 78: [[0, Infinity]] },
    });
    await elapse(world.clock, 250 * second);
    const [one, other] = world.processes.commands;
    const at = Number(ran()[1]?.split(" ")[0]);
    // Five seconds lie between them, unless it takes longer to be sure.
    if (at < end - 20 + 5) throw new Error(`${exit}: ${ran()}\n${log()}`);
    assertEquals(
      [one, other].map((command) => [
        command?.environment["LIFESIGN_LOGIN_ATTEMPT"],
        command?.environment["LIFESIGN_LOGIN_REASON"],
        command?.environment["LIFESIGN_LOGIN_LAST_EXIT"],
        command?.environment["LIFESIGN_HOOK_SESSION"],
      ]),
      [["1", "dead", "", "default"], ["2", "dead", exit, "default"]],
    );
  }
});

Deno.test("run() says when it logs in again", async () => {
  const { world, log } = dying(() => ({ after: second, code: 1 }));
  await elapse(world.clock, 135 * second);
  assertEquals(log().slice(5), [
    "124 warn default: login ended with status 1",
    "124 info default: dead, logs in again in 5 s (2nd time)",
    "129 info default: dead, is logging in again (2nd time)",
    "129 debug default: login runs",
    "130 warn default: login ended with status 1",
    "130 info default: dead, logs in again in 10 s (3rd time)",
  ]);
});

Deno.test("run() ends with 10 once a login says that none can help, and tells on_dead", async () => {
  const hopeless = dying(() => ({ after: second, code: 77 }), {
    conf: "on_dead = d",
  });
  assertEquals(await hopeless.end(), 10);
  assertEquals(hopeless.ran().toSorted(), ["123 d", "123 log-in"]);
  assertEquals(hopeless.log().slice(-3), [
    "124 error default: dead, and logging in is given up after the 1st time",
    "124 info default: ended, dead",
    "124 error ends with status 10",
  ]);
  // Also before there was any verdict.
  const story = begin({
    conf: "login = l\non_dead = d",
    commands: ({ command }) => ({
      after: second,
      code: command === "l" ? 77 : 0,
    }),
  });
  story.files["uid"] = { text: "" };
  assertEquals(await story.end(), 10);
  assertEquals(story.ran(), ["0 l", "1 d"]);
  const [login, told] = story.world.processes.commands;
  assertEquals(login!.environment["LIFESIGN_LOGIN_REASON"], "start");
  assertEquals(told!.environment["LIFESIGN_HOOK_EVENT"], "dead");
  assertEquals(told!.environment["LIFESIGN_HOOK_PREVIOUS"], "none");
  const tried = dying(() => ({ after: second, code: 1 }), {
    conf: "login_tries = 2",
  });
  assertEquals(await tried.end(), 10);
  assertEquals(tried.ran(), ["123 log-in", "129 log-in"]);
});

Deno.test("run() begins with a login where the UID file is missing, empty or without a number", async () => {
  const unreadable: Fault = {
    code: "ENOENT",
    message: "there is no such file",
  };
  const page = { text: '{"error":"login_error"}\n' };
  for (const file of [unreadable, { text: "" }, page]) {
    const story = begin({
      conf: "login = l",
      commands: () => write(story.files, "77\n"),
    });
    const { clock, signals } = story.world;
    story.files["uid"] = file as FakeFile;
    await elapse(clock, minute);
    assertEquals(story.ran(), ["0 l"]);
    assertEquals(story.sent(), [5]);
    assertEquals(
      story.log().filter((line) => !line.includes(" debug ")).slice(1, 4),
      [
        "0 info default: not logged in yet, is logging in (1st time)",
        "5 info default: has logged in (1st time), and asks whether that has helped",
        "5 info default: alive (192.0.2.1:3335, 1 ms, 1 try)",
      ],
    );
    signals.raise("SIGTERM");
    assertEquals(await story.code, 0);
  }
});

Deno.test("run() logs nobody in where the UID file can't be trusted or read", async () => {
  const rows: [FakeFile | Fault, number][] = [
    [{ text: "77\n", mode: 0o666 }, 78],
    [{ code: "EACCES", message: "not allowed" }, 66],
    [{ code: "EISDIR", message: "it is a folder" }, 66],
  ];
  for (const [file, code] of rows) {
    const story = begin({ conf: "login = l" });
    story.files["uid"] = file as FakeFile;
    assertEquals(await story.end(), code);
    assertEquals(story.ran(), []);
  }
});

Deno.test("run() goes on with other sessions while somebody logs in", async () => {
  const story = begin({
    conf: "login = l\n[a]\nuid = 1\n[b]\nuid = 2\n",
    dead: { 1: [[0, Infinity]], 2: [[100, Infinity]] },
    commands: () => ({ after: 30 * second, code: 77 }),
  });
  assertEquals(await story.end(), 10);
  assertEquals(story.ran(), ["3 l", "123 l"]);
  assertEquals(
    story.log().filter((line) => line.includes("ended,")),
    ["33 info a: ended, dead", "153 info b: ended, dead"],
  );
});

Deno.test("run() ends with 10 at a death without a login", async () => {
  const story = begin({
    dead: { 77: [[0, Infinity]] },
    conf: "on_dead = d",
  });
  assertEquals(await story.end(), 10);
  assertEquals(story.ran(), ["3 d"]);
  assertEquals(story.log().slice(-3), [
    "3 debug default: on_dead runs",
    "4 debug default: on_dead ended with status 0",
    "4 error ends with status 10",
  ]);
});

Deno.test("run() ends with its limits without a login, but not before its hooks", async () => {
  const rows = [["--count=2", 94], ["--give-up-after=2m", 120]] as const;
  for (const [arg, at] of rows) {
    const { end, ran, log } = begin({
      silent: [[60, Infinity]],
      conf: hooks,
      commands: () => ({ after: 30 * second }),
    }, [arg]);
    assertEquals(await end(), 20);
    assertEquals(ran(), ["64 f"]);
    assertEquals(log().at(-1), `${at} error ends with status 20`);
  }
});

Deno.test("run() ends its hooks when a signal ends it", async () => {
  for (const [signal, expected] of [["SIGTERM", 0], ["SIGINT", 130]] as const) {
    const story = begin({
      conf: "login = l\nhook_timeout = 1h",
      dead: { 77: [[0, Infinity]] },
      commands: () => ({ after: null }),
    });
    const { clock, processes } = story.world;
    // Nothing that was sent is listened for any more.
    const at = 30 * minute + 55 * second;
    await elapse(clock, at);
    story.world.signals.raise(signal);
    assertEquals(await story.code, expected);
    assertEquals(processes.commands.map(({ killed }) => killed), [at]);
    assertEquals(clock.pending, 1);
    const { errors } = story.world.terminal;
    await elapse(clock, 2 * 60 * minute);
    assertEquals(story.world.terminal.errors, errors);
  }
});

Deno.test("run() takes hooks from settings that were read again, and disturbs no heartbeat", async () => {
  const silent: Spans = [[60, 90], [270, 285]];
  const undisturbed = begin({ silent });
  await elapse(undisturbed.world.clock, 10 * minute);
  const story = begin({
    conf: hooks,
    silent,
    commands: () => ({ after: 100 * second }),
  });
  const { clock, processes } = story.world;
  await elapse(clock, 100 * second);
  await story.reload("on_fault = f2\non_alive = a2\nhook_timeout = 5s");
  await elapse(clock, 250 * second);
  await story.reload("on_fault = f3");
  await elapse(clock, 10 * minute);
  // One that waits for its turn runs as the settings are then.
  assertEquals(story.ran(), ["64 f", "124 a2", "274 f3"]);
  assertEquals(
    processes.commands.map(({ at, killed }) => killed! - at),
    [minute, 5 * second, minute],
  );
  assertEquals(story.sent(), undisturbed.sent());
});

Deno.test("run() forgets what waits for its turn when the session is not wanted any more", async () => {
  const conf = "on_fault = f\non_alive = a\n[b]\nuid = 2\n";
  const story = begin({
    silent: [[60, 90]],
    commands: () => ({ after: 50 * second }),
    conf: `${conf}[a]\nuid = 1\n`,
  });
  const { clock } = story.world;
  await elapse(clock, 100 * second);
  await story.reload(conf);
  await elapse(clock, 10 * minute);
  assertEquals(story.ran(), ["64 f", "64 f", "114 a"]);
});

Deno.test("run() goes on when it gets another session while it waits for a hook", async () => {
  const conf = "on_fault = f\n[a]\nuid = 1\ncount = 1\n";
  const story = begin({
    silent: [[0, 30]],
    commands: () => ({ after: 50 * second }),
    conf,
  });
  const { clock, signals } = story.world;
  await elapse(clock, 20 * second);
  await story.reload(`${conf}[b]\nuid = 2\n`);
  await elapse(clock, 10 * minute);
  assertEquals(story.sent().at(-1), 570);
  signals.raise("SIGTERM");
  assertEquals(await story.code, 0);
});

Deno.test("run() runs on_fault only once a fault has lasted for on_fault_after, and again each on_fault_every", async () => {
  // A fault of thirty seconds, and one of more than an hour and a half.
  const silent: Spans = [[60, 90], [600, 6_500]];
  const conf = `${hooks}on_fault_after = 10m\non_fault_every = 30m`;
  const { world, ran } = begin({ silent, conf });
  await elapse(world.clock, 130 * minute);
  const minutes = ran().map((line) => {
    const [at, command] = line.split(" ");
    return `${Math.floor(Number(at) / 60)} ${command}`;
  });
  // Whoever hears only of long faults also hears that all is well after a short one.
  assertEquals(minutes, ["1 a", "20 f", "50 f", "80 f", "108 a"]);
  const [, first] = world.processes.commands;
  assertEquals(
    first!.environment["LIFESIGN_HOOK_SINCE"],
    "2026-11-21T05:40:34.750Z",
  );
});

Deno.test("run() repeats on_fault one at a time, tells what it is now, and takes other settings at once", async () => {
  const conf = "on_fault = f\non_fault_every = 1m\nhook_timeout = 1h\n";
  const story = begin({
    silent: [[60, Infinity]],
    commands: () => ({ after: 150 * second }),
    conf,
  });
  const { clock } = story.world;
  await elapse(clock, 400 * second);
  assertEquals(story.ran(), ["64 f", "214 f", "364 f"]);
  await story.reload(conf.replace("1m", "10m"));
  await elapse(clock, 600 * second);
  // That had waited for its turn.
  assertEquals(story.ran().slice(3), ["514 f"]);
  await elapse(clock, 20 * minute);
  assertEquals(story.ran().slice(4), ["964 f"]);
});

Deno.test("run() makes up for no on_fault that on_fault_every would have wanted before it was set", async () => {
  const conf = "on_fault = f\n";
  const story = begin({ silent: [[60, Infinity]], conf });
  const { clock } = story.world;
  await elapse(clock, 30 * minute);
  await story.reload(`${conf}on_fault_every = 1m`);
  await elapse(clock, 32 * minute + second);
  assertEquals(story.ran(), ["64 f", "1800 f", "1860 f", "1920 f"]);
});

Deno.test("run() runs on_cycle after each cycle, one at a time, beside other hooks", async () => {
  const story = begin({
    silent: [[60, 75]],
    conf: `${hooks}on_cycle = c`,
    commands: ({ command }) => ({ after: command === "c" ? 15 * second : 1 }),
  });
  await elapse(story.world.clock, 130 * second);
  assertEquals(
    story.ran().join(", "),
    "0 c, 64 c, 64 f, 79 c, 90 a, 94 c",
  );
});
