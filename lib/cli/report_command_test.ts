import { assert, assertEquals } from "@std/assert";
import { app, minute } from "./test_app.ts";
import { formatRecord } from "../status/history.ts";
import {
  createFakeWorld,
  type FakeFile,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";
import type { Verdict } from "../verdict.ts";
import type { Fault } from "../world.ts";

const path = "/var/log/history";

/** When the fake world's wall clock begins. */
const now = Date.UTC(2026, 10, 21, 5, 30);

/** A line so many minutes ago. */
function line(ago: number, session = "dorm", verdict: Verdict = "alive") {
  const time = now - ago * minute;
  const cycle = {
    rtt: 2,
    answer: 2,
    tries: 1,
    lost: 0,
    error: null,
    reconnect: null,
  };
  const rest = { gateway: "gw:3335", up: null, next: minute };
  return formatRecord({ time, session, verdict, ...cycle, ...rest });
}

async function ask(
  files: Readonly<Record<string, FakeFile | Fault>>,
  args: readonly string[] = [],
  { isTerminal = false, ...options }: FakeWorldOptions & {
    readonly isTerminal?: boolean;
  } = {},
) {
  const world = createFakeWorld({ ...options, files });
  const terminal = Object.assign(Object.create(world.terminal), { isTerminal });
  const code = await app(["report", ...args], { ...world, terminal });
  assertEquals([world.datagrams.requests, world.mayStartProcesses], [
    [],
    false,
  ]);
  const { output, errors } = world.terminal;
  return { code, output, errors };
}

/** The figures of the sessions: how many cycles, and from when to when in minutes ago. */
async function figures(
  files: Readonly<Record<string, FakeFile | Fault>>,
  ...args: readonly string[]
) {
  const found = await ask(files, ["--history-file", path, "--json", ...args]);
  assertEquals([found.code, found.errors], [0, ""]);
  return JSON.parse(found.output).sessions.map((
    { session, cycles, from }: Record<string, string>,
  ) => [session, cycles, (now - Date.parse(from!)) / minute]);
}

Deno.test("report() reads the rotated files, too, whichever of them there are", async () => {
  const older = { text: line(5) + line(4) };
  const old = { text: line(3) + line(2) };
  const newest = { text: line(1) };
  assertEquals(await figures({ [path]: newest }), [["dorm", 1, 1]]);
  assertEquals(
    await figures({ [`${path}.2`]: older, [`${path}.1`]: old, [path]: newest }),
    [["dorm", 5, 5]],
  );
  // It was rotated just now, and one was removed.
  assertEquals(
    await figures({ [`${path}.100`]: older, [`${path}.1`]: old }),
    [["dorm", 4, 5]],
  );
});

Deno.test("report() tells of the sessions and the time that are asked for", async () => {
  const text = [5, 4, 3, 2, 1]
    .map((ago) => line(ago) + line(ago + 0.5, "lab")).join("");
  const files = { [path]: { text } };
  assertEquals(await figures(files), [["dorm", 5, 5], ["lab", 5, 5.5]]);
  assertEquals(await figures(files, "lab"), [["lab", 5, 5.5]]);
  const rows: [since: string, dorm: [number, number]][] = [
    ["150s", [2, 2.5]],
    ["2m30s", [2, 2.5]],
    ["1d", [5, 5]],
    ["2026-11-21T05:27:30Z", [2, 2.5]],
    ["2026-11-21T06:27:30.000+01:00", [2, 2.5]],
    ["2026-11-21 05:27:30z", [2, 2.5]],
    ["2026-11-19", [5, 5]],
  ];
  for (const [since, dorm] of rows) {
    const [found] = await figures(files, "--since", since, "dorm");
    assertEquals(found, ["dorm", ...dorm], since);
  }
  // Nothing was recorded since; the session is known all the same.
  assertEquals(await figures(files, "--since=10s"), [
    ...[["dorm", 0, 1 / 6], ["lab", 0, 1 / 6]],
  ]);
});

Deno.test("report() prints a page, or the timeline alone", async () => {
  const files = { [path]: { text: line(2) + line(1) } };
  const page = await ask(files, ["--history-file", path]);
  assertEquals([page.code, page.errors], [0, ""]);
  assert(page.output.startsWith("<!DOCTYPE html>\n"));
  assert(page.output.includes("Every cycle found the session alive."));
  const svg = await ask(files, ["--history-file", path, "--svg"]);
  assert(svg.output.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'));
  const empty = await ask({ [path]: {} }, ["--history-file", path]);
  assertEquals(empty.code, 0);
  assert(empty.output.includes("The history holds no cycle in that time."));
});

Deno.test("report() leaves damaged lines out, and says so", async () => {
  const text = `${line(2)}{"time":"2026-\n${line(1)}junk\n`;
  const args = ["--history-file", path];
  const found = await ask({ [path]: { text } }, args);
  assertEquals(found.code, 0);
  assertEquals(
    found.errors,
    `${path}: 2 lines are damaged and left out\n`,
  );
  assert(found.output.includes("2 lines of the history are damaged"));
  const json = await ask({ [path]: { text } }, [...args, "--json"]);
  assertEquals(JSON.parse(json.output).damaged_lines, 2);
});

Deno.test("report() refuses files that are no history, unless they are empty", async () => {
  const junk = { text: "# lifesign\n\nDid the session die?\n" };
  const args = ["--history-file", path, "--json"];
  for (const more of [[], ["dorm"]]) {
    const found = await ask({ [path]: junk }, [...args, ...more]);
    assertEquals([found.code, found.output, found.errors], [
      66,
      "",
      `${path}: Cannot read the history: it has no sound line, expected a file that lifesign run --history-file writes\n`,
    ]);
  }
  const codeOf = async (files: Parameters<typeof ask>[0]) =>
    (await ask(files, args)).code;
  assertEquals(await codeOf({ [path]: { text: "\n" } }), 0);
  const rotated = { [path]: junk, [`${path}.1`]: { text: line(2) } };
  assertEquals(await codeOf(rotated), 0);
});

Deno.test("report() refuses what it can't do", async () => {
  const text = line(1);
  const good = { [path]: { text } };
  const named = ["--history-file", path];
  const noSince = (text: string) =>
    `--since: Cannot read "${text}": expected a duration or a time, e.g. 24h, 2026-11-21 or 2026-11-21T14:00:00+01:00`;
  const rows: [
    errors: string,
    code: number,
    args?: string[],
    files?: Parameters<typeof ask>[0],
  ][] = [
    [`${path}: Cannot read the history: there is no such file`, 66, named, {}],
    [`${path}.1: Cannot read the history: no`, 66, named, {
      [path]: { text },
      [`${path}.1`]: { code: "EACCES", message: "no" },
    }],
    [
      `${path}: Cannot trust the history: others can write the file, \`chmod go-w ${path}\` fixes that`,
      78,
      named,
      { [path]: { text, mode: 0o666 } },
    ],
    [
      'lifesign: Cannot find a session "drom": expected one that is in the history, e.g. dorm; did you mean "dorm"?',
      64,
      [...named, "drom"],
    ],
    [
      "--svg: Cannot choose between --json and --svg: expected only one of them",
      78,
      [...named, "--json", "--svg"],
    ],
    ...["24", "2026-13-01", "2026-02-29"].map((
      since,
    ): [string, number, string[]] => [
      noSince(since),
      78,
      [...named, "--since", since],
    ]),
    [
      'lifesign: Cannot find a history: no file is named, expected --history-file, LIFESIGN_HISTORY_FILE or a line "history_file = FILE", e.g. --history-file /var/log/lifesign.jsonl',
      78,
    ],
  ];
  for (const [errors, code, args = [], files = good] of rows) {
    const wanted = { code, output: "", errors: `${errors}\n` };
    assertEquals(await ask(files, args), wanted);
  }
});

Deno.test("report() prints neither a page nor a picture on a terminal", async () => {
  const files = { [path]: { text: line(1) } };
  const rows: [flags: string[], what: string, file: string][] = [
    [[], "a page", "-o report.html"],
    [["-o", "-"], "a page", "-o report.html"],
    [["--svg"], "a picture", "--svg -o report.svg"],
  ];
  for (const [flags, what, file] of rows) {
    const args = ["--history-file", path, ...flags];
    assertEquals(await ask(files, args, { isTerminal: true }), {
      code: 64,
      output: "",
      errors:
        `lifesign: Cannot show ${what} on a terminal: expected a file, e.g. \`lifesign report ${file}\`\n`,
    });
  }
  const args = ["--history-file", path, "--json"];
  const { code } = await ask(files, args, { isTerminal: true });
  assertEquals(code, 0);
});

Deno.test("report() takes a history by its name, and sessions after it", async () => {
  const text = line(2) + line(1, "lab");
  const files = { [path]: { text }, h: { text }, dorm: { text: "" } };
  const rows: [args: string[], sessions: string[]][] = [
    [[path], ["dorm", "lab"]],
    [["h"], ["dorm", "lab"]],
    [["h", "lab"], ["lab"]],
    // A file of the name of a session: the flag says which is which.
    [["--history-file", "h", "dorm"], ["dorm"]],
  ];
  for (const [args, sessions] of rows) {
    const { code, output, errors } = await ask(files, ["--json", ...args]);
    assertEquals([code, errors], [0, ""]);
    assertEquals(
      JSON.parse(output).sessions.map(({ session }: { session: string }) =>
        session
      ),
      sessions,
    );
  }
  for (const name of ["./none", "none"]) {
    assertEquals(await ask(files, [name]), {
      code: 66,
      output: "",
      errors: `${name}: Cannot read the history: there is no such file\n`,
    });
  }
});

Deno.test("report() writes a file, also from a terminal", async () => {
  const files = { [path]: { text: line(1) } };
  const environment = { HOME: "/home/me" };
  const fault = { code: "ENOSPC", message: "the disk is full" };
  const rows: [flags: string[], begin: string][] = [
    [[], "<!DOCTYPE html>"],
    [["--svg"], "<svg "],
    [["--json"], "{"],
  ];
  for (const [flags, begin] of rows) {
    const world = createFakeWorld({ files, environment });
    const terminal = Object.create(world.terminal);
    Object.assign(terminal, { isTerminal: true });
    const args = ["report", path, "-o", "~/r", ...flags];
    assertEquals(await app(args, { ...world, terminal }), 0);
    const [written, ...more] = world.files.replacements;
    assertEquals([written?.path, written?.mode], ["/home/me/r", 0o600]);
    assert(written!.text.startsWith(begin));
    assertEquals([more.length, world.terminal.output], [0, ""]);
  }
  assertEquals(
    await ask(files, [path, "-o", "r"], { unwritable: { r: fault } }),
    {
      code: 73,
      output: "",
      errors: "r: Cannot write the report: the disk is full\n",
    },
  );
});

Deno.test("report() finds the file as run does", async () => {
  const files = { "/home/me/h": { text: line(1) } };
  const environment = { HOME: "/home/me" };
  const config = { text: "history_file = ~/h\n[dorm]\n[lab]\n" };
  const rows: [args: string[], options: FakeWorldOptions][] = [
    [["--history-file=~/h"], { environment }],
    [[], { environment: { ...environment, LIFESIGN_HISTORY_FILE: "~/h" } }],
  ];
  for (const [args, options] of rows) {
    assertEquals((await ask(files, args, options)).code, 0);
  }
  const all = { ...files, "/etc/lifesign.conf": config };
  const { code, output } = await ask(all, ["dorm", "--json"], { environment });
  assertEquals([code, JSON.parse(output).sessions.length], [0, 1]);
});
