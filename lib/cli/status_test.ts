import { assert, assertEquals } from "@std/assert";
import { app, minute, second } from "./test_app.ts";
import { deadUid, decodeRequest, encodeReply } from "../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeFile,
  type FakeWorldOptions,
  settle,
  toEnd,
} from "../testing/fake_world.ts";
import type { Fault } from "../world.ts";
import { version } from "../version.ts";

const day = 24 * 60 * minute;

const path = "/run/status.json";

/** A configuration with two sessions. At the gateway the UID 1 is dead, 2 is never answered, all others are alive. */
function config(dorm: number, lab: number): FakeWorldOptions {
  const text = `gateway = 192.0.2.1
status_file = ${path}
[dorm]
uid = ${dorm}
[lab]
uid = ${lab}
`;
  return {
    files: { "/etc/lifesign.conf": { text } },
    respond({ bytes }) {
      const uid = decodeRequest(bytes)!;
      if (uid === 2n) return [];
      return [{ bytes: encodeReply(uid === 1n ? deadUid : uid), after: 2 }];
    },
  };
}

/** What an agent has written into its status file after so long; it ended or goes on. */
async function statusAfter(
  time: number,
  options: FakeWorldOptions,
  end: "end" | "go on" = "go on",
): Promise<string> {
  const world = createFakeWorld(options);
  const code = app(["run"], world);
  await elapse(world.clock, time);
  if (end === "end") {
    world.signals.raise("SIGTERM");
    await toEnd(world.clock, code);
  }
  return world.files.replacements.at(-1)!.text;
}

/** Asks for the status so long after the start of an agent that wrote this. */
async function ask(
  at: number,
  file: FakeFile | Fault | string | null,
  args: readonly string[] = ["--status-file", path],
  options: FakeWorldOptions = {},
) {
  const content = typeof file === "string" ? { text: file, mode: 0o644 } : file;
  const files = { ...options.files, ...content && { [path]: content } };
  const world = createFakeWorld({ ...options, files });
  let revoked = false;
  world.clock.runUntil(at);
  const code = await app(["status", ...args], {
    ...world,
    revokeRun() {
      revoked = true;
      return true;
    },
  });
  assertEquals([world.datagrams.requests, revoked], [[], true]);
  const { output, errors } = world.terminal;
  return { code, output, errors };
}

Deno.test("status() shows what the agent last found out in aligned lines", async () => {
  const text = await statusAfter(90 * second, config(3, 2));
  assertEquals(await ask(100 * second, text), {
    code: 20,
    output: `lifesign ${version}, process 4711: last report 25 s ago
SESSION  VERDICT  SINCE      LAST ALIVE  RTT MIN/AVG/MAX  MISS 15m/24h  NEXT
dorm     alive    1 min ago  40 s ago    2/2/2 ms         0/0 %         in 20 s
lab      silent   1 min ago  never       -                100/100 %     in 30 s
`,
    errors: "",
  });
});

Deno.test("status() prints JSON for programs", async () => {
  const text = await statusAfter(90 * second, config(3, 2));
  const { code, output } = await ask(100 * second, text, [
    ...["--json", "dorm", "--status-file", path],
  ]);
  const { sessions, ...agent } = JSON.parse(text);
  delete agent.format;
  assertEquals(code, 0);
  assertEquals(output.split("\n").length, 2);
  assertEquals(JSON.parse(output), {
    verdict: "alive",
    exit_code: 0,
    state: "running",
    agent,
    sessions: [sessions[0]],
  });
  const none = await ask(0, null, ["--json", "--status-file", path]);
  assertEquals([none.code, none.output], [
    30,
    '{"verdict":null,"exit_code":30,"state":"absent","agent":null,"sessions":[]}\n',
  ]);
});

Deno.test("status() ends with the code of the last verdict, and knows when the agent is gone", async () => {
  const both = await statusAfter(90 * second, config(3, 4));
  const silent = await statusAfter(90 * second, config(3, 2));
  const dead = await statusAfter(90 * second, config(1, 2));
  const stopped = await statusAfter(90 * second, config(3, 4), "end");
  const deadAndStopped = await statusAfter(90 * second, config(1, 4), "end");
  const begun = await statusAfter(0, config(3, 4));
  // Due at 120 s, given 37.25 s to report.
  const staleAt = 157_250;
  const rows: [
    what: string,
    text: string | null,
    at: number,
    names: string[],
    code: number,
    first: string,
  ][] = [
    ["alive", both, 100 * second, [], 0, "last report 40 s ago"],
    ["alive in time", both, staleAt, [], 0, "last report 1 min ago"],
    [
      "late",
      both,
      staleAt + 1,
      [],
      30,
      "gone, last report 1 min ago, the next one was due 0 s ago",
    ],
    ["late by days", both, 3 * day, ["lab"], 30, "gone, last report 2 d ago"],
    ["silent", silent, 100 * second, [], 20, "last report"],
    ["one of them", silent, 100 * second, ["dorm"], 0, "last report"],
    ["both by name", silent, 100 * second, ["lab", "dorm"], 20, "last report"],
    ["silent, late", silent, day, [], 30, "gone"],
    ["dead", dead, 100 * second, [], 10, "last report"],
    ["dead, however old", dead, 300 * day, [], 10, "gone"],
    ["dead, not asked for", dead, 100 * second, ["lab"], 20, "last report"],
    ["dead, not asked for, late", dead, day, ["lab"], 30, "gone"],
    ["ended", stopped, 100 * second, [], 30, "ended 10 s ago with status 0"],
    ["dead, ended", deadAndStopped, 3 * day, [], 10, "ended 2 d ago"],
    ["no verdict yet", begun, 0, [], 30, "last report 0 s ago"],
    ["no file", null, 0, [], 30, "no agent has written this file"],
    ["no file, a session", null, 0, ["dorm"], 30, "no agent has written"],
  ];
  for (const [what, text, at, names, code, first] of rows) {
    const args = ["--status-file", path, ...names];
    const found = await ask(at, text, args);
    assertEquals([found.code, found.errors], [code, ""], what);
    const [line] = found.output.split("\n");
    assert(line!.includes(`: ${first}`), `${what}: ${line}`);
    const quiet = await ask(at, text, [...args, "-q"]);
    assertEquals(quiet, { ...found, output: code === 0 ? "" : found.output });
  }
});

Deno.test("status() tells what has gone on elsewhere", async () => {
  const options = config(3, 4);
  const world = createFakeWorld(options);
  const code = app(["run"], world);
  await elapse(world.clock, 90 * second);
  const { text } = options.files!["/etc/lifesign.conf"] as FakeFile;
  Object.assign(options.files!, {
    "/etc/lifesign.conf": { text: text!.replace(path, "/run/new.json") },
  });
  world.signals.raise("SIGHUP");
  await settle();
  const old = world.files.replacements.findLast((file) => file.path === path)!;
  world.signals.raise("SIGTERM");
  await toEnd(world.clock, code);
  const found = await ask(100 * second, old.text);
  assertEquals(found.code, 30);
  assert(
    found.output.startsWith(
      `lifesign ${version}, process 4711: goes on in another status file, since 10 s ago\n`,
    ),
    found.output,
  );
});

Deno.test("status() refuses what it can't rely on", async () => {
  const text = await statusAfter(90 * second, config(3, 4));
  const unreadable = `${path}: Cannot read the status: `;
  const damaged =
    `${unreadable}it is damaged, expected a file that lifesign run --status-file writes`;
  const distrusted = `${path}: Cannot trust the status: `;
  const noAccess = { code: "EACCES", message: "reading it is not permitted" };
  const newer = text.replace('"format": 1', '"format": 2');
  const rows: [
    errors: string,
    code: number,
    file: Parameters<typeof ask>[1],
    ...args: string[],
  ][] = [
    [`${unreadable}reading it is not permitted`, 66, noAccess],
    [damaged, 66, text.slice(0, 300)],
    [damaged, 66, ""],
    [
      `${unreadable}a newer lifesign wrote it, use that one to read it`,
      66,
      newer,
      "--json",
    ],
    [
      `${distrusted}others can write the file, \`chmod go-w ${path}\` fixes that`,
      78,
      { text, mode: 0o664 },
    ],
    [
      `${distrusted}the file belongs to user 1001, expected root or user 1000`,
      78,
      { text, owner: 1001 },
    ],
    [
      'lifesign: Cannot find a session "drom": expected one that the agent keeps alive, e.g. dorm; did you mean "dorm"?',
      64,
      text,
      "drom",
    ],
    [
      'lifesign: Cannot use "--status": there is no such flag here',
      64,
      text,
      "--status",
      "x",
    ],
  ];
  for (const [errors, code, file, ...more] of rows) {
    const args = ["--status-file", path, ...more];
    const found = await ask(100 * second, file, args);
    assertEquals([found.code, found.output], [code, ""], errors);
    assert(found.errors.startsWith(errors), found.errors);
  }
  const byRoot = await ask(100 * second, { text, owner: 0, mode: 0o644 });
  assertEquals(byRoot.code, 0);
});

Deno.test("status() finds the file as run does", async () => {
  const text = await statusAfter(90 * second, config(3, 4));
  const unset =
    'lifesign: Cannot find a status: no file is named, expected --status-file, LIFESIGN_STATUS_FILE or a line "status_file = FILE", e.g. --status-file /run/lifesign/status.json\n';
  const broken = { files: { "/etc/lifesign.conf": { text: "gatewy = x" } } };
  const rows: [
    args: string[],
    options: FakeWorldOptions,
    code?: number,
    errors?: string,
  ][] = [
    [[], config(3, 4)],
    [["dorm"], config(3, 4)],
    [[], { environment: { LIFESIGN_STATUS_FILE: path } }],
    [["--status-file", "~/status.json"], { environment: { HOME: "/run" } }],
    [["--status-file", path], broken],
    [
      [],
      broken,
      78,
      '/etc/lifesign.conf:1:1: Cannot set "gatewy": unknown setting; did you mean "gateway"?\n',
    ],
    [[], {}, 78, unset],
    [
      ["--status-file", "-"],
      {},
      78,
      '--status-file: Cannot read "-": expected a file name, e.g. ./file\n',
    ],
    [
      ["--status-file", ""],
      {},
      78,
      '--status-file: Cannot read "": expected a file name, e.g. ./file\n',
    ],
    [
      ["--status-file", path, "-c", "/no/such"],
      {},
      66,
      "/no/such: Cannot read the configuration: there is no such file\n",
    ],
  ];
  for (const [args, options, code = 0, errors = ""] of rows) {
    const found = await ask(100 * second, text, args, options);
    assertEquals([found.code, found.errors], [code, errors], args.join(" "));
  }
});

/** The status of a session that has been alive since the start of its agent 65 s ago, as one sees it after so long whose clock was set. */
async function afterStep(
  { at, step, ...options }: FakeWorldOptions & {
    readonly at: number;
    readonly step: number;
  },
  wallTime: number,
) {
  const text = await statusAfter(65 * second, { ...config(3, 4), wallTime });
  const files = { [path]: { text, mode: 0o644 } };
  const world = createFakeWorld({
    wallTime: wallTime + step,
    ...options,
    files,
  });
  world.clock.runUntil(at);
  const code = await app(["status", "--status-file", path, "dorm"], world);
  const [title, , row] = world.terminal.output.split("\n");
  return [code, title!.split(": ")[1], row!.split(/ {2,}/).slice(1, 4).join()];
}

Deno.test("status() goes by the uptime, whatever becomes of the clock", async () => {
  const now = Date.UTC(2026, 10, 21, 5, 30);
  const alive: unknown[] = [
    0,
    "last report 10 s ago",
    "alive,1 min ago,10 s ago",
  ];
  const gone: unknown[] = [
    30,
    "gone, last report 4 min ago, the next one was due 2 min ago",
    "alive,5 min ago,4 min ago",
  ];
  for (const step of [0, -day]) {
    assertEquals(await afterStep({ at: 70 * second, step }, now), alive);
    assertEquals(await afterStep({ at: 5 * minute, step }, now), gone);
  }
  // A router that begins in 1970 and asks what time it is.
  const jump = { at: 70 * second, step: now };
  assertEquals(await afterStep(jump, 0), alive);
  const dead = { at: 5 * minute, step: now };
  assertEquals(await afterStep(dead, 0), gone);
  // Without a boot id neither clock alone is to be believed.
  for (const step of [0, -day, 30 * minute]) {
    const unknown = { at: 5 * minute, step, bootId: null };
    assertEquals((await afterStep(unknown, now))[0], 30, `${step}`);
  }
  const unknown = { at: 70 * second, step: 0, bootId: null };
  assertEquals((await afterStep(unknown, now))[0], 0);
});

Deno.test("status() fits into a terminal, with as many columns as there is room for", async () => {
  const named = (name: string) => ({
    text:
      `gateway = 192.0.2.1\nstatus_file = ${path}\n[${name}]\nuid = 3\n[lab]\nuid = 4\n`,
  });
  for (const name of ["d", "dormitory-seven", "a".repeat(30)]) {
    const files = { files: { "/etc/lifesign.conf": named(name) } };
    const text = await statusAfter(90 * second, files);
    const { output } = await ask(100 * second, text);
    for (const line of output.split("\n")) {
      assert(line.length <= 80, `${line.length}: ${line}`);
    }
    assert(output.includes(`${name}  `), output);
  }
});
