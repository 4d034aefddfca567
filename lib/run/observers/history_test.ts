import { assert, assertEquals } from "@std/assert";
import { app } from "../../cli/test_app.ts";
import { encodeReply } from "../../protocol/srun.ts";
import { parseRecord } from "../../status/history.ts";
import type { FakeReply, FakeRequest } from "../../testing/fake_network.ts";
import { version } from "../../version.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
} from "../../testing/fake_world.ts";

const config = "/etc/lifesign.conf";

/** A world with a running agent and its settings, which may change. */
function setUp(
  text: string,
  { respond = () => [{ bytes: encodeReply(77n), after: 2 }], ...options }:
    FakeWorldOptions = {},
) {
  const files = { [config]: { text } };
  const world = createFakeWorld({ ...options, respond, files });
  const code = app(["run", "-g", "192.0.2.1", "-u", "77"], world);
  return {
    world,
    code,
    /** What is in a file, as far as it is no matter of taste. */
    read: (path = "/h") =>
      (world.logFiles.opened.get(path)?.text ?? "").split("\n").slice(0, -1)
        .map((line) => {
          const record = parseRecord(line);
          if (record === null || "login" in record) return line;
          if ("watch" in record) return `every ${record.watch.interval}`;
          return "late" in record
            ? `late ${record.answer}`
            : `${record.verdict} ${record.rtt} ${record.lost} ${record.next}`;
        }),
    async reload(text: string) {
      files[config]!.text = text;
      world.signals.raise("SIGHUP");
      await elapse(world.clock, world.clock.now() + 1);
    },
    async stop() {
      world.signals.raise("SIGTERM");
      assertEquals(await code, 0);
    },
  };
}

Deno.test("historyLines() writes a line for each cycle, and one for what comes late", async () => {
  const late = 9_000;
  let requests = 0;
  const respond = ({ bytes: _ }: FakeRequest): FakeReply[] => {
    requests++;
    if (requests === 1) return [{ bytes: encodeReply(77n), after: 2 }];
    return requests === 2 ? [{ bytes: encodeReply(77n), after: late }] : [];
  };
  const { world, read, stop } = setUp("history_file = /h\n", { respond });
  await elapse(world.clock, 70_000);
  assertEquals(read(), [
    "every 60000",
    "alive 2 0 59998",
    "silent null 3 5250",
    `late ${late}`,
  ]);
  const [watch, first] = world.logFiles.opened.get("/h")!.text.split("\n");
  assertEquals(
    JSON.parse(watch!).watch,
    {
      version,
      target: "srun://192.0.2.1:3335",
      interval_ms: 60_000,
      timeout_ms: 1_000,
      tries: 3,
    },
  );
  assertEquals(
    first,
    '{"time":"2026-11-21T05:30:00.002Z","up":"1b2c3d4e+0","session":"default","gateway":"192.0.2.1:3335","verdict":"alive","rtt_ms":2,"tries":1,"next_ms":59998}',
  );
  await stop();
  assertEquals(world.logFiles.opened.get("/h")!.isOpen, false);
});

Deno.test("historyLines() writes how each login ended", async () => {
  const exits = [1, 0];
  const text = "gateway = 192.0.2.1\nuid_file = uid\nlogin = l\n" +
    "history_file = /h\n";
  const files: Record<string, { text: string }> = {
    [config]: { text },
    uid: { text: "" },
  };
  const world = createFakeWorld({
    files,
    respond: () => [{ bytes: encodeReply(77n), after: 2 }],
    commands: () => {
      const code = exits.shift()!;
      const effect = () => {
        if (code === 0) files["uid"] = { text: "77\n" };
      };
      return { after: 1_000, code, effect };
    },
  });
  const code = app(["run"], world);
  await elapse(world.clock, 60_000);
  const lines = world.logFiles.opened.get("/h")!.text.split("\n");
  const kinds = lines.slice(0, -1).map((line) => {
    const { login, watch, verdict } = JSON.parse(line);
    return login ?? verdict ?? (watch && "watch");
  });
  assertEquals(kinds, [1, 0, "watch", "alive"]);
  world.signals.raise("SIGTERM");
  await code;
});

Deno.test("historyLines() is rotated as the log is, and follows the settings", async () => {
  const { world, read, reload, stop } = setUp(
    "history_file = /h\nlog_max_bytes = 1MiB\nlog_backups = 2\n",
  );
  await elapse(world.clock, 1_000);
  const { opened } = world.logFiles;
  const { maxBytes, backups } = opened.get("/h")!.options;
  assertEquals([maxBytes, backups], [1_048_576, 2]);
  await reload("history_file = /h\nlog_max_bytes = 0\n");
  assertEquals(opened.get("/h")!.reopened, [{ maxBytes: 0, backups: 3 }]);
  await reload("history_file = ~/i\n");
  assertEquals(opened.get("/h")!.isOpen, false);
  await elapse(world.clock, 61_000);
  assertEquals([read("/h").length, read("~/i").length], [2, 2]);
  await reload("");
  assertEquals(opened.get("~/i")!.isOpen, false);
  await elapse(world.clock, 121_000);
  assertEquals(read("~/i").length, 2);
  await stop();
});

Deno.test("historyLines() that can't be written at the start ends the program; later the old one goes on", async () => {
  const fault = { code: "EACCES", message: "this user may not write it" };
  const world = createFakeWorld({ files: { "/h": fault } });
  const args = ["run", "-g", "192.0.2.1", "-u", "77", "--history-file=/h"];
  assertEquals(await app(args, world), 73);
  assertEquals(
    world.terminal.errors,
    "/h: Cannot write the history: this user may not write it\n",
  );

  const files = { [config]: { text: "history_file = /h\n" }, "/i": fault };
  const agent = createFakeWorld({
    files,
    respond: () => [{ bytes: encodeReply(77n), after: 2 }],
  });
  const code = app(["run", "-g", "192.0.2.1", "-u", "77"], agent);
  await elapse(agent.clock, 1_000);
  files[config]!.text = "history_file = /i\n";
  agent.signals.raise("SIGHUP");
  await elapse(agent.clock, 61_000);
  const { text, options } = agent.logFiles.opened.get("/h")!;
  assertEquals(text.split("\n").length, 4);
  options.onFault("write", { code: "ENOSPC", message: "the disk is full" });
  options.onRecovery!(7);
  assertEquals(
    agent.terminal.errors.split("\n").filter((line) => line.includes("history"))
      .map((line) => line.slice(21)),
    [
      "warn /i: Cannot write the history: this user may not write it; the old file stays in use",
      "warn /h: Cannot write the history: the disk is full; cycles are missing in it until that has changed",
      "info /h: The history is written again; 7 lines are missing in it",
    ],
  );
  agent.signals.raise("SIGTERM");
  await code;
});

Deno.test("historyLines() writes at most 3 MB a week at the default interval, whatever the network does", async () => {
  const rows: [network: string, respond: () => FakeReply[]][] = [
    ["well", () => [{ bytes: encodeReply(77n), after: 2 }]],
    ["never answers", () => []],
    // Each fault is followed by a cycle that is due soon.
    [
      "answers every other cycle",
      // Three tries a fault, and one that is answered.
      (() => {
        let requests = 0;
        return () =>
          ++requests % 4 === 0 ? [{ bytes: encodeReply(77n), after: 2 }] : [];
      })(),
    ],
  ];
  for (const [network, respond] of rows) {
    const { world, stop } = setUp("history_file = /h\n", { respond });
    const day = 24 * 60 * 60 * 1_000;
    await elapse(world.clock, day);
    const { length } = world.logFiles.opened.get("/h")!.text;
    const megabytes = 7 * length / 1e6;
    assert(megabytes <= 3, `${network}: ${megabytes} MB`);
    assert(megabytes > 1, `${network}: ${megabytes} MB`);
    await stop();
  }
});
