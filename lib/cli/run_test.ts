import { assert, assertEquals } from "@std/assert";
import {
  app,
  death,
  echo,
  hour,
  life,
  lifesign as runToEnd,
  minute,
  noStreamRecord,
  second,
} from "./test_app.ts";
import { decodeRequest, encodeReply } from "../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
  settle,
} from "../testing/fake_world.ts";
import { version } from "../version.ts";

const base = ["run", "-g", "192.0.2.1", "-u", "77"];

/** Runs `lifesign` to its end. */
async function lifesign(...options: Parameters<typeof runToEnd>) {
  const ended = await runToEnd(...options);
  return { ...ended, log: ended.errors.split("\n").slice(0, -1) };
}

const start = `2026-11-21T05:30:00Z info lifesign ${version} keeps alive: ` +
  "default at 192.0.2.1:3335 every 1m";

Deno.test("run() prints one JSON line an event, and ends with the death", async () => {
  const { code, output, world } = await lifesign([...base, "--json"], {
    respond: life,
  });
  const time = (seconds: number) =>
    new Date(Date.UTC(2026, 10, 21, 5, 30) + seconds * second).toISOString();
  const { ports } = world.datagrams;
  const alive = {
    session: "default",
    verdict: "alive",
    exit_code: 0,
    target: "srun://192.0.2.1:3335",
    protocol: "srun",
    gateway: "192.0.2.1:3335",
    address: "192.0.2.1:3335",
    rtt_ms: 2 as number | null,
    answer_ms: 2 as number | null,
    tries: 1,
    local_port: ports[0],
    dead_replies: 0,
    reasons: {},
    error: null,
    ...noStreamRecord,
  };
  const transition = (seconds: number, from: string, to: string) => ({
    event: "transition",
    time: time(seconds),
    session: "default",
    from,
    to,
  });
  const events = [
    { event: "start", time: time(0), sessions: ["default"] },
    { event: "cycle", time: time(0.002), ...alive },
    transition(0.002, "none", "alive"),
    {
      event: "cycle",
      time: time(64.75),
      ...alive,
      verdict: "silent",
      exit_code: 20,
      rtt_ms: null,
      answer_ms: null,
      tries: 3,
      local_port: ports[1],
    },
    transition(64.75, "alive", "silent"),
    {
      event: "late",
      time: time(66),
      session: "default",
      verdict: "alive",
      rtt_ms: null,
      answer_ms: 6000,
    },
    transition(66, "silent", "alive"),
    {
      event: "cycle",
      time: time(120.002),
      ...alive,
      local_port: ports[2],
      reasons: { late: 1 },
    },
    {
      event: "cycle",
      time: time(183.001),
      ...alive,
      verdict: "dead",
      exit_code: 10,
      rtt_ms: 1,
      answer_ms: 2002,
      tries: 6,
      local_port: ports.at(-1)!,
      dead_replies: 6,
    },
    transition(183.001, "alive", "dead"),
    { event: "stop", time: time(183.001), exit_code: 10 },
  ];
  assertEquals(code, 10);
  // As text, since the order of the keys counts.
  assertEquals(
    output.split("\n"),
    [...events.map((event) => JSON.stringify(event)), ""],
  );
});

Deno.test("run() writes nothing to stdout without --json, and logs what is news", async () => {
  const { code, output, log } = await lifesign(base, { respond: life });
  assertEquals([code, output], [10, ""]);
  assertEquals(log, [
    start,
    "2026-11-21T05:30:00Z info default: alive (192.0.2.1:3335, 2 ms, 1 try)",
    "2026-11-21T05:31:04Z warn default: silent (no answer from 192.0.2.1:3335, 3 tries), was alive",
    "2026-11-21T05:31:06Z info default: alive, was silent",
    "2026-11-21T05:33:03Z error default: dead (192.0.2.1:3335 said so 6 times), was alive",
    "2026-11-21T05:33:03Z info default: ended, dead",
    "2026-11-21T05:33:03Z error ends with status 10",
  ]);
});

Deno.test("run() says a line for each heartbeat in a terminal, and sums up, as ping does", async () => {
  const inTerminal = { respond: life, screen: { columns: 80, rows: 24 } };
  const { code, output, errors } = await lifesign(base, inTerminal);
  assertEquals([code, errors], [10, ""]);
  assertEquals(output.split("\n"), [
    `lifesign ${version} keeps alive: default at 192.0.2.1:3335 every 1m; times in UTC, Ctrl-C ends it`,
    "05:30:00 default: alive (192.0.2.1:3335, 2 ms, 1 try)",
    "05:31:04 default: silent (no answer from 192.0.2.1:3335, 3 tries)",
    "05:31:06 default: alive after all, answered after 6000 ms",
    "05:32:00 default: alive (192.0.2.1:3335, 2 ms, 1 try)",
    "05:33:03 default: dead (192.0.2.1:3335 said so 6 times)",
    "05:33:03 default: ended, dead",
    "",
    "--- default: 4 heartbeats ---",
    "2 alive, 1 dead, 1 silent; 11 packets sent, 27.27 % lost",
    "round trip min/avg/max/stddev = 2/2/2/0 ms",
    "",
  ]);
  // Whoever keeps the log in a file gets all of it.
  const kept = await lifesign(base, { ...inTerminal, areErrorsKept: true });
  assertEquals(kept.output, output);
  assertEquals(kept.log, (await lifesign(base, { respond: life })).log);
  for (const flag of ["-q", "--json"]) {
    const { output } = await lifesign([...base, flag], inTerminal);
    assertEquals(output.includes("heartbeats"), false, flag);
  }
});

Deno.test("run() logs as much as it is told to", async () => {
  const rows: [args: string[], environment: Record<string, string>, RegExp][] =
    [
      [["-v"], {}, / (debug|info|warn|error) /],
      [["--verbose"], { LIFESIGN_LOG_LEVEL: "error" }, / \w+ /],
      [["--log-level", "warn"], {}, / (warn|error) /],
      [[], { LIFESIGN_LOG_LEVEL: "warn" }, / (warn|error) /],
      [["--log-level=error"], { LIFESIGN_LOG_LEVEL: "debug" }, / error /],
      [["-q"], {}, / error /],
      [["-qv"], {}, / error /],
    ];
  const all = await lifesign([...base, "-v"], { respond: life });
  assertEquals(
    all.log.filter((line) => line.includes(" debug ")),
    [
      "2026-11-21T05:30:00Z debug default: alive (192.0.2.1:3335, 2 ms, 1 try)",
      "2026-11-21T05:31:04Z debug default: silent (no answer from 192.0.2.1:3335, 3 tries)",
      "2026-11-21T05:31:06Z debug default: alive after all, answered after 6000 ms",
      "2026-11-21T05:32:00Z debug default: alive (192.0.2.1:3335, 2 ms, 1 try)",
      "2026-11-21T05:33:03Z debug default: dead (192.0.2.1:3335 said so 6 times)",
    ],
  );
  for (const [args, environment, level] of rows) {
    const { log } = await lifesign([...base, ...args], {
      respond: life,
      environment,
    });
    assertEquals(log, all.log.filter((line) => level.test(line)), args.join());
  }
});

Deno.test("run() is ended by SIGTERM with 0, by SIGINT with 130, whatever the session does", async () => {
  const rows = [["SIGTERM", 0], ["SIGINT", 130]] as const;
  const lives = [() => [echo()], () => []];
  for (const [signal, expected] of rows) {
    for (const respond of lives) {
      const world = createFakeWorld({ respond });
      const code = app([...base, "--json"], world);
      await settle();
      world.clock.runUntil(hour + 500);
      assert(world.signals.raise(signal));
      assertEquals(await code, expected);
      const { output, errors } = world.terminal;
      assertEquals(
        output.split("\n").at(-2),
        `{"event":"stop","time":"2026-11-21T06:30:00.500Z","exit_code":${expected}}`,
      );
      const last = errors.split("\n").at(-2);
      assertEquals(last, "2026-11-21T06:30:00Z info stopped");
      world.clock.runUntil(2 * hour);
      assertEquals(world.terminal.output, output);
      assertEquals([world.datagrams.open, world.clock.pending], [0, 0]);
    }
  }
});

Deno.test("run() goes on, whatever the network does from its start on", async () => {
  const rows: [
    args: string[],
    options: FakeWorldOptions,
    verdict: string,
    why: string,
  ][] = [
    [base, {}, "silent", "no answer from 192.0.2.1:3335, 3 tries"],
    [
      base,
      { respond: () => ({ code: "ENETUNREACH", message: "no route" }) },
      "unsendable",
      "ENETUNREACH: no route",
    ],
    [
      ["run", "-g", "gw.example", "-u77"],
      {},
      "unresolved",
      "ENOTFOUND: cannot look up gw.example",
    ],
    [
      base,
      { respond: () => [{ bytes: new Uint8Array(1), after: 1 }] },
      "garbled",
      "no valid answer from 192.0.2.1:3335, 3 tries, discarded: 3 × length",
    ],
  ];
  for (const [args, options, verdict, why] of rows) {
    const world = createFakeWorld(options);
    const code = app(args, world);
    await settle();
    world.clock.runUntil(24 * hour);
    const { errors } = world.terminal;
    assertEquals(
      errors.split("\n").slice(1, -1).map((line) => line.slice(21))
        // Once an hour.
        .filter((line) => !line.includes("; cycles: ")),
      [`warn default: ${verdict} (${why})`],
    );
    world.signals.raise("SIGTERM");
    assertEquals(await code, 0);
  }
});

Deno.test("run() stops after --count cycles with the last verdict's code", async () => {
  const garbled = [{ bytes: new Uint8Array(1), after: 1 }];
  const firewall = { code: "EPERM", message: "firewall" };
  const rows: [
    flags: string,
    respond: NonNullable<FakeWorldOptions["respond"]>,
    code: number,
    cycles: number,
  ][] = [
    ["--count 1", () => [echo()], 0, 1],
    ["--count 3", () => [echo()], 0, 3],
    ["--count 2", () => [], 20, 2],
    ["--count=2", ({ at }) => at < second * 10 ? [echo()] : [], 20, 2],
    ["--count 9", () => [death()], 10, 1],
    ["--count=2", () => firewall, 21, 2],
    ["--count=1 -g gw.example", () => [], 22, 1],
    ["--count=1", () => garbled, 23, 1],
  ];
  for (const [flags, respond, expected, cycles] of rows) {
    const gateway = flags.includes("-g") ? [] : ["-g", "192.0.2.1"];
    const { code, output, log } = await lifesign(
      ["run", "-u77", "--json", ...gateway, ...flags.split(" ")],
      { respond },
    );
    const events = output.split("\n").slice(0, -1)
      .map((line) => JSON.parse(line));
    const made = events.filter(({ event }) => event === "cycle").length;
    assertEquals([code, made], [expected, cycles], flags);
    assertEquals(events.at(-1)?.exit_code, expected);
    assertEquals(
      log.at(-1)?.slice(21),
      expected === 0 ? "info stopped" : `error ends with status ${expected}`,
    );
  }
});

Deno.test("run() gives up after so long without a sign of life", async () => {
  const { code, log } = await lifesign([...base, "--give-up-after=5m"], {
    respond: ({ at }) => at < 90 * second ? [echo()] : [],
  });
  assertEquals(code, 20);
  assertEquals(log.slice(-3), [
    "2026-11-21T05:32:04Z warn default: silent (no answer from 192.0.2.1:3335, 3 tries), was alive",
    "2026-11-21T05:36:00Z info default: ended, silent",
    "2026-11-21T05:36:00Z error ends with status 20",
  ]);
});

Deno.test("run() tolerates so many faults", async () => {
  for (const [tolerate, isTold] of [[2, true], [3, false]] as const) {
    const { log } = await lifesign(
      [...base, `--tolerate=${tolerate}`, "--count=9"],
      {
        respond: ({ at }) => at >= minute && at < 125 * second ? [] : [echo()],
      },
    );
    const isSilent = log.some((line) => line.includes("silent"));
    assertEquals(isSilent, isTold, log.join());
  }
});

Deno.test("run() reads the UID file before each cycle, and warns once while it is bad", async () => {
  const files = { "/run/uid": { text: "77", mode: 0o600 } };
  const world = createFakeWorld({
    files,
    respond: ({ bytes }) => [
      { bytes: encodeReply(decodeRequest(bytes)!), after: 1 },
    ],
  });
  const code = app(["run", "-g", "192.0.2.1", "-U", "/run/uid"], world);
  const texts: [text: string, mode: number][] = [
    ["77", 0o600],
    ["78", 0o600],
    ["", 0o600],
    ["none", 0o600],
    ["79", 0o666],
    ["80", 0o644],
    ["-2", 0o600],
  ];
  for (const [minutes, [text, mode]] of texts.entries()) {
    files["/run/uid"] = { text, mode };
    await elapse(world.clock, minutes * minute + 30 * second);
  }
  assertEquals(
    world.datagrams.requests.map(({ bytes }) => decodeRequest(bytes)),
    [77n, 78n, 78n, 78n, 78n, 80n, 80n],
  );
  const last = "; the last UID stays in use";
  assertEquals(
    world.terminal.errors.split("\n").filter((line) => line.includes("warn"))
      .map((line) => line.slice(21)),
    [
      `warn /run/uid: Cannot find a UID: expected a line with a number, e.g. 123456${last}`,
      `warn /run/uid: Cannot trust the UID: others can write the file, \`chmod go-w /run/uid\` fixes that${last}`,
      `warn /run/uid: Cannot use "-2": expected any number but -2, which means a dead session, e.g. 123456${last}`,
    ],
  );
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
});

Deno.test("run() warns of a UID file that others can read", async () => {
  const { log } = await lifesign(
    ["run", "-g", "192.0.2.1", "-U", "/run/uid", "--count=1"],
    { files: { "/run/uid": { text: "77", mode: 0o644 } } },
  );
  assertEquals(
    log[0],
    "2026-11-21T05:30:00Z warn /run/uid: others can read the UID, `chmod go-r /run/uid` fixes that",
  );
});

Deno.test("run() runs only once with a lock file, and lets go at its end", async () => {
  const world = createFakeWorld({ respond: () => [echo()] });
  const args = [...base, "--lock-file=/l", "--count=2"];
  assertEquals((await lifesign(args, world)).code, 0);
  assertEquals(
    world.files.replacements.map(({ path, text }) => [path, text]),
    [["/l", "4711\n"]],
  );
  assertEquals(world.files.locked.size, 0);
  world.files.locked.add("/l");
  const { code, errors } = await lifesign(args, world);
  assertEquals(code, 75);
  assert(
    errors.endsWith(
      "/l: Cannot run: another process holds the lock, process 4711\n",
    ),
    errors,
  );
});

Deno.test("run() locks nothing that is something else", async () => {
  const rows: [FakeWorldOptions["files"], string][] = [
    [
      { "/l": { text: "a poem\n" } },
      "it holds something else than a process id",
    ],
    [{ "/l": { owner: 7 } }, "the file belongs to user 7"],
    [{ "/l": { code: "EISDIR", message: "it is a directory" } }, "a directory"],
  ];
  for (const [files, words] of rows) {
    const args = [...base, "--lock-file=/l", "--count=1"];
    const { code, errors, world } = await lifesign(args, { files: files! });
    assertEquals(code, 73);
    assert(errors.startsWith("/l: Cannot run: ") && errors.includes(words));
    assertEquals(world.files.replacements, []);
  }
});
