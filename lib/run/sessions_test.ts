import "../config/file.ts";
import "./identity_reader.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { load } from "../config/load.ts";
import { fileSettings, sessionSettings } from "../config/settings.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import {
  createFakeWorld,
  type FakeFile,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import { parseArguments } from "../cli/arguments.ts";
import { requestOf } from "../cli/invocation.ts";
import { type OpenSession, openSessions } from "./sessions.ts";
// Virtual time does not wait for what is loaded at need.
import "../probe/stream/stream_probe.ts";
import "../session/opinions.ts";
import { protocols } from "../protocol/protocols.ts";
import "./setting_files.ts";

for (const { load } of protocols) await load();

/** Reads the sessions of a command line; collects the warnings. */
async function read(
  line: string,
  options: FakeWorldOptions = {},
  mistakes: readonly Mistake[] = [],
) {
  const words = line === "" ? [] : line.split(" ");
  const args = parseArguments(words, {
    settings: sessionSettings,
    switches: [],
  });
  const warnings: string[] = [];
  const world = createFakeWorld(options);
  const { clock } = world;
  const loaded = await load(requestOf(args, "run"), world);
  const opening = openSessions(loaded, world, {
    mistakes: [...args.mistakes, ...mistakes],
    warn: (message) => warnings.push(message),
  });
  const sessions = await toEnd(clock, opening);
  return { session: sessions[0]!, sessions, warnings, clock };
}

/** What a command line is refused with. */
async function refusal(
  line: string,
  options: FakeWorldOptions = {},
): Promise<string[]> {
  const error: LifesignError = await assertRejects(
    () => read(line, options),
    LifesignError,
  );
  return error.mistakes.map(({ kind, message }) => `${kind}: ${message}`);
}

const wantsNumber =
  "expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456";

Deno.test("openSessions() reads the one session that there is", async () => {
  for (const operands of ["", " default", " default default"]) {
    const { sessions, warnings } = await read(`-g gw:1 -u 77${operands}`);
    assertEquals(warnings, []);
    assertEquals(sessions.length, 1);
    const [{ readIdentity, protocol, values, createProbe: _, ...session }] =
      sessions as [OpenSession];
    assertEquals([readIdentity, protocol], [null, srun]);
    const own = { uid: "77", uidFile: null, strictReply: true };
    const ofOthers = {
      send: null,
      expect: null,
      caFile: null,
      tlsName: null,
      headersFile: null,
      cookieFile: null,
      keyFile: null,
    };
    for (const [setting, value] of Object.entries(own)) {
      assertEquals(values[setting], value, setting);
    }
    assertEquals<unknown>({ ...session, ...own }, {
      name: "default",
      target: null,
      gateway: { host: "gw", port: 1 },
      path: "",
      also: [],
      identity: "77",
      ...own,
      ...ofOthers,
      files: {},
      deadOn: [],
      hold: false,
      interval: 60_000,
      timeout: 1_000,
      tries: 3,
      confirm: 2,
      deadAfter: 2_000,
      replyFrom: null,
      bind: null,
      family: "auto",
      jitter: 0,
      tolerate: 0,
      count: null,
      giveUpAfter: null,
      recover: 1,
      onCycle: null,
      onFaultAfter: 0,
      onFaultEvery: null,
      login: null,
      loginTries: null,
      onDead: null,
      onFault: null,
      onAlive: null,
      hookTimeout: 60_000,
    });
  }
});

Deno.test("openSessions() lets flags win over the environment, uid over uid_file and the other way round", async () => {
  const files = { "/run/uid": { text: "2\n" } };
  const uid = {
    LIFESIGN_GATEWAY: "gw",
    LIFESIGN_UID: "1",
    LIFESIGN_INTERVAL: "5m",
    LIFESIGN_FAMILY: "6",
  };
  const file = { LIFESIGN_GATEWAY: "gw", LIFESIGN_UID_FILE: "/run/uid" };
  const { session } = await read("-i 7m -4", { environment: uid });
  assertEquals([session.interval, session.family], [420_000, "4"]);
  type Row = [line: string, Record<string, string>, uid: string, file: boolean];
  const rows: Row[] = [
    ["-i 7m -4", uid, "1", false],
    ["-U /run/uid", uid, "2", true],
    ["-u 3", file, "3", false],
    ["-U /run/uid", { ...uid, ...file }, "2", true],
  ];
  for (const [line, environment, uid, isFile] of rows) {
    const { session } = await read(line, { environment, files });
    const { identity, readIdentity } = session;
    assertEquals([identity, readIdentity !== null], [uid, isFile], line);
  }
  const environment = { ...uid, ...file };
  assertEquals(await refusal("", { environment, files }), [
    "config: LIFESIGN_UID: Cannot use uid and uid_file together: expected only one of them",
  ]);
});

Deno.test("openSessions() tells all mistakes at once, wherever they come from", async () => {
  assertEquals(
    await refusal("lab --tires 5 -t 5 -u dorm --confirm", {
      environment: { LIFESIGN_COUNT: "0", LIFESIGN_TRIES: "x" },
    }),
    [
      'usage: lifesign: Cannot use "--tires": there is no such flag here; did you mean "--tries"?',
      "usage: --confirm needs a value, e.g. --confirm 2",
      'usage: lifesign: Cannot find a session "lab": expected default',
      `config: --uid: Cannot read "dorm": ${wantsNumber}`,
      'config: --timeout: Cannot read "5": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
      'config: LIFESIGN_TRIES: Cannot read "x": expected a whole number from 1 to 20, e.g. 3',
      'config: LIFESIGN_COUNT: Cannot read "0": expected a whole number from 1 to 1000000000, e.g. 3',
      'config: lifesign: Cannot reach a gateway: none is given, expected --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST", e.g. --gateway 172.16.202.201',
    ],
  );
});

Deno.test("openSessions() does not miss what is there without its value", async () => {
  const missing = (flag: string, example: string) =>
    `usage: ${flag} needs a value, e.g. ${flag} ${example}`;
  const hint = '; a value that begins with "-" needs "=", e.g.';
  assertEquals(await refusal("-g gw --uid -5"), [
    `${missing("--uid", "123456")}${hint} --uid=-5`,
  ]);
  assertEquals(await refusal("-u 5 -g"), [missing("-g", "172.16.202.201")]);
  assertEquals(await refusal("-U -g"), [
    `${missing("-U", "/run/lifesign.uid")}${hint} -U=-5`,
    missing("-g", "172.16.202.201"),
  ]);
  assertEquals(await refusal("-g gw -t"), [
    missing("-t", "1s"),
    'config: lifesign: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456',
  ]);
});

Deno.test("openSessions() names the session that was probably meant", async () => {
  assertEquals(await refusal("-g gw -u 1 defualt lab"), [
    'usage: lifesign: Cannot find a session "defualt": expected default; did you mean "default"?',
    'usage: lifesign: Cannot find a session "lab": expected default',
  ]);
});

Deno.test("openSessions() reads a UID from a file, once or anew each cycle", async () => {
  const rows: [file: FakeFile, reread: boolean][] = [
    [{ text: "x\n77\n" }, true],
    [{ text: "77\n", isRegular: false }, false],
  ];
  for (const [f, reread] of rows) {
    const { session } = await read("-g gw -U f", { files: { f } });
    const { identity, readIdentity } = session;
    assertEquals([identity, readIdentity !== null], ["77", reread]);
  }
});

Deno.test("openSessions() refuses a UID file that is bad from the start", async () => {
  const rows: [FakeWorldOptions["files"] & object, string][] = [
    [{}, "noinput: f: Cannot read the UID: there is no such file"],
    [
      { f: { text: "\n" } },
      "noinput: f: Cannot find a UID: expected a line with a number, e.g. 123456",
    ],
    [
      { f: { text: "77\n", owner: 1001 } },
      "config: f: Cannot trust the UID: the file belongs to user 1001, expected root or user 1000",
    ],
    [
      { f: { text: "77\n", mode: 0o660 } },
      "config: f: Cannot trust the UID: others can write the file, `chmod go-w f` fixes that",
    ],
  ];
  for (const [files, message] of rows) {
    assertEquals(await refusal("-g gw -U f", { files }), [message]);
  }
  assertEquals(await refusal("-g gw -U f lab"), [
    'usage: lifesign: Cannot find a session "lab": expected default',
    "noinput: f: Cannot read the UID: there is no such file",
  ]);
});

Deno.test("openSessions() does not wait for stdin when something is wrong anyway", async () => {
  assertEquals(await refusal("-g gw -U - lab"), [
    'usage: lifesign: Cannot find a session "lab": expected default',
  ]);
  assertEquals(await refusal("-g gw -U -"), [
    "noinput: stdin: Cannot read the UID: there is no such file",
  ]);
});

Deno.test("openSessions() warns of a file that others can read, not of anything refused", async () => {
  const files = { f: { text: "77\n", mode: 0o644 } };
  const { warnings } = await read("-g gw -U f", { files });
  assertEquals(warnings, [
    "f: others can read the UID, `chmod go-r f` fixes that",
  ]);
});

Deno.test("readIdentity() calls back with the UID, or with null and a warning for each new trouble", async () => {
  const files: Record<string, FakeFile> = { f: { text: "77\n" } };
  const { session, warnings } = await read("-g gw -U f", { files });
  const reread = () =>
    new Promise<string | null>((resolve) => session.readIdentity!(resolve));
  const steps: [text: string, uid: string | null, warnings: number][] = [
    ["78\n", "78", 0],
    ["\n", null, 1],
    ["\n", null, 1],
    ["-2\n", null, 2],
    ["79\n", "79", 2],
    ["\n", null, 3],
  ];
  for (const [text, uid, count] of steps) {
    files["f"] = { text };
    assertEquals([await reread(), warnings.length], [uid, count], text);
  }
  delete files["f"];
  assertEquals(await reread(), null);
  assertEquals(
    warnings.at(-1),
    "f: Cannot read the UID: there is no such file; the last UID stays in use",
  );
});

Deno.test("readIdentity() takes a number without a line end once two readings agree", async () => {
  type Row = [what: string, readings: string[], uid: string | null];
  const rows: Row[] = [
    ["a line end is the end", ["78\n"], "78"],
    ["it has stayed", ["78", "78"], "78"],
    ["it was half of one", ["7", "78\n"], "78"],
    ["it was half of one, twice", ["7", "7812", "781234", "781234"], "781234"],
    ["nothing was written yet", ["", "78\n"], "78"],
    ["nothing is in it", ["", ""], null],
    ["words may be more", ["dorm", "dorm\n7", "dorm\n78\n"], "78"],
    ["a line behind the number may be open", ["78\nd"], "78"],
    ["it is known", ["77"], "77"],
    ["it never stays", Array.from("123456789"), null],
  ];
  for (const [what, readings, wanted] of rows) {
    let text = "77\n";
    const file = {
      get text() {
        return text;
      },
    };
    const { session, clock, warnings } = await read("-g gw -U f", {
      files: { f: file },
    });
    const start = clock.now();
    readings.forEach((reading, at) =>
      clock.setTimer(start + at * 250 - 1, () => text = reading)
    );
    text = readings[0]!;
    const uid = new Promise<string | null>((resolve) =>
      session.readIdentity!(resolve)
    );
    assertEquals(await toEnd(clock, uid), wanted, what);
    assertEquals(clock.now() - start < readings.length * 250, true, what);
    assertEquals(warnings.length, wanted === null ? 1 : 0, what);
  }
});

Deno.test("openSessions() takes a UID without a line end after a moment, however many sessions have one", async () => {
  const names = Array.from({ length: 20 }, (_, k) => `s${k}`);
  const text = `gateway = gw\n${
    names.map((name, k) => `[${name}]\nuid_file = u${k}\n`).join("")
  }`;
  const files = Object.fromEntries(
    names.map((_, k) => [`u${k}`, { text: `${k + 1}` }]),
  );
  const environment = { LIFESIGN_CONFIG: "conf" };
  const { sessions, clock } = await read("", {
    files: { ...files, conf: { text } },
    environment,
  });
  assertEquals(
    sessions.map(({ identity }) => identity),
    names.map((_, k) => `${k + 1}`),
  );
  assertEquals(clock.now() < 500, true);
});

Deno.test("readIdentity() never reads twice at a time", async () => {
  const files = { f: { text: "77\n" } };
  const { session } = await read("-g gw -U f", { files });
  const answers: (string | null)[] = [];
  await new Promise<void>((resolve) => {
    session.readIdentity!((uid) => {
      answers.push(uid);
      resolve();
    });
    session.readIdentity!((uid) => answers.push(uid));
  });
  assertEquals(answers, ["77", "77"]);
});

/** Opens the sessions of a file, after others if there were any. */
async function open(
  files: FakeWorldOptions["files"] & object,
  before: ReadonlyMap<string, OpenSession> = new Map(),
) {
  const args = parseArguments(["-c", "conf"], {
    settings: { ...sessionSettings, ...fileSettings },
    switches: [],
  });
  const world = createFakeWorld({ files });
  const warnings: string[] = [];
  const sessions = await openSessions(
    await load(requestOf(args, "run"), world),
    world,
    { mistakes: [], warn: (message) => warnings.push(message), before },
  );
  return {
    warnings,
    uids: sessions.map(({ identity }) => identity),
    sessions: new Map(sessions.map((session) => [session.name, session])),
  };
}

Deno.test("openSessions() keeps a UID whose file has gone, and one that could be read only once", async () => {
  const conf = { text: "gateway=gw\n[a]\nuid_file=u\n[b]\nuid_file=-\n" };
  const first = await open({
    conf,
    u: { text: "1\n" },
    "-": { text: "2\n", isRegular: false },
  });
  assertEquals([first.uids, first.warnings], [["1", "2"], []]);
  const again = await open({ conf }, first.sessions);
  assertEquals([again.uids, again.warnings], [["1", "2"], [
    "u: Cannot read the UID: there is no such file; the last UID stays in use",
  ]]);
  const { sessions } = again;
  assertEquals(sessions.get("a")!.readIdentity !== null, true);
  assertEquals(sessions.get("b")!.readIdentity, null);
});

Deno.test("openSessions() tells of a misspelled variable with what it left missing", async () => {
  const environment = { LIFESIGN_GATWAY: "gw" };
  const hint =
    'LIFESIGN_GATWAY: Cannot use the variable: there is no such setting; did you mean "LIFESIGN_GATEWAY"?';
  const [missing, skipped, ...others] = await refusal("-u 77", { environment });
  assertStringIncludes(missing!, "Cannot reach a gateway: none is given");
  assertEquals([skipped, others], [`noinput: ${hint}`, []]);
  const { warnings } = await read("-g 127.0.0.1 -u 77", { environment });
  assertEquals(warnings, [hint]);
});

Deno.test("openSessions() lets one session read stdin, and tells what was skipped", async () => {
  const conf = { text: "gateway=gw\n[a]\nuid_file=-\n[b]\nuid_file=-\n" };
  await assertRejects(
    () => open({ conf, "-": { text: "2\n", isRegular: false } }),
    LifesignError,
    "lifesign: Cannot read the UID of [b] from stdin: [a] does, expected another file, e.g. uid_file = /run/b",
  );
  const denied = { code: "EACCES", message: "reading it is not permitted" };
  assertEquals(
    (await refusal("-u 1", { files: { "/etc/lifesign.conf": denied } })).at(-1),
    "noinput: /etc/lifesign.conf: Cannot read the configuration: reading it is not permitted",
  );
});

const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

Deno.test("openSessions() reads the files that a stream's settings name", async () => {
  const { session, warnings } = await read(
    "wss://gw/ --ca-file ca --headers-file h",
    {
      files: {
        // Certificates are no secret.
        ca: { text: `mine\n${pem}\n`, mode: 0o644 },
        h: { text: "Cookie: a=b\n" },
      },
    },
  );
  assertEquals([session.files, warnings], [
    { caFile: [pem], headersFile: ["Cookie: a=b"] },
    [],
  ]);
});

Deno.test("openSessions() refuses such files if they are missing, not to be trusted, or wrong", async () => {
  const rows: [
    line: string,
    file: FakeFile | null,
    mistake: string,
  ][] = [
    [
      "tls://gw:1 --ca-file f",
      null,
      "noinput: f: Cannot read ca_file: there is no such file",
    ],
    [
      "tls://gw:1 --ca-file f",
      { text: "PEM" },
      "noinput: f: Cannot use ca_file: expected certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE",
    ],
    [
      "tls://gw:1 --ca-file f",
      { text: pem, mode: 0o666 },
      "config: f: Cannot trust ca_file: others can write the file, `chmod go-w f` fixes that",
    ],
    [
      "ws://gw --headers-file f",
      null,
      "noinput: f: Cannot read headers_file: there is no such file",
    ],
    [
      "ws://gw --headers-file f",
      { text: "Cookie: a=b\n", mode: 0o640 },
      "config: f: Cannot trust headers_file: others can read the file, `chmod go-r f` fixes that",
    ],
    [
      "ws://gw --headers-file f",
      { text: "Cookie: a=b\n", owner: 1001 },
      "config: f: Cannot trust headers_file: the file belongs to user 1001, expected root or user 1000",
    ],
    [
      "ws://gw --headers-file f",
      { text: "Cookie\n" },
      "noinput: f: Cannot use headers_file: line 1 is no header, expected lines NAME: VALUE, e.g. Authorization: Bearer 1234",
    ],
  ];
  for (const [line, file, mistake] of rows) {
    const files = file === null ? {} : { f: file };
    assertEquals(await refusal(line, { files }), [mistake]);
  }
});

/** A file of xauth with a cookie for any display, whose only byte is this one. */
function xauth(cookie: number): string {
  const field = (text: string) =>
    `\0${String.fromCharCode(text.length)}${text}`;
  const fields = ["", "", "MIT-MAGIC-COOKIE-1", String.fromCharCode(cookie)];
  return `\x7f\x7f${fields.map(field).join("")}`;
}

Deno.test("openSessions() reads a file that no setting names where it usually is, if it can be used", async () => {
  const [own, home] = [{ text: xauth(1) }, { text: xauth(2) }];
  const known = { XAUTHORITY: "/x", HOME: "/home/a" };
  const rows: [
    line: string,
    environment: Record<string, string>,
    files: Record<string, FakeFile>,
    cookie: number | null,
  ][] = [
    ["x11://:1", known, { "/x": own, "/home/a/.Xauthority": home }, 1],
    ["x11://:1", known, { "/home/a/.Xauthority": home }, 2],
    [
      "x11://:1",
      known,
      { "/x": { ...own, mode: 0o644 }, "/home/a/.Xauthority": home },
      2,
    ],
    ["x11://:1", known, { "/x": { text: "no cookies" } }, null],
    ["x11://:1", { XAUTHORITY: "" }, {}, null],
    ["x11://:1", {}, {}, null],
    ["x11://:1 --cookie-file f", known, { f: { text: "" }, "/x": own }, null],
    ["tcp://gw:1", known, { "/x": own }, null],
  ];
  for (const [line, environment, files, cookie] of rows) {
    const { session, warnings } = await read(line, { environment, files });
    const [found] = (session.files["cookieFile"] ?? []) as { data: number[] }[];
    assertEquals([found?.data[0] ?? null, warnings], [cookie, []], line);
  }
  assertEquals(
    await refusal("x11://:1 --cookie-file f", { files: { f: { text: "x" } } }),
    [
      "noinput: f: Cannot use cookie_file: expected a file of xauth, such as ~/.Xauthority",
    ],
  );
});

Deno.test("openSessions() takes streams for the same only if their connections are", async () => {
  const environment = { LIFESIGN_CONFIG: "conf" };
  const files = (a: string, b: string) => ({
    conf: { text: `[a]\n${a}\n[b]\n${b}\n` },
    h: { text: "Cookie: a=b\n" },
  });
  const rows: [a: string, b: string][] = [
    ["target = ws://gw/a", "target = ws://gw/b"],
    ["target = ws://gw/", "target = ws://gw/\nheaders_file = h"],
    ["target = srun+http://gw", "target = srun+http://gw\nbind = wan2"],
    ["target = srun+http://gw\nfamily = 4", "target = srun+http://gw"],
    ["target = tcp://gw:22", "target = tcp://gw:22\nexpect = SSH-"],
  ];
  for (const [a, b] of rows) {
    const { sessions } = await read("", { files: files(a, b), environment });
    assertEquals(sessions.length, 2, b);
  }
  const twins = [
    ["target = ws://gw/a", "interval = 5s\ntarget = ws://gw/a"],
    ["target = x11://:1", "tries = 5\ntarget = x11:///tmp/.X11-unix/X1"],
  ] as const;
  for (const [a, b] of twins) {
    assertEquals(await refusal("", { files: files(a, b), environment }), [
      "config: conf:5:10: Cannot keep [b] alive as well: [a] has the same target, expected another target",
    ]);
  }
});
