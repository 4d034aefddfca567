import { assert, assertEquals } from "@std/assert";
import { app, life, minute, second } from "./test_app.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  type FakeWorldOptions,
  settle,
  toEnd,
} from "../testing/fake_world.ts";
import { version } from "../version.ts";

const path = "/run/status.json";

const screen = { columns: 79, rows: 24 };

const base = ["watch", "-g", "192.0.2.1", "-u", "77"];

/** Starts to watch on a screen, unless there is to be none. */
function watch(args: readonly string[], options: FakeWorldOptions = {}) {
  const world = createFakeWorld({ respond: life, screen, ...options });
  return { world, code: app(args, world) };
}

/** What is on the screen, without blank lines. */
function shown({ terminal }: FakeWorld): string[] {
  return (terminal.screen ?? []).filter((line) => line !== "");
}

/** What has ended draws nothing any more, and leaves no timer behind. */
function assertIdle({ clock, terminal }: FakeWorld): void {
  const { drawings } = terminal;
  clock.runUntil(clock.now() + minute);
  assertEquals([terminal.drawings, clock.pending], [drawings, 0]);
}

Deno.test("watch() shows a session live, from its first cycle to its death", async () => {
  const { world, code } = watch(base);
  await elapse(world.clock, 0);
  assertEquals(shown(world), [
    `lifesign ${version} keeps 1 session alive                                   05:30:00`,
    "default at 192.0.2.1:3335                                                asking",
    "no verdict yet",
    "rtt                                                                           -",
    "tries                                                                         -",
    "no answer -",
    "? lists keys, q leaves",
  ]);
  await elapse(world.clock, 90 * second);
  assertEquals(shown(world), [
    `lifesign ${version} keeps 1 session alive                                   05:31:30`,
    "default at 192.0.2.1:3335                                          next in 30 s",
    "alive for 24 s, since 05:31:06",
    "rtt                                                              ▁·           -",
    "tries                                                             3     3 tries",
    "no answer 0 % in 15 min, 0 % in 24 h",
    "05:31:06  silent → alive  answered after 6000 ms",
    "05:31:04  alive → silent  no answer from 192.0.2.1:3335, 3 tries",
    "05:30:00  alive           192.0.2.1:3335, 2 ms, 1 try",
    "? lists keys, q leaves",
  ]);
  assertEquals(await toEnd(world.clock, code), 10);
  assertEquals([world.terminal.screen, world.terminal.errors], [null, ""]);
  const [title, ...last] = world.terminal.output.split("\n").filter(Boolean);
  assertEquals(title, `lifesign ${version}: ended with status 10`);
  assertEquals(last.slice(1, 3), [
    "dead for 0 s, since 05:33:03, last alive 05:32:00",
    "rtt                                                            ▁·▁†           -",
  ]);
  assertIdle(world);
});

Deno.test("watch() draws once a second, sooner when there is news, and follows the size", async () => {
  const { world, code } = watch(base);
  const { terminal, clock } = world;
  await elapse(clock, 1);
  assertEquals(terminal.drawings, 1);
  await elapse(clock, 260);
  assertEquals(terminal.drawings, 2);
  await elapse(clock, 10 * second);
  assertEquals(terminal.drawings, 11);
  terminal.resize({ columns: 39, rows: 5 });
  assertEquals(shown(world), [
    `lifesign ${version} keeps 1 session alive`,
    "default  alive          10 s          ▁",
    "05:30:00  alive  192.0.2.1:3335, 2 ms,…",
  ]);
  terminal.press("x");
  terminal.press("\x1b[A");
  await settle();
  assert(terminal.screen !== null);
  terminal.press("q");
  assertEquals(await toEnd(clock, code), 0);
  assertEquals(terminal.screen, null);
  assertIdle(world);
});

Deno.test("watch() is ended by signals as run is", async () => {
  const rows = [["SIGTERM", 0], ["SIGINT", 130], ["SIGHUP", 0]] as const;
  for (const [signal, wanted] of rows) {
    // A terminal may hang up also where stdin is something else.
    const { world, code } = watch(base, { isInteractive: false });
    await elapse(world.clock, second);
    assertEquals(shown(world).at(-1), "Ctrl-C leaves");
    world.signals.raise(signal);
    assertEquals(await toEnd(world.clock, code), wanted);
    assertEquals(world.terminal.screen, null);
    const [title] = world.terminal.output.split("\n");
    assertEquals(title, `lifesign ${version}: stopped`);
  }
});

Deno.test("watch() shows what is logged, unless that goes to a file", async () => {
  const failing = {
    respond: () => [],
    commands: () => ({ after: 1, code: 3 }),
  };
  const args = [...base, "--on-fault", "false"];
  const { world, code } = watch(args, failing);
  await elapse(world.clock, 6 * second);
  const message = shown(world).at(-2)!;
  assert(/^05:30:04 {2}warn default: on_fault .*3/.test(message), message);
  world.signals.raise("SIGTERM");
  await toEnd(world.clock, code);
  assert(world.terminal.output.includes(message));
  assertEquals(world.terminal.errors, "");

  const other = watch([...args, "--log-file", "/log"], failing);
  await elapse(other.world.clock, 6 * second);
  assert(!shown(other.world).some((line) => line.includes("on_fault")));
  const { text } = other.world.logFiles.opened.get("/log")!;
  assert(text.includes("keeps alive") && text.includes("default: silent ("));
  assert(text.includes("on_fault"));
  const { onFault } = other.world.logFiles.opened.get("/log")!.options;
  onFault("write", { code: "ENOSPC", message: "the disk is full" });
  await elapse(other.world.clock, 7 * second);
  const fault = shown(other.world).at(-2)!;
  assert(fault.includes("error /log: Cannot write the log: the disk"), fault);
  assertEquals(other.world.terminal.errors, "");
  other.world.terminal.press("q");
  await toEnd(other.world.clock, other.code);
});

Deno.test("watch() shows what hooks print, which can't act on the screen", async () => {
  const { world, code } = watch([...base, "--on-fault=tell"], {
    respond: () => [],
    commands: () => ({
      after: 1,
      prints: ["\x1b]0;other title\x07 down", "it is"],
    }),
  });
  await elapse(world.clock, 10 * second);
  assertEquals(shown(world).slice(-3, -1), [
    "05:30:04  info default: on_fault: \\u001b]0;other title\\u0007 down",
    "05:30:04  info default: on_fault: it is",
  ]);
  assertEquals(world.terminal.errors, "");
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
});

Deno.test("watch() is run where there is no terminal, or one that can't be drawn on", async () => {
  const plain = createFakeWorld({ respond: life });
  await toEnd(plain.clock, app(["run", ...base.slice(1)], plain));
  const rows: FakeWorldOptions[] = [
    { respond: life },
    { respond: life, screen, environment: { TERM: "dumb" } },
  ];
  for (const options of rows) {
    const world = createFakeWorld(options);
    assertEquals(await toEnd(world.clock, app(base, world)), 10);
    assertEquals(
      [world.terminal.output, world.terminal.errors],
      [plain.terminal.output, plain.terminal.errors],
    );
  }
});

/** What an agent that began at 0 s has written by then; it ended or goes on. */
async function writtenAt(seconds: number, end: "end" | "go on" = "go on") {
  const world = createFakeWorld({ respond: life });
  const args = ["run", ...base.slice(1), "--status-file", path];
  const code = app(args, world);
  await elapse(world.clock, seconds * second);
  if (end === "end") {
    world.signals.raise("SIGTERM");
    await toEnd(world.clock, code);
  }
  return world.files.replacements.at(-1)!.text;
}

/** Looks at what an agent writes, from so many seconds after its start on. */
function look(seconds: number, options: FakeWorldOptions) {
  const files: Record<string, { text: string; mode: number }> = {};
  const world = createFakeWorld({ ...options, files });
  world.clock.runUntil(seconds * second);
  return {
    world,
    write(text: string) {
      files[path] = { text, mode: 0o644 };
    },
    start: () => app(["watch", "--status-file", path], world),
  };
}

Deno.test("watch() --status-file shows another agent, what it goes through, and that it is gone", async () => {
  const { world, write, start } = look(10, { screen });
  const code = start();
  await elapse(world.clock, 11 * second);
  assertEquals(shown(world), [
    `${path}: no agent has written this file                       05:30:11`,
    "? lists keys, q leaves",
  ]);
  write(await writtenAt(10));
  await elapse(world.clock, 13 * second);
  assertEquals(shown(world).slice(0, 6), [
    `lifesign ${version}, process 4711: last report 12 s ago                     05:30:13`,
    "default at 192.0.2.1:3335                                          next in 47 s",
    "alive for 13 s, since 05:30:00",
    "rtt                                                               ▁        2 ms",
    "tries                                                                     1 try",
    "no answer 0 % in 15 min, 0 % in 24 h",
  ]);
  await elapse(world.clock, 64 * second);
  write(await writtenAt(65));
  await elapse(world.clock, 65 * second);
  write(await writtenAt(66));
  await elapse(world.clock, 67 * second);
  assertEquals(shown(world).slice(1, 8), [
    "default at 192.0.2.1:3335                                          next in 53 s",
    "alive for 1 s, since 05:31:06",
    "rtt                                                              ▁·           -",
    "tries                                                             3     3 tries",
    "no answer 0 % in 15 min, 0 % in 24 h",
    "05:31:06  silent → alive",
    "05:31:04  alive → silent",
  ]);
  await elapse(world.clock, 400 * second);
  assertEquals(shown(world).slice(0, 3), [
    `lifesign ${version}, process 4711: gone, last report 5 min ago              05:36:39`,
    "default at 192.0.2.1:3335",
    "alive? since 05:31:06",
  ]);
  world.terminal.press("q");
  assertEquals(await toEnd(world.clock, code), 0);
  assertEquals(world.datagrams.requests, []);
  assertEquals(world.terminal.screen, null);
  assertIdle(world);
  const [title] = world.terminal.output.split("\n");
  assertEquals(
    title,
    `lifesign ${version}, process 4711: gone, last report 5 min ago`,
  );
});

Deno.test("watch() --status-file sees that an agent is gone whose file can't be read any more", async () => {
  const { world, write, start } = look(10, { screen });
  write(await writtenAt(10));
  const code = start();
  await elapse(world.clock, 11 * second);
  write("{");
  await elapse(world.clock, 20 * second);
  assertEquals(shown(world)[2], "alive for 19 s, since 05:30:00");
  await elapse(world.clock, 400 * second);
  const [title, , verdict] = shown(world);
  assert(title!.includes("gone, last report 6 min ago"), title);
  assertEquals(verdict, "alive? since 05:30:00");
  assert(shown(world).at(-2)!.includes("it is damaged"));
  world.terminal.press("q");
  assertEquals(await toEnd(world.clock, code), 0);
});

Deno.test("watch() --status-file prints lines where there is no terminal", async () => {
  const { world, write, start } = look(10, {});
  write(await writtenAt(10));
  const code = start();
  await elapse(world.clock, 64 * second);
  write(await writtenAt(65));
  await elapse(world.clock, 65 * second);
  write("{");
  await elapse(world.clock, 70 * second);
  write(await writtenAt(200));
  await elapse(world.clock, 201 * second);
  world.signals.raise("SIGINT");
  assertEquals(await toEnd(world.clock, code), 130);
  const { output, errors } = world.terminal;
  assertEquals(output.split("\n"), [
    `2026-11-21T05:30:10Z lifesign ${version}, process 4711: last report 9 s ago`,
    "2026-11-21T05:30:10Z default: alive",
    "2026-11-21T05:31:05Z default: silent, was alive",
    `2026-11-21T05:31:11Z lifesign ${version}, process 4711: ended 0 s ago with status 10`,
    "2026-11-21T05:31:11Z default: dead, was silent",
    "",
  ]);
  assertEquals(
    errors,
    `${path}: Cannot read the status: it is damaged, expected a file that lifesign run --status-file writes\n`,
  );
});

Deno.test("watch() refuses a status that it can't rely on, and flags that would say nothing", async () => {
  const text = await writtenAt(10);
  const needless = (flag: string) =>
    `lifesign: Cannot use ${flag} together with --status-file: the agent that is looked at has its own settings\n`;
  const rows: [
    errors: string,
    code: number,
    file: { text: string; mode?: number },
    ...args: string[],
  ][] = [
    [
      `${path}: Cannot read the status: it is damaged, expected a file that lifesign run --status-file writes\n`,
      66,
      { text: "{" },
    ],
    [
      `${path}: Cannot trust the status: others can write the file, \`chmod go-w ${path}\` fixes that\n`,
      78,
      { text, mode: 0o666 },
    ],
    [
      'lifesign: Cannot find a session "lab": expected one that the agent keeps alive, e.g. default\n',
      64,
      { text },
      "lab",
    ],
    [
      needless("--gateway") + needless("--on-dead"),
      64,
      { text },
      ...["-g", "gw", "--on-dead=x"],
    ],
  ];
  for (const [errors, code, file, ...args] of rows) {
    const files = { [path]: { mode: 0o644, ...file } };
    const world = createFakeWorld({ screen, files });
    const ended = await app(["watch", "--status-file", path, ...args], world);
    const { terminal } = world;
    assertEquals([ended, terminal.errors], [code, errors]);
    assertEquals([terminal.output, terminal.drawings], ["", 0]);
  }
});

Deno.test("watch() looks at the agent that the settings name while that reports, else it is one", async () => {
  const conf = {
    text: `gateway = 192.0.2.1\nuid = 77\nstatus_file = ${path}\n`,
  };
  const fresh = await writtenAt(10);
  const ended = await writtenAt(10, "end");
  const args = ["watch", "-c", "conf"];
  type Row = [args: string[], text: string | null, at: number, looks: boolean];
  const rows: Row[] = [
    [args, fresh, 10, true],
    [args, fresh, 1_000, false],
    [args, ended, 10, false],
    [args, null, 10, false],
    [args, "{", 10, false],
    [[...args, "-u", "78"], fresh, 10, false],
  ];
  for (const [args, text, seconds, looks] of rows) {
    const files = {
      conf,
      ...text !== null && { [path]: { text, mode: 0o644 } },
    };
    const world = createFakeWorld({ screen, files, respond: life });
    world.clock.runUntil(seconds * second);
    const code = app(args, world);
    await elapse(world.clock, (seconds + 1) * second);
    const row = `${args.join(" ")} ${seconds}`;
    assertEquals(world.datagrams.requests.length === 0, looks, row);
    assertEquals(world.files.replacements.length === 0, looks, row);
    world.terminal.press("q");
    assertEquals(await toEnd(world.clock, code), 0, row);
  }
});
