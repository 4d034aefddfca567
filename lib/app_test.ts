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
    '{"time":"2026-11-21T05:29:00Z","session":"a","gateway":"gw:3335","verdict":"alive","tries":1}\n';
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
  'lifesign: Cannot reach a gateway: none is given, expected --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST", e.g. --gateway 172.16.202.201';
const noUid =
  'lifesign: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456';
const noFlag = (flag: string, question = "") =>
  `lifesign: Cannot use "${flag}": there is no such flag here${question}`;
const noUidValue = (flag: string) =>
  `${flag} needs a value, e.g. ${flag} 123456; a value that begins with "-" needs "=", e.g. ${flag}=-5`;

/** Exit codes and wrong command lines, and each line on stderr. */
const wrong: Readonly<Record<string, string[]>> = {
  "64 chekc": [
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ],
  "64 --json check": [
    'lifesign: Cannot use "--json" here: expected a command first, e.g. "lifesign check --json"',
  ],
  "64 help chekc": [
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ],
  "64 help check run": [
    'lifesign: Cannot explain "run", too: expected only one command, e.g. "lifesign help check"',
  ],
  "64 help --json": [noFlag("--json")],
  "64 --version now -q": [
    noFlag("-q"),
    'lifesign: Cannot use "now": expected only flags here',
  ],
  "64 demo now": ['lifesign: Cannot use "now": expected only flags here'],
  "78 check": [noGateway, noUid],
  "66 check -c none -g gw": [
    "none: Cannot read the configuration: there is no such file",
  ],
  "78 run": [noGateway, noUid],
  "78 check --json": [noGateway, noUid],
  "78 check -g gw": [noUid],
  "64 check -u1 --tires=2": [
    noFlag("--tires", '; did you mean "--tries"?'),
    noGateway,
  ],
  "64 check -u1 -g": ["-g needs a value, e.g. -g 172.16.202.201"],
  "64 check -g gw --uid -5": [noUidValue("--uid")],
  "64 check -g gw -u1 --json=yes": [
    "--json: Cannot take a value: expected --json alone",
  ],
  "64 check -g gw -u1 --count=2": [
    noFlag("--count", '; "lifesign run --count" has it'),
  ],
  "64 check -g gw -u1 dorm": [
    'lifesign: Cannot find a session "dorm": expected default',
  ],
  "78 check -g gw -u1 -u2": [
    "--uid: Cannot choose between two values: expected only one of them",
  ],
  "78 check -g gw -u1 -4 -6": [
    "-6: Cannot choose between -4 and -6: expected only one of them",
  ],
  "78 check -g gw --uid=-2": [
    '--uid: Cannot read "-2": expected any number but -2, which means a dead session, e.g. 123456',
  ],
  "78 check -g gw:0 -u1": [
    '--gateway: Cannot read "gw:0": expected a port from 1 to 65535, e.g. 3335',
  ],
  "78 check -g 127.0.0.1 -6 -u1": [
    "--gateway: Cannot use 127.0.0.1: expected an IPv6 address, e.g. 2001:db8::1",
  ],
  "78 check -g gw -u1 -U f": [
    "--uid: Cannot use uid and uid_file together: expected only one of them",
  ],
  "66 check -g gw -U f": ["f: Cannot read the UID: there is no such file"],
  "64 check -g gw -U f dorm": [
    'lifesign: Cannot find a session "dorm": expected default',
    "f: Cannot read the UID: there is no such file",
  ],
  "78 check -g gw -U open": [
    "open: Cannot trust the UID: others can write the file, `chmod go-w open` fixes that",
  ],
  "78 run -g gw -u1 -i2s": [
    "--interval: Cannot fit 3 tries into 2s: they take up to 4750ms, expected a longer interval, a shorter timeout or fewer tries, e.g. an interval of 5s",
  ],
  "78 run -g gw -u1 --jitter=2m": [
    "--jitter: Cannot start 2m sooner: expected a jitter shorter than the interval (1m), e.g. 6s",
  ],
  "78 run -g gw -u1 --log-level=trace": [
    '--log-level: Cannot read "trace": expected debug, info, warn or error',
  ],
  // What follows an unknown flag is taken for its value.
  "64 run --bogus dorm -t 5 -n0 --log-level inof -u --json": [
    noFlag("--bogus"),
    noUidValue("-u"),
    '--log-level: Cannot read "inof": expected debug, info, warn or error; did you mean "info"?',
    '--timeout: Cannot read "5": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
    '--tries: Cannot read "0": expected a whole number from 1 to 20, e.g. 3',
    noGateway,
  ],
  "78 exit-codes --json --sh": [
    "--sh: Cannot choose between --json and --sh: expected only one of them",
  ],
};

Deno.test("app() tells all mistakes on stderr, and nothing on stdout", async () => {
  const files = { open: { text: "77", mode: 0o666 } };
  for (const [row, lines] of Object.entries(wrong)) {
    const [code, ...args] = row.split(" ");
    assertEquals(
      await lifesign(args, { files }),
      {
        code: Number(code),
        output: "",
        errors: lines.map((line) => `${line}\n`).join(""),
      },
      row,
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
      'LIFESIGN_LOG_LEVEL: Cannot read "loud": expected debug, info, warn or error\n',
      'LIFESIGN_UID: Cannot read "": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456\n',
      'LIFESIGN_FAMILY: Cannot read "5": expected auto, 4 or 6\n',
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
  const now = () => {
    throw new TypeError("a bug");
  };
  const broken = { ...world, clock: { ...world.clock, now } };
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
  for (const args of [["--help"], ["help", "help"]]) {
    assertEquals(await lifesign(args), { code: 0, output, errors: "" });
  }
  const names = [...output.matchAll(/^ {2}([a-z-]+) {2,}/gm)]
    .map(([, name]) => name!);
  assertEquals(
    names.toSorted(),
    commands.filter(({ isUnlisted }) => !isUnlisted).map(({ name }) => name)
      .toSorted(),
  );
  for (const name of [...names.filter((it) => it !== "help"), "version"]) {
    const help = await lifesign(["help", name]);
    assertEquals([help.code, help.errors], [0, ""]);
    assert(help.output.includes(`\nUsage: lifesign ${name} [FLAG…]`), name);
    assert(help.output.split("\n").every((line) => line.length <= 80), name);
    assertEquals(await lifesign([name, "--help", "-x"]), help);
    const short = await lifesign([name, "-h"]);
    assert(short.output.length <= help.output.length + 200, name);
    assert(short.output.split("\n").every((line) => line.length <= 80), name);
    assertEquals(await lifesign(["-h", name]), short);
  }
});

Deno.test("app() tells who types nothing what there is", async () => {
  const { output } = await lifesign(["-h"]);
  assert(output.split("\n").length < 25, output);
  assertEquals(await lifesign([]), { code: 64, output: "", errors: output });
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

Deno.test("app() prints the version first, and then which build it is", async () => {
  const output = `lifesign ${version}
Build: static, z80-unknown-linux-musl, no TLS
Made of: Basic 1 (MIT), a library (0BSD)
License: MIT; all texts are in LICENSES in the archive or the package
`;
  assert(/^\d+\.\d+\.\d+/.test(version));
  for (const args of [["--version"], ["-V"], ["version"]]) {
    assertEquals(await lifesign(args), { code: 0, output, errors: "" });
  }
});
