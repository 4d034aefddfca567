import { assert, assertEquals, assertRejects } from "@std/assert";
import { app, lifesign as runToEnd } from "./cli/test_app.ts";
import { commands } from "./cli/commands.ts";
import { agentSettings, flagOf, sessionSettings } from "./config/settings.ts";
import { encodeReply } from "./protocol/srun.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
  toEnd,
} from "./testing/fake_world.ts";
import { version } from "./version.ts";

/** Runs `lifesign` to its end. */
async function lifesign(...options: Parameters<typeof runToEnd>) {
  const { world: _, ...told } = await runToEnd(...options);
  return told;
}

Deno.test("app() ends with 73 where a result could not be written whole, and otherwise with what was found out", async () => {
  const record =
    '{"time":"2026-11-21T05:29:00Z","session":"a","verdict":"alive"}\n';
  const files = { h: { text: record }, "/etc/lifesign.conf": { text: "" } };
  const rows: [args: string, code: number][] = [
    ["report --json --history-file h", 73],
    ["config", 73],
    ["exit-codes", 73],
    ["completions bash", 73],
    ["help", 73],
    ["help man", 73],
    ["check --help", 73],
    ["--help", 73],
    ["--version", 73],
    ["check -g 127.0.0.1 -u 77", 20],
    ["config --bogus", 64],
  ];
  for (const [args, code] of rows) {
    for (const isFull of [true, false]) {
      const world = createFakeWorld({ files, isFull });
      const running = app(args.split(" "), world);
      // What is loaded at need takes real time, a cycle virtual time.
      const found = code === 20
        ? await toEnd(world.clock, running)
        : await running;
      assertEquals(found, !isFull && code === 73 ? 0 : code, args);
    }
  }
});

const noGateway =
  'lifesign: Cannot reach a gateway: none is named, --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST" is wanted';
const noUid =
  'lifesign: Cannot send a heartbeat: no UID is given, --uid, --uid-file or a line "uid_file = FILE" is wanted';
const noFlag = (flag: string, question = "") =>
  `lifesign: Cannot use "${flag}": there is no such flag here${question}`;
const noValue = (flag: string, key: string, long: string) =>
  `${flag}: Cannot set ${key} without a value: one is wanted, with "=" before it if it begins with "-", as in ${long}=-5`;

/** Wrong command lines, the code, and each line on stderr. */
const wrong: [args: string[], code: number, ...lines: string[]][] = [
  [
    [],
    64,
    'lifesign: Cannot guess what to do: a command is wanted, "lifesign help" lists them',
  ],
  [
    ["chekc"],
    64,
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ],
  [
    ["--json", "check"],
    64,
    'lifesign: Cannot use "--json" here: a command is wanted first, as in "lifesign check --json"',
  ],
  [
    ["help", "chekc"],
    64,
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ],
  [
    ["help", "check", "run"],
    64,
    'lifesign: Cannot explain "run", too: one command is wanted',
  ],
  [["help", "--json"], 64, noFlag("--json")],
  [
    ["--version", "now", "-q"],
    64,
    noFlag("-q"),
    'lifesign: Cannot use "now": only flags are wanted here',
  ],
  [
    ["demo", "now"],
    64,
    'lifesign: Cannot use "now": only flags are wanted here',
  ],
  [["check"], 78, noGateway, noUid],
  [
    ["check", "-c", "none", "-g", "gw"],
    66,
    "none: Cannot read the configuration: there is no such file",
  ],
  [["run"], 78, noGateway, noUid],
  [["check", "--json"], 78, noGateway, noUid],
  [["check", "-g", "gw"], 78, noUid],
  [
    ["check", "-u1", "--tires=2"],
    64,
    noFlag("--tires", '; did you mean "--tries"?'),
    noGateway,
  ],
  [["check", "-u1", "-g"], 64, noValue("-g", "gateway", "--gateway")],
  [["check", "-g", "gw", "--uid", "-5"], 64, noValue("--uid", "uid", "--uid")],
  [
    ["check", "-g", "gw", "-u1", "--json=yes"],
    64,
    "--json: Cannot take a value: --json alone is wanted",
  ],
  [["check", "-g", "gw", "-u1", "--count=2"], 64, noFlag("--count")],
  [
    ["check", "-g", "gw", "-u1", "dorm"],
    64,
    'lifesign: Cannot find a session "dorm": default is wanted',
  ],
  [
    ["check", "-g", "gw", "-u1", "-u2"],
    78,
    "--uid: Cannot choose between two values: one of them is wanted",
  ],
  [
    ["check", "-g", "gw", "-u1", "-4", "-6"],
    78,
    "-6: Cannot choose between -4 and -6: one of them is wanted",
  ],
  [
    ["check", "-g", "gw", "--uid=-2"],
    78,
    '--uid: Cannot read "-2": any number but -2 is wanted, which is what a gateway says of a dead session',
  ],
  [
    ["check", "-g", "gw:0", "-u1"],
    78,
    '--gateway: Cannot read "gw:0": a port from 1 to 65535 is wanted',
  ],
  [
    ["check", "-g", "127.0.0.1", "-6", "-u1"],
    78,
    "--gateway: Cannot use 127.0.0.1: an IPv6 address is wanted",
  ],
  [
    ["check", "-g", "gw", "-u1", "-U", "f"],
    78,
    "--uid: Cannot use uid and uid_file together: one of them is wanted",
  ],
  [
    ["check", "-g", "gw", "-U", "f"],
    66,
    "f: Cannot read the UID: there is no such file",
  ],
  [
    ["check", "-g", "gw", "-U", "f", "dorm"],
    64,
    'lifesign: Cannot find a session "dorm": default is wanted',
    "f: Cannot read the UID: there is no such file",
  ],
  [
    ["check", "-g", "gw", "-U", "open"],
    78,
    "open: Cannot trust the UID: others can write the file, `chmod go-w open` mends that",
  ],
  [
    ["run", "-g", "gw", "-u1", "-i2s"],
    78,
    "--interval: Cannot fit 3 tries into 2s: they take up to 4750ms, a longer interval, a shorter timeout or fewer tries are wanted",
  ],
  [
    ["run", "-g", "gw", "-u1", "--jitter=2m"],
    78,
    "--jitter: Cannot start 2m sooner: a jitter shorter than the interval (1m) is wanted",
  ],
  [
    ["run", "-g", "gw", "-u1", "--log-level=trace"],
    78,
    '--log-level: Cannot read "trace": debug, info, warn or error is wanted',
  ],
  // What follows an unknown flag is taken for its value.
  [
    [
      "run",
      "--bogus",
      "dorm",
      "-t",
      "5",
      "-n0",
      "--log-level",
      "inof",
      "-u",
      "--json",
    ],
    64,
    noFlag("--bogus"),
    noValue("-u", "uid", "--uid"),
    '--log-level: Cannot read "inof": debug, info, warn or error is wanted; did you mean "info"?',
    '--timeout: Cannot read "5": a duration with a unit is wanted, as in 500ms, 60s or 1h30m',
    '--tries: Cannot read "0": a whole number from 1 to 20 is wanted',
    noGateway,
  ],
  [
    ["exit-codes", "--json", "--sh"],
    78,
    "--sh: Cannot choose between --json and --sh: one of them is wanted",
  ],
];

Deno.test("app() tells all mistakes on stderr, and nothing on stdout", async () => {
  const files = { open: { text: "77", mode: 0o666 } };
  for (const [args, code, ...lines] of wrong) {
    assertEquals(
      await lifesign(args, { files }),
      { code, output: "", errors: lines.map((line) => `${line}\n`).join("") },
      args.join(" "),
    );
  }
});

Deno.test("app() finds mistakes in the environment, too", async () => {
  const environment = {
    LIFESIGN_UID: "",
    LIFESIGN_FAMILY: "5",
    LIFESIGN_LOG_LEVEL: "loud",
  };
  assertEquals(await lifesign(["run", "-g", "gw"], { environment }), {
    code: 78,
    output: "",
    errors: [
      'LIFESIGN_LOG_LEVEL: Cannot read "loud": debug, info, warn or error is wanted\n',
      'LIFESIGN_UID: Cannot read "": a whole number is wanted, from -9223372036854775808 to 9223372036854775807\n',
      'LIFESIGN_FAMILY: Cannot read "5": auto, 4 or 6 is wanted\n',
    ].join(""),
  });
});

Deno.test("app() resolves to the code of the verdict", async () => {
  const rows: [respond: FakeWorldOptions["respond"] & object, code: number][] =
    [
      [() => [{ bytes: encodeReply(77n), after: 1 }], 0],
      [() => [{ bytes: encodeReply(-2n), after: 1 }], 10],
      [() => [], 20],
      [() => ({ code: "EPERM", message: "a firewall" }), 21],
      [() => [{ bytes: encodeReply(78n), after: 1 }], 23],
    ];
  const session = ["-g", "192.0.2.1", "-u", "77"];
  for (const [respond, code] of rows) {
    for (const command of [["check"], ["check", "-q"], ["run", "--count=1"]]) {
      const result = await lifesign([...command, ...session], { respond });
      assertEquals(result.code, code);
    }
  }
  const unresolved = await lifesign(["check", "-g", "gw", "-u", "77"]);
  assertEquals(unresolved.code, 22);
});

Deno.test("app() passes on what is nobody's mistake but ours", async () => {
  const world = createFakeWorld();
  const broken = {
    ...world,
    clock: {
      ...world.clock,
      now: () => {
        throw new TypeError("a bug");
      },
    },
  };
  await assertRejects(
    () => app(["check", "-g", "192.0.2.1", "-u", "77"], broken),
    TypeError,
    "a bug",
  );
});

Deno.test("app() prints help for the program and each command, by any spelling", async () => {
  const { output } = await lifesign(["help"]);
  assert(
    output.startsWith("Did the session die, or is it only the network?\n"),
  );
  for (const args of [["--help"], ["-h"], ["help", "help"]]) {
    assertEquals(await lifesign(args), { code: 0, output, errors: "" });
  }
  const names = [...output.matchAll(/^ {2}([a-z-]+) {2,}/gm)]
    .map(([, name]) => name!);
  assertEquals(
    names,
    commands.filter(({ isUnlisted }) => !isUnlisted).map(({ name }) => name),
  );
  for (const name of [...names.slice(0, -1), "version"]) {
    const help = await lifesign(["help", name]);
    assertEquals([help.code, help.errors], [0, ""]);
    assert(help.output.includes(`\nUsage: lifesign ${name} [FLAG…]`), name);
    assert(help.output.split("\n").every((line) => line.length <= 80), name);
    for (const args of [["-h", name], [name, "-h"], [name, "--help", "-x"]]) {
      assertEquals(await lifesign(args), help, args.join(" "));
    }
  }
});

Deno.test("app() explains every flag of a session", async () => {
  const help = ["run", "check"].map((name) => lifesign(["help", name]));
  const output = (await Promise.all(help)).map(({ output }) => output).join();
  const rows = Object.entries({ ...sessionSettings, ...agentSettings });
  for (const [setting, { value, short, switches }] of rows) {
    const flags = Object.keys(switches ?? {});
    if (value !== undefined) flags.push(`${flagOf(setting)} ${value}`);
    if (short !== undefined) flags.push(`${short}, `);
    for (const flag of flags) assert(output.includes(flag), flag);
  }
});

Deno.test("app() prints the version", async () => {
  const output = `lifesign ${version}\n`;
  assert(/^\d+\.\d+\.\d+/.test(version));
  for (const args of [["--version"], ["-V"], ["version"]]) {
    assertEquals(await lifesign(args), { code: 0, output, errors: "" });
  }
});
