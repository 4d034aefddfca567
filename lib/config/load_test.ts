import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";
import { load, type Request } from "./load.ts";
import { formatOrigin } from "./origin.ts";

const none: Request = {
  flags: {},
  incomplete: new Set(),
  names: [],
  purpose: "run",
};

/** The layer of some flags. */
function flags(texts: Readonly<Record<string, string>>): Request["flags"] {
  return Object.fromEntries(
    Object.entries(texts).map(([setting, text]) => [
      setting,
      { text, origin: { type: "flag" as const, name: `--${setting}` } },
    ]),
  );
}

function read(options: FakeWorldOptions, request: Partial<Request> = {}) {
  return load({ ...none, ...request }, createFakeWorld(options));
}

/** Each session's timeout and where it comes from. */
async function timeouts(
  options: FakeWorldOptions,
  request: Partial<Request> = {},
): Promise<string[]> {
  const { sessions } = await read(options, { ...request, purpose: "show" });
  return sessions.map(({ name, resolved }) => {
    const found = resolved.origins["timeout"];
    return `${name} ${found?.text} ${found && formatOrigin(found.origin)}`;
  });
}

const system = "/etc/lifesign.conf";
const own = "/home/me/.config/lifesign.conf";
const HOME = "/home/me";

Deno.test("load() takes a setting from the last layer that has it", async () => {
  const etc = { [system]: { text: "timeout = 1s\n[a]\ntimeout = 2s\n[b]" } };
  const home = { [own]: { text: "timeout = 3s\n[b]\ntimeout = 4s" } };
  const environment = { HOME, LIFESIGN_TIMEOUT: "5s" };
  const rows: [string, FakeWorldOptions, Partial<Request>, string[]][] = [
    ["nothing", {}, {}, ["default undefined undefined"]],
    ["the machine's file", { files: etc }, {}, [
      "a 2s /etc/lifesign.conf:3",
      "b 1s /etc/lifesign.conf:1",
    ]],
    [
      "the user's file",
      { files: { ...etc, ...home }, environment: { HOME } },
      {},
      [
        `a 3s ${own}:1`,
        `b 4s ${own}:3`,
      ],
    ],
    [
      "XDG_CONFIG_HOME",
      {
        files: { "/x/lifesign.conf": { text: "timeout = 3s" } },
        environment: { HOME, XDG_CONFIG_HOME: "/x" },
      },
      {},
      ["default 3s /x/lifesign.conf:1"],
    ],
    ["the environment", { files: { ...etc, ...home }, environment }, {}, [
      "a 5s LIFESIGN_TIMEOUT",
      "b 5s LIFESIGN_TIMEOUT",
    ]],
    ["a flag", { files: etc, environment }, {
      flags: flags({ timeout: "6s" }),
    }, ["a 6s --timeout", "b 6s --timeout"]],
    [
      "a file that was named replaces both",
      {
        files: { ...etc, ...home, f: { text: "timeout = 7s" } },
        environment: { HOME },
      },
      { flags: flags({ config: "f" }) },
      ["default 7s f:1"],
    ],
    [
      "also by the environment, from home",
      {
        files: { ...etc, "/home/me/f": { text: "timeout = 7s" } },
        environment: { HOME, LIFESIGN_CONFIG: "~/f" },
      },
      {},
      ["default 7s /home/me/f:1"],
    ],
    ["one session", { files: etc }, { names: ["b"] }, [
      "b 1s /etc/lifesign.conf:1",
    ]],
  ];
  for (const [what, options, request, expected] of rows) {
    assertEquals(await timeouts(options, request), expected, what);
  }
});

Deno.test("load() replaces a leading ~ in every path", async () => {
  const paths = ["uid_file", "state", "lock_file", "log_file", "status_file"]
    .concat("metrics_file", "history_file");
  const lines = paths.map((key) => `${key} = ~/${key}\n`);
  const text = `gateway = gw\n${lines.join("")}on_dead = ~/d\n`;
  const { agent, valid } = await read({
    files: { [system]: { text } },
    environment: { HOME },
  });
  assert("settings" in agent);
  const { values: { uidFile }, onDead } = valid[0]!;
  // A command is the shell's business.
  assertEquals([uidFile, onDead], [`${HOME}/uid_file`, "~/d"]);
  const { state, lockFile, logFile, statusFile, metricsFile, historyFile } =
    agent.settings;
  assertEquals(
    [state, lockFile, logFile, statusFile, metricsFile, historyFile],
    paths.slice(1).map((key) => `${HOME}/${key}`),
  );
});

/** What says who a session is. */
function uidOf({ uid, uidFile }: Readonly<Record<string, unknown>>) {
  return [uid, uidFile];
}

Deno.test("load() lets uid and uid_file displace each other between layers", async () => {
  const files = {
    [system]: { text: "gateway = gw\nuid = 1\n[a]\nuid_file = /run/a\n[b]" },
  };
  const { valid } = await read({ files });
  assertEquals(valid.map(({ name, values }) => [name, ...uidOf(values)]), [
    ["a", null, "/run/a"],
    ["b", "1", null],
  ]);
  const flagged = await read({ files }, { flags: flags({ uid: "2" }) });
  assertEquals(flagged.valid.map(({ values }) => uidOf(values)), [
    ["2", null],
    ["2", null],
  ]);
});

Deno.test("load() does not miss a gateway that stands where a session should", async () => {
  const { mistakes } = await read({}, { names: ["127.0.0.1"] });
  assertEquals(mistakes.map(({ message }) => message), [
    'lifesign: Cannot find a session "127.0.0.1": expected default; did you mean --gateway 127.0.0.1?',
    'lifesign: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456',
  ]);
});

Deno.test("load() suggests for the name of a session only what can be used", async () => {
  const rows: [name: string, hint: string][] = [
    ["gw.example:3335", "; did you mean --gateway gw.example:3335?"],
    ["::1", "; did you mean --gateway ::1?"],
    [":0", "; did you mean x11://:0?"],
    ["localhost:10.0", "; did you mean x11://localhost:10.0?"],
    ["tcp:127.0.0.1:22", "; did you mean tcp://127.0.0.1:22?"],
    ["ws:/chat.example/a", "; did you mean ws://chat.example/a?"],
    ["tcp:gw.example", ""],
    ["gw:99999", ""],
    ["/etc/lifesign.conf", ""],
    ["default.", "; did you mean --gateway default.?"],
    ["default:", '; did you mean "default"?'],
  ];
  for (const [name, hint] of rows) {
    const { mistakes } = await read({}, { names: [name] });
    assertEquals(
      mistakes[0]?.message,
      `lifesign: Cannot find a session "${name}": expected default${hint}`,
    );
  }
});

Deno.test("load() tells every mistake where it stands, each once", async () => {
  const text = `intervall = 60s
timeout = 5
log_level = info
[dorm]
gateway = gw:0
log_level = debug
uid = 1
uid_file = /run/uid
tries = 9
tries = 8
[lab]
gateway = gw
`;
  const { mistakes } = await read({ files: { f: { text } } }, {
    flags: flags({ config: "f" }),
    names: ["lap"],
  });
  assertEquals(mistakes.map(({ kind, message }) => `${kind} ${message}`), [
    'usage lifesign: Cannot find a session "lap": expected dorm or lab; did you mean "lab"?',
    'config f:1:1: Cannot set "intervall": unknown setting; did you mean "interval"?',
    'config f:2:11: Cannot read "5": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
    'config f:5:11: Cannot read "gw:0": expected a port from 1 to 65535, e.g. 3335',
    "config f:6:1: Cannot set log_level for one session: expected a line before the first [section]",
    "config f:7:7: Cannot use uid and uid_file together: expected only one of them",
    'config f:10:1: Cannot set "tries" twice in a section: expected one value, line 9 sets it',
    'config f:11:1: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456',
  ]);
});

Deno.test("load() skips what is not there, warns of what can't be read, refuses what was named or can't be trusted", async () => {
  const missing = { code: "ENOENT", message: "there is no such file" };
  const denied = { code: "EACCES", message: "reading it is not permitted" };
  const rows: [
    FakeWorldOptions["files"] & object,
    string | null,
    mistakes: string[],
    warnings: string[],
  ][] = [
    [{}, null, [], []],
    [{ [system]: missing }, null, [], []],
    [{ [system]: denied }, null, [], [
      `${system}: Cannot read the configuration: reading it is not permitted`,
    ]],
    [{ f: missing }, "f", [
      "noinput f: Cannot read the configuration: there is no such file",
    ], []],
    [{ f: denied }, "f", [
      "noinput f: Cannot read the configuration: reading it is not permitted",
    ], []],
    [{ [system]: { mode: 0o662 } }, null, [
      `config ${system}: Cannot trust the configuration: others can write the file, \`chmod go-w ${system}\` fixes that`,
    ], []],
    [{ f: { owner: 1001 } }, "f", [
      "config f: Cannot trust the configuration: the file belongs to user 1001, expected root or user 1000",
    ], []],
    [{ [system]: { owner: 0, mode: 0o644 } }, null, [], []],
  ];
  for (const [files, named, expected, warned] of rows) {
    const request = named === null ? {} : { flags: flags({ config: named }) };
    const { mistakes, warnings } = await read({ files }, {
      ...request,
      purpose: "show",
    });
    assertEquals(
      mistakes.map(({ kind, message }) => `${kind} ${message}`),
      expected,
    );
    assertEquals(warnings, warned);
  }
});

Deno.test("load() warns of a variable that was meant to be a setting", async () => {
  const { mistakes, warnings } = await read(
    { environment: { LIFESIGN_GATWAY: "gw", LIFESIGN_PORT: "1", GATWAY: "" } },
    { purpose: "show" },
  );
  assertEquals([mistakes, warnings], [[], [
    'LIFESIGN_GATWAY: Cannot use the variable: there is no such setting; did you mean "LIFESIGN_GATEWAY"?',
  ]]);
});

Deno.test("load() says once that a file is UTF-16", async () => {
  const text = "\ufeffgateway = gw\nuid = 77\n";
  const bytes = new Uint8Array(
    [...text].flatMap((char) => [
      char.charCodeAt(0) & 255,
      char.charCodeAt(0) >> 8,
    ]),
  );
  const { mistakes } = await read({ files: { [system]: { bytes } } });
  assertEquals(mistakes, [{
    kind: "config",
    message:
      `${system}: Cannot read the configuration: it is UTF-16, expected UTF-8, e.g. from \`iconv -f UTF-16 -t UTF-8\``,
  }]);
});

Deno.test("load() tells of a file that is none without end", async () => {
  const bytes = new Uint8Array(5000).map((_, k) => k % 3 === 2 ? 10 : 0);
  const { mistakes } = await read({ files: { [system]: { bytes } } }, {
    purpose: "show",
  });
  assertEquals(mistakes.length, 101);
  assertEquals(
    mistakes.at(-1)?.message,
    `${system}:101:1: Cannot go on: too many lines are wrong, expected a configuration file, e.g. with a line gateway = 172.16.202.201`,
  );
});

Deno.test("load() gives settings or mistakes for any file", async () => {
  const words = [
    ...'ab=[]#;"\\ \n\n\n',
    "gateway = gw\n",
    "uid = 5\n",
    "[dorm]\n",
    "tries = 0\n",
    "\r\n",
    "interval",
  ];
  for (let seed = 1; seed <= 1000; seed++) {
    const random = seededRandom(seed);
    const text = Array.from(
      { length: Math.floor(random() * 30) },
      () => words[Math.floor(random() * words.length)],
    ).join("");
    const loaded = await read({ files: { [system]: { text } } });
    const { valid, mistakes, sessions } = loaded;
    assert(valid.length <= sessions.length, `seed ${seed}`);
    assert(mistakes.length > 0 || valid.length === sessions.length, text);
    assert(mistakes.every(({ message }) => /: Cannot /.test(message)), text);
  }
});

Deno.test("load() reads ten thousand sections", async () => {
  const section = (k: number) => `[s${k}]\nuid = ${k + 1}\n`;
  const text = `gateway = gw\n${
    Array.from({ length: 10_000 }, (_, k) => section(k)).join("")
  }`;
  const { valid, mistakes } = await read({ files: { [system]: { text } } });
  assertEquals([valid.length, mistakes], [10_000, []]);
  assertEquals(valid.at(-1)?.values["uid"], "10000");
});

Deno.test("load() tells of each variable that is no UTF-8, and misses nothing because of that", async () => {
  const environment = {
    LIFESIGN_UID: null,
    LIFESIGN_CONFIG: null,
    LIFESIGN_TRIES: "0",
  };
  const { mistakes, valid } = await read({ environment }, {
    flags: flags({ gateway: "gw" }),
  });
  assertEquals(valid, []);
  assertEquals(mistakes.map(({ kind, message }) => `${kind} ${message}`), [
    "config LIFESIGN_UID: Cannot read the variable: expected UTF-8",
    "config LIFESIGN_CONFIG: Cannot read the variable: expected UTF-8",
    'config LIFESIGN_TRIES: Cannot read "0": expected a whole number from 1 to 20, e.g. 3',
  ]);
});

Deno.test("load() refuses what no protocol asked has use for, from a flag or a section", async () => {
  const top =
    "uid = 77\nexpect = x\ndead_on = refused\nreply_from = 192.0.2.9\n";
  const ssh = "[ssh]\ntarget = tcp://192.0.2.1:22\n";
  const dorm = "[dorm]\ngateway = 192.0.2.1\n";
  const rows: [
    what: string,
    conf: string,
    texts: Readonly<Record<string, string>>,
    mistakes: string[],
  ][] = [
    ["what is for all", `${top}${ssh}${dorm}`, {}, []],
    ["a use for one", `${ssh}${dorm}`, { uid: "77", expect: "x" }, []],
    ["one session", "target = tcp://a:1\nuid = 77\n", {}, []],
    [
      "another protocol's",
      `${ssh}uid = 77\nca_file = f\nreply_from = 192.0.2.9\n`,
      {},
      [
        "/f:3:7: Cannot use uid: tcp:// has no use for it",
        "/f:4:11: Cannot use ca_file: tcp:// has no use for it",
        "/f:5:14: Cannot use reply_from: tcp:// has no use for it",
      ],
    ],
    [
      "a stream's",
      `${dorm}uid = 77\nexpect = x\nhold = true\ndead_on = none\n`,
      {},
      [
        "/f:4:10: Cannot use expect: srun:// has no use for it",
        "/f:5:8: Cannot use hold: srun:// has no use for it",
        "/f:6:11: Cannot use dead_on: srun:// has no use for it",
      ],
    ],
    [
      "a second opinion's",
      `${dorm}uid = 77\nexpect = x\nalso = tcp://b:2\n`,
      {},
      [],
    ],
    ["a flag", ssh, { uid: "77" }, [
      "--uid: Cannot use uid: tcp:// has no use for it",
    ]],
    ["a flag for none", `${ssh}${dorm}uid = 77`, { tlsName: "a" }, [
      "--tlsName: Cannot use tls_name: neither tcp:// nor srun:// has use for it",
    ]],
    ["an unknown target", "[a]\ntarget = tpc://a:1\nuid = 77\n", {}, [
      '/f:2:10: Cannot read "tpc://a:1"',
    ]],
  ];
  for (const [what, text, texts, wanted] of rows) {
    const { mistakes } = await read({ files: { "/f": { text } } }, {
      flags: flags({ config: "/f", ...texts }),
    });
    assertEquals(
      mistakes.map(({ message }) => message.replace(/: expected srun.*/, "")),
      wanted,
      what,
    );
  }
  const { mistakes } = await read(
    { environment: { LIFESIGN_UID: "77" } },
    { flags: flags({ target: "tcp://a:1" }) },
  );
  assertEquals(mistakes, []);
});

Deno.test("load() has the defaults of each protocol", async () => {
  const text = `[dorm]
gateway = 192.0.2.1
uid = 77
[ssh]
target = tcp://192.0.2.1:22
[chat]
target = ws://192.0.2.1/
tries = 5
[campus]
target = srun+http://192.0.2.1
dead_on = none
`;
  const { valid, mistakes } = await read(
    { files: { "/f": { text } } },
    { flags: flags({ config: "/f" }) },
  );
  assertEquals(mistakes, []);
  assertEquals(
    valid.map(({ interval, timeout, tries, deadAfter, deadOn, hold }) =>
      [interval, timeout, tries, deadAfter, deadOn.join(), hold].join(" ")
    ),
    [
      "60000 1000 3 2000  false",
      "60000 3000 2 5000 refused,gone false",
      "30000 3000 5 5000 refused,gone,close,401,403,407 true",
      "60000 3000 2 5000  false",
    ],
  );
  const checked = await read({ files: { "/f": { text } } }, {
    flags: flags({ config: "/f" }),
    purpose: "check",
  });
  assertEquals(checked.valid.some(({ hold }) => hold), false);
});
