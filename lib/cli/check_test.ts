import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  death as deathAfter,
  echo as echoAfter,
  lifesign,
  noStreamRecord,
} from "./test_app.ts";
import {
  type CheckState,
  formatState,
  parseState,
  remember,
} from "../status/check_state.ts";
import type { Verdict } from "../verdict.ts";
import { decodeRequest, encodeReply } from "../protocol/srun.ts";
import type { FakeReply } from "../testing/fake_network.ts";
import {
  createFakeWorld,
  type FakeWorld,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";

const base = ["check", "--gateway=192.0.2.1", "--uid=77"];

const echo = (after = 1.94) => echoAfter(after);
const death = () => deathAfter(2);
const noRoute = { code: "ENETUNREACH", message: "no route to 192.0.2.1" };

/** A reply whose last byte is not zero. */
const tailed: FakeReply = {
  bytes: encodeReply(77n).map((byte, at) => at === 15 ? 1 : byte),
  after: 1,
};

/** What `--json` says of a session, but for what a row of a table changes. */
const quiet = {
  session: "default",
  verdict: "silent",
  exit_code: 20,
  target: "srun://192.0.2.1:3335",
  protocol: "srun",
  gateway: "192.0.2.1:3335",
  address: "192.0.2.1:3335" as string | null,
  rtt_ms: null as number | null,
  answer_ms: null as number | null,
  tries: 3,
  local_port: null as number | null,
  dead_replies: 0,
  reasons: {},
  error: null as { code: string; message: string } | null,
  ...noStreamRecord,
};

interface Row {
  code: 0 | 10 | 20 | 21 | 22 | 23;
  args?: string[];
  options: FakeWorldOptions;
  text: string;
  json: Partial<typeof quiet>;
  /** Which socket was answered; the last one if absent. */
  socket?: number;
}

const named = ["check", "--gateway=gw.example", "--uid=77"];

const alive = { verdict: "alive", rtt_ms: 1.9, answer_ms: 1.9, tries: 1 };
const dead = { verdict: "dead", rtt_ms: 2, answer_ms: 2004 };
const unresolved = {
  verdict: "unresolved",
  target: "srun://gw.example:3335",
  gateway: "gw.example:3335",
  address: null,
  tries: 0,
};
const noResolver =
  "the resolver did not answer for gw.example within 5 s: is a server in /etc/resolv.conf reachable?";

const rows: Readonly<Record<string, Row>> = {
  "alive": {
    code: 0,
    options: { respond: () => [echo()] },
    text: "alive (192.0.2.1:3335, 1.9 ms, 1 try)",
    json: alive,
  },
  "alive at the second try": {
    code: 0,
    options: { respond: ({ at }) => at === 0 ? [] : [echo(4)] },
    text: "alive (192.0.2.1:3335, answered after 1004 ms, 2 tries)",
    json: { verdict: "alive", answer_ms: 1004, tries: 2 },
  },
  "alive after an invalid reply, one from elsewhere and a forged death": {
    code: 0,
    options: {
      respond: () => [
        tailed,
        { ...death(), after: 1, from: { host: "192.0.2.1", port: 3336 } },
        { ...death(), after: 1.5 },
        echo(),
      ],
    },
    text: "alive (192.0.2.1:3335, 1.9 ms, 1 try)",
    json: { ...alive, dead_replies: 1, reasons: { tail: 1, source: 1 } },
    socket: 0,
  },
  "dead": {
    code: 10,
    options: { respond: () => [death()] },
    text: "dead (192.0.2.1:3335 said so 6 times)",
    json: { ...dead, tries: 6, dead_replies: 6 },
  },
  "dead where one reply is enough": {
    code: 10,
    args: [...base, "--confirm=1"],
    options: { respond: () => [death()] },
    text: "dead (192.0.2.1:3335 said so 3 times)",
    json: { ...dead, tries: 3, dead_replies: 3 },
  },
  "silent": {
    code: 20,
    options: {},
    text: "silent (no answer from 192.0.2.1:3335, 3 tries)",
    json: {},
  },
  "silent but for datagrams from elsewhere": {
    code: 20,
    options: {
      respond: () => [{ ...echo(), from: { host: "192.0.2.9", port: 3335 } }],
    },
    text:
      "silent (no answer from 192.0.2.1:3335, 3 tries, discarded: 3 × source)",
    json: { reasons: { source: 3 } },
  },
  "a death that is not confirmed": {
    code: 20,
    options: { respond: ({ at }) => at === 0 ? [death()] : [] },
    text:
      "silent (192.0.2.1:3335 said it is dead, but did not confirm that, 6 tries)",
    json: { rtt_ms: 2, answer_ms: 2, tries: 6, dead_replies: 1 },
    socket: 0,
  },
  "silent after a try that did not leave": {
    code: 20,
    options: { respond: ({ at }) => at === 0 ? noRoute : [] },
    text:
      "silent (no answer from 192.0.2.1:3335, 2 tries, ENETUNREACH: no route to 192.0.2.1)",
    json: { tries: 2, error: noRoute },
  },
  "unsendable": {
    code: 21,
    options: { respond: () => noRoute },
    text: "unsendable (ENETUNREACH: no route to 192.0.2.1)",
    json: { verdict: "unsendable", exit_code: 21, tries: 0, error: noRoute },
  },
  "unresolved": {
    code: 22,
    args: named,
    options: {},
    text: "unresolved (ENOTFOUND: cannot look up gw.example)",
    json: {
      ...unresolved,
      error: { code: "ENOTFOUND", message: "cannot look up gw.example" },
    },
  },
  "a resolver that says nothing": {
    code: 22,
    args: named,
    options: { names: { "gw.example": null } },
    text: `unresolved (ETIMEDOUT: ${noResolver})`,
    json: {
      ...unresolved,
      error: { code: "ETIMEDOUT", message: noResolver },
    },
  },
  "garbled": {
    code: 23,
    options: {
      respond: () => [tailed, { bytes: new Uint8Array(3), after: 1 }],
    },
    text:
      "garbled (no valid answer from 192.0.2.1:3335, 3 tries, discarded: 3 × tail, 3 × length)",
    json: { verdict: "garbled", reasons: { tail: 3, length: 3 } },
  },
  "a reply that is not judged strictly": {
    code: 0,
    args: [...base, "--no-strict-reply"],
    options: { respond: () => [tailed] },
    text: "alive (192.0.2.1:3335, 1 ms, 1 try)",
    json: { verdict: "alive", rtt_ms: 1, answer_ms: 1, tries: 1 },
  },
  "a name with addresses of both families": {
    code: 0,
    args: [...named, "-6", "--gateway=gw.example"],
    options: {
      names: { "gw.example": ["192.0.2.7", "2001:db8::7"] },
      respond: () => [echo()],
    },
    text: "alive ([2001:db8::7]:3335, 1.9 ms, 1 try)",
    json: {
      ...alive,
      target: "srun://gw.example:3335",
      gateway: "gw.example:3335",
      address: "[2001:db8::7]:3335",
    },
  },
};

for (const [what, row] of Object.entries(rows)) {
  const { code, args = base, options, text, json, socket = -1 } = row;
  Deno.test(`check() tells people about: ${what}`, async () => {
    const { world: _, ...told } = await lifesign(args, options);
    assertEquals(told, { code, output: `default: ${text}\n`, errors: "" });
  });

  Deno.test(`check() tells programs about: ${what}`, async () => {
    const told = await lifesign([...args, "--json"], options);
    const local_port = told.world.datagrams.ports.at(socket) ?? null;
    const session = { ...quiet, exit_code: code, local_port, ...json };
    const { verdict, exit_code } = session;
    // As text, since the order of the keys counts.
    assertEquals(
      told.output,
      `${JSON.stringify({ verdict, exit_code, sessions: [session] })}\n`,
    );
    assertEquals([told.code, told.errors], [code, ""]);
  });
}

Deno.test("check() is unsendable, never 73, when no socket can be bound", async () => {
  const world = createFakeWorld();
  const gone = { code: "EADDRNOTAVAIL", message: "192.0.2.9 is not here" };
  const { code, output } = await lifesign([...base, "--json"], {
    ...world,
    datagrams: { ...world.datagrams, bind: () => gone },
  });
  const session = {
    ...quiet,
    verdict: "unsendable",
    exit_code: 21,
    tries: 0,
    error: gone,
  };
  assertEquals([code, JSON.parse(output).sessions], [21, [session]]);
});

Deno.test("check() says at the level debug where the kernel has no seccomp", async () => {
  const rows: [level: string, keeps: boolean, hasWords: boolean][] = [
    ["debug", true, false],
    ["debug", false, true],
    ["info", false, false],
  ];
  for (const [level, keepsRights, hasWords] of rows) {
    const world = createFakeWorld({
      environment: { LIFESIGN_LOG_LEVEL: level },
    });
    world.keepsRights = keepsRights;
    const { errors } = await lifesign(base, world);
    assertEquals(
      errors,
      hasWords
        ? "lifesign: this kernel has no seccomp, so only lifesign itself keeps that it starts no more programs\n"
        : "",
    );
  }
});

Deno.test("check() with -q writes nothing at all while the session is alive, and all of it otherwise", async () => {
  const files = { "/run/uid": { text: "77", mode: 0o644 } };
  const args = ["check", "-g", "192.0.2.1", "-U", "/run/uid"];
  const warning =
    "lifesign: /run/uid: others can read the UID, `chmod go-r /run/uid` fixes that\n";
  for (const flags of [["-q"], ["--quiet", "--json"]]) {
    const alive = await lifesign([...args, ...flags], {
      files,
      respond: () => [echo()],
    });
    assertEquals([alive.code, alive.output, alive.errors], [0, "", ""]);
  }
  const loud = await lifesign(args, { files, respond: () => [echo()] });
  assertEquals([loud.code, loud.errors], [0, warning]);
  const silent = await lifesign([...args, "-q"], { files });
  assertEquals([silent.code, silent.output, silent.errors], [
    20,
    "default: silent (no answer from 192.0.2.1:3335, 3 tries)\n",
    warning,
  ]);
});

Deno.test("check() takes settings from the environment, and flags before them", async () => {
  const environment = {
    LIFESIGN_GATEWAY: "192.0.2.5:4000",
    LIFESIGN_UID_FILE: "/missing",
    LIFESIGN_TRIES: "5",
    LIFESIGN_TIMEOUT: "10ms",
    LIFESIGN_COUNT: "7",
    HOME: "/root",
  };
  const { code, world } = await lifesign(
    ["check", "-u78", "-n", "2"],
    { environment },
  );
  assertEquals(code, 20);
  assertEquals(
    world.datagrams.requests.map(({ at, to, bytes }) => [
      at,
      to,
      decodeRequest(bytes),
    ]),
    [
      [0, { host: "192.0.2.5", port: 4000 }, 78n],
      [10, { host: "192.0.2.5", port: 4000 }, 78n],
    ],
  );
});

Deno.test("check() reads the UID from a file or stdin", async () => {
  const rows: [path: string, text: string, uid: bigint][] = [
    ["/run/uid", "# dorm\r\n77\r\n", 77n],
    ["-", "-5\n", -5n],
  ];
  for (const [path, text, uid] of rows) {
    const isRegular = path !== "-";
    const { code, world, errors } = await lifesign(
      ["check", "-g", "192.0.2.1", "-U", path],
      {
        files: { [path]: { text, isRegular } },
        respond: ({ bytes }) => [{ bytes: encodeReply(uid), after: bytes[0]! }],
      },
    );
    const [request] = world.datagrams.requests;
    assertEquals([code, errors, decodeRequest(request!.bytes)], [0, "", uid]);
  }
});

Deno.test("check() starts anew with a UID that changed before its death counts", async () => {
  const files = { "/run/uid": { text: "77" } };
  const { code, world, output } = await lifesign(
    ["check", "-g", "192.0.2.1", "-U", "/run/uid"],
    {
      files,
      respond({ bytes }) {
        const uid = decodeRequest(bytes)!;
        if (uid === 77n) files["/run/uid"] = { text: "78" };
        return [{ bytes: encodeReply(uid === 77n ? -2n : uid), after: 1 }];
      },
    },
  );
  const uids = world.datagrams.requests.map(({ bytes }) =>
    decodeRequest(bytes)
  );
  assertEquals([code, uids], [0, [...Array(6).fill(77n), 78n]]);
  assertEquals(output, "default: alive (192.0.2.1:3335, 1 ms, 1 try)\n");
});

Deno.test("check() makes one cycle, whatever comes late", async () => {
  const { code, world, output } = await lifesign(base, {
    respond: ({ at }) => at === 0 ? [echo(8_000)] : [],
  });
  assertEquals([code, world.datagrams.requests.length], [20, 3]);
  const before = output;
  world.clock.runUntil(3_600_000);
  assertEquals(world.terminal.output, before);
  assertEquals([world.datagrams.open, world.clock.pending], [0, 0]);
});

Deno.test("check() tolerates so many faults in a row, and no death", async () => {
  const said = ["silent", "silent", "silent", "alive", "silent", "dead"];
  let run = 0;
  const world = createFakeWorld({
    respond: () =>
      said[run] === "alive" ? [echo()] : said[run] === "dead" ? [death()] : [],
  });
  const codes: unknown[] = [];
  const remarks: string[] = [];
  let before = 0;
  for (; run < said.length; run++) {
    const args = [...base, "--state=/s", "--tolerate=2", "--tries=1"];
    const { code, output } = await lifesign(args, world);
    codes.push(code);
    remarks.push(/, tolerated [^(]*/.exec(output.slice(before))?.[0] ?? "");
    before = output.length;
  }
  assertEquals(codes, [0, 0, 20, 0, 0, 10]);
  assertEquals(remarks, [
    ", tolerated 1 of 2 ",
    ", tolerated 2 of 2 ",
    "",
    "",
    ", tolerated 1 of 2 ",
    "",
  ]);
  assertEquals(world.files.locked.size, 0);
});

Deno.test("check() tolerates each session by itself", async () => {
  const text = `state = /s
tries = 1
tolerate = 1
[a]
gateway = 192.0.2.1
uid = 1
[b]
gateway = 192.0.2.2
uid = 2
tolerate = 0
[c]
gateway = 192.0.2.3
uid = 3
`;
  const world = createFakeWorld({
    files: { "/l.conf": { text } },
    respond: ({ to: { host } }) =>
      host === "192.0.2.1" ? [] : host === "192.0.2.2" ? noRoute : [
        { bytes: encodeReply(3n), after: 1 },
      ],
  });
  const { code, output } = await lifesign(
    ["check", "-c", "/l.conf", "--json"],
    world,
  );
  const { verdict, exit_code, sessions } = JSON.parse(output);
  assertEquals([code, verdict, exit_code], [21, "unsendable", 21]);
  const told = sessions.map((it: Record<string, unknown>) => [
    it["verdict"],
    it["exit_code"],
    it["tolerated"],
  ]);
  assertEquals(told, [
    ["silent", 0, 1],
    ["unsendable", 21, null],
    ["alive", 0, null],
  ]);
  const again = await lifesign(["check", "-c", "/l.conf", "a", "-q"], world);
  assertEquals(again.code, 20);
});

Deno.test("check() tells somebody at a terminal, after two seconds, whom it still asks", async () => {
  const screen = { columns: 80, rows: 24 };
  const line = "  … asking 192.0.2.1:3335\r\x1b[K";
  const two = {
    "/c": {
      text:
        "[a]\ngateway = 192.0.2.1\nuid = 7\n[b]\ngateway = 192.0.2.2\nuid = 7\n",
      mode: 0o600,
    },
  };
  const late = () => [echo(900)];
  const rows: [args: string[], options: FakeWorldOptions, errors: string][] = [
    [base, { screen }, line],
    [[...base, "--json"], { screen }, line],
    [
      ["check", "-c", "/c"],
      { screen, files: two },
      "  … asking 2 sessions\r\x1b[K",
    ],
    [[...base, "-q"], { screen }, ""],
    [base, { screen, areErrorsKept: true }, ""],
    [base, {}, ""],
    [base, { screen, respond: late }, ""],
  ];
  for (const [args, options, wanted] of rows) {
    const { errors } = await lifesign(args, options);
    assertEquals(errors, wanted, args.join(" "));
  }
});

Deno.test("check() tolerates nothing with a state that can't be read or written", async () => {
  const rows: [what: FakeWorldOptions["files"], words: string][] = [
    [{ "/s": { text: "hello" } }, "it is not a state file of lifesign's"],
    [{ "/s": { text: '{"version":2}' } }, "written by a newer lifesign"],
    [{ "/s": { mode: 0o666 } }, "others can write the file"],
    [{ "/s": { owner: 7 } }, "the file belongs to user 7"],
    [{ "/s": { code: "EISDIR", message: "it is a directory" } }, "directory"],
  ];
  for (const [files, words] of rows) {
    const options = { files: files! };
    const args = [...base, "--state=/s", "--tolerate=9", "--tries=1"];
    const { code, output, errors, world } = await lifesign(args, options);
    assertEquals([code, output.includes("tolerated")], [20, false]);
    assertStringIncludes(errors, `lifesign: /s: Cannot remember faults: `);
    assertStringIncludes(errors, words);
    // It may be something else altogether.
    assertEquals(world.files.replacements, []);
    assertEquals(world.files.locked.size, 0);
    assertEquals(errors.trimEnd().split("\n").length, 1);
  }
});

Deno.test("check() tolerates nothing when the disk is full", async () => {
  const world = createFakeWorld();
  const full = { code: "ENOSPC", message: "the disk is full" };
  const files = { ...world.files, replace: () => Promise.resolve(full) };
  const args = [...base, "--state=/s", "--tolerate=9", "--tries=1"];
  const { code, errors } = await lifesign(args, { ...world, files });
  assertEquals(code, 20);
  assertStringIncludes(errors, "the disk is full; none is tolerated");
  assertEquals(world.files.locked.size, 0);
});

Deno.test("check() waits five seconds for its state, and then gives up with 75", async () => {
  const args = [...base, "--state=/s", "--tolerate=9", "--tries=1"];
  const world = createFakeWorld();
  world.files.locked.add("/s");
  world.clock.setTimer(4_900, () => world.files.locked.delete("/s"));
  assertEquals((await lifesign(args, world)).code, 0);
  assertEquals(world.clock.now() >= 4_900, true);
  world.files.locked.add("/s");
  const { code, output, errors } = await lifesign(args, world);
  assertEquals(code, 75);
  assertEquals(output.split("\n").length, 2);
  assertEquals(
    errors,
    "/s: Cannot remember faults: another process holds the lock, process 4711\n",
  );
});

Deno.test("check() holds its state only while it reads and writes it, and counts what others found out meanwhile", async () => {
  const args = [...base, "--state=/s", "--tolerate=9", "--tries=1"];
  const tolerated = async (world: FakeWorld) => {
    const { output } = await lifesign(args, world);
    return Number(/tolerated (\d+)/.exec(output)?.[1] ?? 0);
  };
  // While it asks, another one comes to its end.
  const others = [["silent", "silent"], ["alive"], []];
  const counts: number[] = [];
  for (const verdicts of others) {
    const world = createFakeWorld();
    assertEquals(await tolerated(world), 1);
    const before = world.terminal.output.length;
    const running = lifesign(args, world);
    const held: boolean[] = [];
    world.clock.setTimer(world.clock.now() + 500, () => {
      held.push(world.files.locked.has("/s"));
      for (const verdict of verdicts) {
        const { text } = world.files.replacements.at(-1)!;
        const key = Object.keys(JSON.parse(text).sessions)[0]!;
        const state = remember(
          parseState(text) as CheckState,
          key,
          { verdict: verdict as Verdict, answered: null, silence: null },
        );
        world.files.replace("/s", formatState(state), {
          mode: 0o600,
          isDurable: true,
        });
      }
    });
    await running;
    assertEquals(held, [false]);
    const told = world.terminal.output.slice(before);
    counts.push(Number(/tolerated (\d+)/.exec(told)?.[1]));
  }
  assertEquals(counts, [4, 1, 2]);
});

Deno.test("check() refuses a tolerance that nothing could remember, if it was asked for", async () => {
  const { code, errors } = await lifesign([...base, "--tolerate=2"], {});
  assertEquals(code, 78);
  assertStringIncludes(errors, "--tolerate: Cannot tolerate 2 faults in a row");
  // In a file it may be meant for `run`.
  const text = "gateway = 192.0.2.1\nuid = 77\ntolerate = 2\ntries = 1\n";
  const files = { "/l.conf": { text } };
  assertEquals(
    (await lifesign(["check", "-c", "/l.conf"], { files })).code,
    20,
  );
});

Deno.test("check() gives up starting processes once nothing has to be asked any more", async () => {
  const seen: boolean[] = [];
  const options: FakeWorldOptions = {
    interfaces: [{ name: "wan", address: "10.2.0.2" }],
    routes: {
      route: ({ from = null }) => {
        seen.push(world.mayStartProcesses);
        return { device: "wan", source: from, via: null };
      },
    },
    respond: () => [echo()],
  };
  const world: FakeWorld = createFakeWorld(options);
  await lifesign([...base, "-b", "wan"], world);
  assertEquals(seen, [true, true]);
  assertEquals(world.mayStartProcesses, false);
});

Deno.test("check() sends nothing by another line, and says which rule corrects that", async () => {
  const world = createFakeWorld({
    interfaces: [
      { name: "wan1", address: "10.1.0.2" },
      { name: "wan2", address: "10.2.0.2" },
    ],
    routes: {
      route: ({ from = null }) => ({ device: "wan1", source: from, via: null }),
    },
    respond: () => [death()],
  });
  const { code } = await lifesign([...base, "--json", "-b", "wan2"], world);
  const { sessions: [{ verdict, error, tries }] } = JSON.parse(
    world.terminal.output,
  );
  assertEquals([code, verdict, tries], [21, "unsendable", 0]);
  assertEquals(error.code, "EROUTE");
  assertStringIncludes(error.message, "`ip rule add from 10.2.0.2 lookup ");
  assertEquals(world.datagrams.requests, []);
});

Deno.test("check() warns once where nobody can tell the route", async () => {
  const text = `gateway = 192.0.2.1
bind = 10.2.0.2
[a]
uid = 1
[b]
uid = 2
`;
  const world = createFakeWorld({
    files: { conf: { text } },
    interfaces: [{ name: "wan2", address: "10.2.0.2" }],
    routes: { route: () => ({ code: "ENOSYS", message: "there is no ip" }) },
    respond: ({ bytes }) => [{ bytes, after: 1 }],
  });
  await lifesign(["check", "-c", "conf"], world);
  assertEquals(world.terminal.errors, "lifesign: there is no ip\n");
  assertEquals(world.datagrams.hosts.slice(0, 2), ["10.2.0.2", "10.2.0.2"]);
});

Deno.test("check() with a state counts the faults of each target apart", async () => {
  const state = "/run/state";
  const args = ["check", "--state", state, "--tolerate=1", "--timeout=1s"];
  let files: NonNullable<FakeWorldOptions["files"]> = {};
  const codes: number[] = [];
  for (const path of ["/a", "/b", "/a"]) {
    const { code, world } = await lifesign(
      [...args, `ws://192.0.2.1${path}`],
      { files },
    );
    codes.push(code);
    files = { [state]: { text: world.files.replacements[0]!.text } };
  }
  assertEquals(codes, [0, 0, 20]);
});
