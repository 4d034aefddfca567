import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FakeServing } from "../testing/fake_streams.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import {
  answering,
  greeting,
  refusing,
  webSocket,
  xServer,
} from "./test_peers.ts";
import { app, lifesign, minute, second } from "./test_app.ts";
import { version } from "../version.ts";

const [status, metrics, history] = ["/run/status", "/run/metrics", "/run/log"];

/** What SRUN 4000 says of a user. */
const online = answering(
  'cb({"error":"ok","user_name":"20201234","online_ip":"10.1.2.3","sum_seconds":60})',
);

const conf = `[chat]
target = ws://chat.example/room
[portal]
target = srun+http://192.0.2.9
expect = alice
[shell]
target = tcp://192.0.2.1:22
`;

const names = { "chat.example": ["192.0.2.5"] };

/** A world with all three; the first connection of the WebSocket is lost after 40 s. */
function worldOf(options: FakeWorldOptions = {}): FakeWorld {
  let isLost = false;
  const chat: FakeServing = {
    ...webSocket(),
    onOpen(connection) {
      if (isLost) return;
      isLost = true;
      const { clock } = world;
      clock.setTimer(clock.now() + 40 * second, () => connection.end());
    },
  };
  const servers: Record<string, FakeServing> = {
    "192.0.2.5": chat,
    "192.0.2.9": online,
    "192.0.2.1": greeting(),
  };
  const world = createFakeWorld({
    names,
    files: { conf: { text: conf } },
    serve: ({ to: { host } }) => servers[host] ?? null,
    ...options,
  });
  return world;
}

/** Runs for so many ms, then ends by SIGTERM; and what is left in the files while it runs. */
async function run(
  args: readonly string[],
  until: number,
  world = worldOf(),
) {
  const running = app(args, world);
  await elapse(world.clock, until);
  const written = new Map(
    world.files.replacements.map(({ path, text }) => [path, text]),
  );
  world.signals.raise("SIGTERM");
  assertEquals(await toEnd(world.clock, running), 0);
  const log = world.terminal.errors.split("\n")
    .map((line) => line.replace(/^\S+ (\S+ )?/, ""));
  return { world, written, log, output: world.terminal.output };
}

Deno.test("run() logs streams by their target, a reconnect, and a warning once", async () => {
  const { log, world } = await run(["run", "-c", "conf"], 3 * minute);
  assertEquals(log.filter((line) => line !== ""), [
    `lifesign ${version} keeps alive: chat at ws://chat.example:80/room every 30s, portal at srun+http://192.0.2.9:80 every 1m, shell at tcp://192.0.2.1:22 every 1m`,
    "shell: alive (192.0.2.1:22, 1 ms, 1 try)",
    "portal: logged in as another user than expected",
    "portal: alive (192.0.2.9:80, 5 ms, 1 try, logged in from 10.1.2.3 for 1m, but logged in as another user than expected)",
    "chat: alive (192.0.2.5:80, 2 ms, 1 try)",
    "chat: connected again (ended the connection without a close frame)",
    "stopped",
  ]);
  assertEquals(world.streams.openCount, 0);
});

Deno.test("run() tells programs of a reconnect, which is no transition", async () => {
  const { output } = await run(["run", "--json", "-c", "conf"], 2 * minute);
  const events = output.trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter(({ session }) => session === "chat")
    .map(({ event, verdict, held, reason, target }) =>
      [event, verdict, held, reason, target].filter((it) => it !== undefined)
    );
  const cycle = (
    held: boolean,
  ) => ["cycle", "alive", held, "ws://chat.example:80/room"];
  assertEquals(events, [
    cycle(false),
    ["transition"],
    cycle(true),
    cycle(false),
    ["reconnect", "ended the connection without a close frame"],
    cycle(true),
    cycle(true),
  ]);
});

Deno.test("streams are told of by status(), metrics, history, report() and watch()", async () => {
  const kept = ["-c", "conf", "--status-file", status]
    .concat("--metrics-file", metrics, "--history-file", history);
  const { written, world } = await run(["run", ...kept], 2 * minute);
  const files = {
    [status]: { text: written.get(status)!, mode: 0o644 },
    [history]: { text: world.logFiles.opened.get(history)!.text },
  };
  const read = async (args: readonly string[]) => {
    const reader = createFakeWorld({ files });
    reader.clock.runUntil(2 * minute);
    const code = await app(args, reader);
    const { output, errors } = reader.terminal;
    assertEquals([code, errors], [0, ""]);
    return output;
  };

  const shown = await read(["status", "--status-file", status]);
  assertEquals(
    shown.split("\n").slice(-2),
    ["portal: logged in as another user than expected", ""],
  );
  const json = await read(["status", "--json", "--status-file", status]);
  assertEquals(
    JSON.parse(json).sessions.map((it: Record<string, unknown>) => [
      it["target"],
      it["gateway"],
      it["note"],
      it["reconnects"],
      Object.keys(it["discarded"]!).join(" "),
    ]),
    [
      [
        "ws://chat.example:80/room",
        "chat.example:80",
        null,
        1,
        "protocol length late moved",
      ],
      [
        "srun+http://192.0.2.9:80",
        "192.0.2.9:80",
        "logged in from 10.1.2.3 for 1m",
        0,
        "protocol late moved",
      ],
      [
        "tcp://192.0.2.1:22",
        "192.0.2.1:22",
        null,
        0,
        "protocol length late moved",
      ],
    ],
  );
  const chosen = written.get(metrics)!.split("\n")
    .filter((line) => /^lifesign_(reconnects|discarded)/.test(line))
    .filter((line) => line.includes('"chat"'))
    .map((line) => line.replace(/,protocol="ws",target="ws:[^"]*"/, ""));
  assertEquals(chosen, [
    'lifesign_reconnects_total{session="chat"} 1',
    'lifesign_discarded_total{session="chat",reason="protocol"} 0',
    'lifesign_discarded_total{session="chat",reason="length"} 0',
    'lifesign_discarded_total{session="chat",reason="late"} 0',
    'lifesign_discarded_total{session="chat",reason="moved"} 0',
  ]);

  const lines = files[history]!.text.trimEnd().split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ session, verdict }) => session === "chat" && verdict);
  assertEquals(
    lines.map(({ gateway, reconnect }) => [gateway, reconnect]),
    lines.map((_, at) => [
      "ws://chat.example:80/room",
      at === 2 ? "ended the connection without a close frame" : undefined,
    ]),
  );
  const figures = await read(["report", "--json", "--history-file", history]);
  const chat = JSON.parse(figures).sessions
    .find(({ session }: { session: string }) => session === "chat");
  assertEquals(
    [chat.gateway, chat.verdicts],
    ["ws://chat.example:80/room", { alive: 5 }],
  );
  const page = await read(["report", "--history-file", history]);
  assertStringIncludes(page, "ws://chat.example:80/room");
});

Deno.test("watch() shows streams by their target, reconnects as events, and warnings", async () => {
  const world = worldOf({ screen: { columns: 100, rows: 30 } });
  const one = ["watch", "-c", "conf", "chat", "portal"];
  const running = app(one, world);
  await elapse(world.clock, 100 * second);
  const screen = world.terminal.screen!.join("\n");
  world.terminal.press("q");
  assertEquals(await toEnd(world.clock, running), 0);
  for (
    const text of [
      "chat at ws://chat.example:80/room  ",
      "portal at srun+http://192.0.2.9:80  ",
      "alive, but logged in as another user than expected",
      "chat    reconnect  ended the connection without a close frame",
    ]
  ) assertStringIncludes(screen.replace(/ for .*?, but/, ", but"), text);
});

Deno.test("watch() sees reconnects of another agent", async () => {
  const world = worldOf();
  const running = app(["run", "-c", "conf", "--status-file", status], world);
  const textNow = () =>
    world.files.replacements.findLast(({ path }) => path === status)!.text;
  await elapse(world.clock, 30 * second);
  const files = { [status]: { text: textNow(), mode: 0o644 } };
  const reader = createFakeWorld({ files });
  reader.clock.runUntil(30 * second);
  const looking = app(["watch", "--status-file", status], reader);
  await elapse(reader.clock, 31 * second);
  await elapse(world.clock, 45 * second);
  files[status] = { text: textNow(), mode: 0o644 };
  await elapse(reader.clock, 46 * second);
  reader.signals.raise("SIGTERM");
  assertEquals(await toEnd(reader.clock, looking), 0);
  assertStringIncludes(reader.terminal.output, " chat: connected again\n");
  world.signals.raise("SIGTERM");
  await toEnd(world.clock, running);
});

Deno.test("run() tells the service manager what a stream's peer said", async () => {
  const world = worldOf({
    environment: { NOTIFY_SOCKET: "/run/n", RUNTIME_DIRECTORY: "/run/l" },
  });
  await run(["run", "-c", "conf", "portal"], minute / 2, world);
  assertStringIncludes(
    world.notifications.sent.join("\n"),
    "STATUS=portal: alive (192.0.2.9:80, 5 ms, 1 try, logged in from 10.1.2.3 for 1m, but logged in as another user than expected)",
  );
});

Deno.test("check() and run() remember addresses by the whole target", async () => {
  const targets: Record<string, readonly string[] | null> = {
    "chat.example": ["192.0.2.5"],
  };
  const serve = () => webSocket();
  const world = createFakeWorld({ names: targets, serve });
  const check = async (...args: string[]) =>
    (await lifesign(["check", "--state", "/s", ...args], world)).code;
  assertEquals(await check("ws://chat.example/room"), 0);
  targets["chat.example"] = null;
  assertEquals(await check("ws://chat.example/room"), 0);
  assertEquals(await check("ws://chat.example/other"), 22);
  assertEquals(await check("tcp://chat.example:80"), 22);

  const first = createFakeWorld({ names, serve });
  const file = ["--status-file", status];
  await run(["run", "ws://chat.example/room", ...file], second, first);
  const text = first.files.replacements.at(-1)!.text;
  const rows = [["room", 1], ["other", 0]] as const;
  for (const [path, asked] of rows) {
    const files = { [status]: { text, mode: 0o644 } };
    const next = createFakeWorld({ names: targets, serve, files });
    await run(["run", `ws://chat.example/${path}`, ...file], minute / 4, next);
    assertEquals(Math.min(1, next.streams.connections.length), asked, path);
  }
});

Deno.test("check() tells sessions of streams apart by path, line and family", async () => {
  const twins = async (one: string, other: string) => {
    const text = `[a]\ntarget = ws://192.0.2.5/room\n${one}\n[b]\n${other}\n`;
    const world = createFakeWorld({
      files: { conf: { text } },
      serve: () => webSocket(),
      interfaces: [{ name: "eth0", address: "192.0.2.7", prefix: 24 }],
    });
    const { code, errors } = await lifesign(["check", "-c", "conf"], world);
    return code === 78 ? errors : "";
  };
  const same = "target = ws://192.0.2.5/room";
  assertEquals(
    await twins("", `${same}\ninterval = 50s`),
    "conf:5:10: Cannot keep [b] alive as well: [a] has the same target, expected another target\n",
  );
  for (
    const other of [
      "target = ws://192.0.2.5/other",
      `${same}\nbind = 192.0.2.7`,
      `${same}\nfamily = 4`,
    ]
  ) assertEquals(await twins("", other), "", other);
});

Deno.test("run() asks with what has changed in a target or a file", async () => {
  const secret = (word: string) => ({ text: `Cookie: ${word}\n`, mode: 0o600 });
  const files = {
    conf: { text: "target = ws://192.0.2.5/one\nheaders_file = /h\n" },
    "/h": secret("first"),
  };
  const world = createFakeWorld({ files, serve: () => webSocket() });
  const running = app(["run", "-c", "conf"], world);
  const reload = async (change: Partial<typeof files>, until: number) => {
    Object.assign(files, change);
    world.signals.raise("SIGHUP");
    await elapse(world.clock, until);
  };
  await elapse(world.clock, 10 * second);
  await reload({ "/h": secret("second") }, 70 * second);
  await reload({
    conf: { text: "target = ws://192.0.2.5/two\nheaders_file = /h\n" },
  }, 130 * second);
  world.signals.raise("SIGTERM");
  assertEquals(await toEnd(world.clock, running), 0);
  const requests = world.streams.connections.map(({ written }) =>
    /^GET (\S+) [^]*Cookie: (\w+)/.exec(new TextDecoder().decode(written))
      ?.slice(1).join(" ")
  );
  assertEquals(requests, ["/one first", "/one second", "/two second"]);
});

Deno.test("check() masks a portal's user unless it reveals it", async () => {
  const user = async (...args: string[]) => {
    const { output } = await lifesign(
      ["check", "--json", "srun+http://192.0.2.9", ...args],
      worldOf(),
    );
    return JSON.parse(output).sessions[0].portal.user;
  };
  assertEquals([await user(), await user("--reveal")], ["***34", "20201234"]);
});

Deno.test("check() warns of a portal that only IPv6 leads to", async () => {
  const rows: [hosts: string[], flags: string[], warning: string | null][] = [
    [
      ["2001:db8::9"],
      [],
      "over IPv6, since its name has no IPv4 address: many networks let IPv6 through without a login",
    ],
    [["2001:db8::9"], ["-6"], null],
    [["2001:db8::9", "192.0.2.9"], [], null],
  ];
  for (const [hosts, flags, warning] of rows) {
    const { output } = await lifesign(
      ["check", "--json", "srun+http://portal.example", ...flags],
      createFakeWorld({
        names: { "portal.example": hosts },
        serve: () => online,
      }),
    );
    const [session] = JSON.parse(output).sessions;
    assertEquals([session.verdict, session.warning], ["alive", warning]);
  }
});

Deno.test("check() says what a stream's peer did, and why it could not be asked", async () => {
  const unreachable = {
    fault: { code: "EHOSTUNREACH", message: "192.0.2.1 cannot be reached" },
  };
  const rows: [serve: FakeServing, line: string][] = [
    [refusing, "dead (192.0.2.1:22 refused the connection, 2 times)"],
    [unreachable, "silent (192.0.2.1 cannot be reached, 2 tries)"],
    [
      { connect: null },
      "silent (192.0.2.1:22 did not accept the connection in time, 2 tries)",
    ],
  ];
  for (const [serving, line] of rows) {
    const world = createFakeWorld({ serve: () => serving });
    const { output } = await lifesign(["check", "tcp://192.0.2.1:22"], world);
    assertEquals(output, `default: ${line}\n`);
  }
});

Deno.test("run() keeps a connection to an X server if it is told to", async () => {
  for (const [flags, count] of [[["--hold"], 1], [[], 3]] as const) {
    const world = createFakeWorld({ serve: () => xServer });
    const { log } = await run(
      ["run", "x11://:1", ...flags],
      130 * second,
      world,
    );
    assertEquals(log.slice(1, 2), [
      "default: alive (/tmp/.X11-unix/X1, 2 ms, 1 try)",
    ]);
    const { connections, openCount } = world.streams;
    assertEquals([connections.length, openCount], [count, 0]);
    const { host } = connections[0]!.order.to;
    assertEquals(host, "/tmp/.X11-unix/X1");
  }
});

Deno.test("check() tells an X server that hangs from one that is gone", async () => {
  const gone = { code: "ENOENT", message: "there is no such file" };
  const rows: [serve: FakeServing, code: number, line: string][] = [
    [{}, 20, "silent (/tmp/.X11-unix/X1 did not answer in time, 2 tries)"],
    [refusing, 10, "dead (/tmp/.X11-unix/X1 refused the connection, 2 times)"],
    [{ fault: gone }, 10, "dead (/tmp/.X11-unix/X1 is not there, 2 times)"],
  ];
  for (const [serving, code, line] of rows) {
    const world = createFakeWorld({ serve: () => serving });
    const found = await lifesign(["check", "x11://:1"], world);
    assertEquals([found.code, found.output], [code, `default: ${line}\n`]);
  }
});

Deno.test("check() asks nobody at this machine where a filter answers for a name", async () => {
  const rows: [hosts: string[], code: number, line: string][] = [
    [
      ["0.0.0.0", "::"],
      22,
      "unresolved (ENODATA: the resolver answers 0.0.0.0 and :: for chat.example, nobody's address: does a filter block the name?)",
    ],
    [["0.0.0.0", "192.0.2.5"], 0, "alive (192.0.2.5:22, 1 ms, 1 try)"],
  ];
  for (const [hosts, wanted, line] of rows) {
    const world = createFakeWorld({
      names: { "chat.example": hosts },
      serve: ({ to: { host } }) => host === "192.0.2.5" ? greeting() : refusing,
    });
    const { code, output } = await lifesign(
      ["check", "tcp://chat.example:22"],
      world,
    );
    assertEquals([code, output], [wanted, `default: ${line}\n`]);
  }
});
