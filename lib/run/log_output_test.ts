import { assertEquals } from "@std/assert";
import { app } from "../cli/test_app.ts";
import { encodeReply } from "../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeFile,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";
import type { Fault } from "../world.ts";

const base = ["run", "-g", "192.0.2.1", "-u", "77"];

/** A world with a running agent whose session is alive. */
async function setUp(args: readonly string[], options: FakeWorldOptions = {}) {
  const world = createFakeWorld({
    respond: () => [{ bytes: encodeReply(77n), after: 2 }],
    ...options,
  });
  const code = app([...base, ...args], world);
  await elapse(world.clock, 1000);
  return {
    world,
    stderr: () => lines(world.terminal.errors),
    log: (path = "/l") => lines(world.logFiles.opened.get(path)?.text ?? ""),
    async hangUp() {
      world.signals.raise("SIGHUP");
      await elapse(world.clock, world.clock.now() + 1000);
    },
    async stop() {
      world.signals.raise("SIGTERM");
      return await code;
    },
    code,
  };
}

/** Without what begins each line, which other tests look at. */
function lines(text: string): string[] {
  return text.split("\n").slice(0, -1).map((line) =>
    line.replace(/^2026-11-21T05:30:\d\dZ /, "")
      .replace(/^(info|<6>)lifesign .*/, "$1lifesign")
      .replace(/^info lifesign .*/, "info lifesign")
  );
}

const alive = "info default: alive (192.0.2.1:3335, 2 ms, 1 try)";

Deno.test("createLogOutput() logs to a file instead of stderr", async () => {
  const agent = await setUp(["--log-file=/l", "--log-backups=7"]);
  assertEquals(await agent.stop(), 0);
  assertEquals(agent.log(), ["info lifesign", alive, "info stopped"]);
  assertEquals(agent.stderr(), []);
  const { maxBytes, backups } = agent.world.logFiles.opened.get("/l")!.options;
  assertEquals([maxBytes, backups], [10 * 1024 * 1024, 7]);
});

Deno.test("createLogOutput() is quiet on stderr alone, and minds the level everywhere", async () => {
  const quiet = await setUp(["-q", "--log-file=/l"]);
  assertEquals(quiet.log(), ["info lifesign", alive]);
  const warn = await setUp(["--log-level=warn", "--log-file=/l"]);
  assertEquals(warn.log(), []);
});

Deno.test("createLogOutput() knows the way home", async () => {
  const environment = { HOME: "/home/u", LIFESIGN_LOG_FILE: "~/l" };
  const agent = await setUp([], { environment });
  assertEquals([...agent.world.logFiles.opened.keys()], ["/home/u/l"]);
});

Deno.test("createLogOutput() writes JSON or text, and the journal gets priorities", async () => {
  const json = (session: string) =>
    `{"time":"2026-11-21T05:30:00.002Z","level":"info","message":"${
      alive.slice(5)
    }"${session}}`;
  const rows: [args: string[], isJournal: boolean, line: string][] = [
    [[], false, alive],
    [[], true, `<6>${alive.slice(5)}`],
    [["--log-format=json"], false, json(',"session":"default"')],
    [["--log-format=json"], true, json(',"session":"default"')],
  ];
  for (const [args, isJournal, line] of rows) {
    const { stderr } = await setUp(args, { isJournal });
    assertEquals(stderr()[1], line);
  }
  // Only stderr is the journal.
  const { log } = await setUp(["--log-file=/l"], { isJournal: true });
  assertEquals(log()[1], alive);
});

Deno.test("createLogOutput() refuses a file that can't be written, along with all else that is wrong", async () => {
  const files = { "/l": { code: "EISDIR", message: "it is a directory" } };
  const only = await setUp(["--log-file=/l"], { files });
  assertEquals(await only.code, 73);
  const words = "/l: Cannot write the log: it is a directory";
  assertEquals(only.stderr(), [words]);
  const more = await setUp(["--log-file=/l", "--tries=x"], { files });
  assertEquals(await more.code, 78);
  assertEquals(more.stderr(), [
    words,
    '--tries: Cannot read "x": expected a whole number from 1 to 20, e.g. 3',
  ]);
});

Deno.test("createLogOutput() tells on stderr what is wrong with the file, and in the file what is missing", async () => {
  const rows: [args: string[], isJournal: boolean, line: string][] = [
    [[], false, "error "],
    [["-q"], false, "error "],
    [[], true, "<3>"],
  ];
  const fault = { code: "ENOSPC", message: "the disk is full" };
  for (const [args, isJournal, start] of rows) {
    const agent = await setUp(["--log-file=/l", ...args], { isJournal });
    const { onFault, lossLine } = agent.world.logFiles.opened.get("/l")!
      .options;
    onFault("write", fault);
    onFault("rotate", { code: "EACCES", message: "it is not permitted" });
    assertEquals(agent.stderr(), [
      `${start}/l: Cannot write the log: the disk is full; lines are lost until that has changed`,
      `${start}/l: Cannot rotate the log: it is not permitted; it grows until that has changed`,
    ]);
    assertEquals(lines(lossLine(1)), [
      "warn 1 line is missing here: the log could not be written",
    ]);
    assertEquals(lines(lossLine(12)), [
      "warn 12 lines are missing here: the log could not be written",
    ]);
  }
});

/** A configuration that a test changes. */
function configured(text: string) {
  const files: Record<string, FakeFile | Fault> = {};
  const configure = (text: string) => {
    files["/etc/lifesign.conf"] = { text };
  };
  configure(text);
  return { files, configure };
}

Deno.test("createLogOutput() opens the file anew at SIGHUP, with what the settings say by then", async () => {
  const { files, configure } = configured("log_file = /l\n");
  const agent = await setUp([], { files });
  configure("log_file = /l\nlog_max_bytes = 1k\nlog_format = json\n");
  await agent.hangUp();
  const { reopened } = agent.world.logFiles.opened.get("/l")!;
  assertEquals(reopened, [{ maxBytes: 1024, backups: 3 }]);
  assertEquals(
    agent.log().at(-1),
    '{"time":"2026-11-21T05:30:01.000Z","level":"info","message":"read the settings again"}',
  );
  assertEquals(agent.stderr(), []);
});

Deno.test("createLogOutput() goes on elsewhere after SIGHUP", async () => {
  const { files, configure } = configured("");
  const agent = await setUp([], { files });
  const { opened } = agent.world.logFiles;
  configure("log_file = /l\n");
  await agent.hangUp();
  configure("log_file = /other\n");
  await agent.hangUp();
  assertEquals(opened.get("/l")?.isOpen, false);
  configure("log_level = warn\n");
  await agent.hangUp();
  assertEquals(opened.get("/other")?.isOpen, false);
  configure("");
  await agent.hangUp();
  const news = "info read the settings again";
  assertEquals(agent.stderr(), ["info lifesign", alive, news]);
  assertEquals([agent.log("/l"), agent.log("/other")], [[news], [news]]);
});

Deno.test("createLogOutput() stays where it is when the settings are wrong at SIGHUP", async () => {
  const { files, configure } = configured("log_file = /l\n");
  files["/bad"] = { code: "EISDIR", message: "it is a directory" };
  const agent = await setUp([], { files });
  const { opened } = agent.world.logFiles;
  const old = "error the settings are wrong; the old ones stay in force";
  configure("log_file = /bad\nlog_level = debug\n");
  await agent.hangUp();
  assertEquals(agent.log().slice(2), [
    "error /bad: Cannot write the log: it is a directory",
    old,
  ]);
  configure("log_file = /other\ninterval = 1ms\n");
  await agent.hangUp();
  assertEquals(opened.get("/other")?.isOpen, false);
  assertEquals(opened.get("/other")?.text, "");
  assertEquals(agent.log().at(-1), old);
  assertEquals(agent.stderr(), []);
});
