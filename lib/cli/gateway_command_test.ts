import { assertEquals } from "@std/assert";
import { app } from "./test_app.ts";
import { encodeRequest } from "../protocol/srun.ts";
import "../gateway/reflector.ts";
import "../gateway/reflector_metrics.ts";
import { createFakeMachine } from "../testing/fake_machine.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
  settle,
  toEnd,
} from "../testing/fake_world.ts";
import type { Endpoint } from "../world.ts";

/** A gateway that runs, and a client on the same machine. */
async function serve(
  args: readonly string[],
  options: FakeWorldOptions = {},
) {
  const world = createFakeWorld(options);
  const { clock, terminal } = world;
  const datagrams = createFakeMachine(clock);
  app(["gateway", "--listen=127.0.0.1:0", ...args], { ...world, datagrams });
  await settle();
  const replies: [at: number, bytes: number[], port: number][] = [];
  const socket = datagrams.bind({
    host: "0.0.0.0",
    port: 50000,
    longest: 2000,
    onDatagram: (bytes, { port }: Endpoint) =>
      replies.push([clock.now(), [...bytes], port]),
  });
  return {
    clock,
    terminal,
    replies,
    /** What was written since the listening began. */
    lines: () => terminal.output.split("\n").slice(1, -1),
    /** Sends a datagram and lets 10 s pass. */
    send(bytes: Uint8Array) {
      if (!("send" in socket)) throw new Error(socket.message);
      const to = { host: "127.0.0.1", port: 40001 };
      socket.send(bytes, to, () => {});
      clock.runUntil(clock.now() + 10_000);
    },
  };
}

const alive = [77, ...new Array(15).fill(0)];
const dead = [254, ...new Array(7).fill(255), ...new Array(8).fill(0)];

Deno.test("gateway() echoes UIDs, and tells about each datagram in a line", async () => {
  const { terminal, replies, send } = await serve([]);
  send(encodeRequest(77n));
  send(encodeRequest(-5n));
  send(new Uint8Array(9));
  assertEquals(terminal.output.split("\n"), [
    "listening at 127.0.0.1:40001",
    "77 from 127.0.0.1:50000: alive",
    "-5 from 127.0.0.1:50000: alive",
    "? from 127.0.0.1:50000: invalid",
    "",
  ]);
  assertEquals(replies.length, 2);
  assertEquals(replies[0], [2, alive, 40001]);
  assertEquals(terminal.errors, "");
});

Deno.test("gateway() tells the same as JSON", async () => {
  const { terminal, send } = await serve(["--json", "--uid=77"]);
  send(encodeRequest(77n));
  send(encodeRequest(78n));
  send(new Uint8Array(0));
  terminal.type("kill 77");
  terminal.type("revive 78");
  assertEquals(terminal.output.split("\n"), [
    '{"event":"listening","host":"127.0.0.1","port":40001}',
    '{"event":"request","client_host":"127.0.0.1","client_port":50000,"uid":"77","action":"alive"}',
    '{"event":"request","client_host":"127.0.0.1","client_port":50000,"uid":"78","action":"dead"}',
    '{"event":"request","client_host":"127.0.0.1","client_port":50000,"uid":null,"action":"invalid"}',
    '{"event":"kill","uid":"77"}',
    '{"event":"revive","uid":"78"}',
    "",
  ]);
});

Deno.test("gateway() obeys what is typed", async () => {
  const { terminal, lines, send } = await serve([]);
  for (const line of ["kill 77", "", "  ", " revive\t78 ", "kill 77\r"]) {
    terminal.type(line);
  }
  send(encodeRequest(77n));
  terminal.type("revive 77");
  send(encodeRequest(77n));
  assertEquals(lines(), [
    "77 is dead",
    "78 is alive",
    "77 is dead",
    "77 from 127.0.0.1:50000: dead",
    "77 is alive",
    "77 from 127.0.0.1:50000: alive",
  ]);
  assertEquals(terminal.errors, "");
});

Deno.test("gateway() lists its sessions, and says what it takes", async () => {
  const { terminal, lines, send } = await serve([]);
  terminal.type("list");
  send(encodeRequest(77n));
  terminal.type("kill 78");
  terminal.type(" list ");
  terminal.type("help");
  assertEquals(lines(), [
    "nobody has asked for a session so far",
    "77 from 127.0.0.1:50000: alive",
    "78 is dead",
    "77 is alive",
    "78 is dead",
  ]);
  assertEquals(
    terminal.errors,
    "stdin takes kill UID, revive UID, list and help\n",
  );
});

Deno.test("gateway() says why it can't obey", async () => {
  const { terminal, lines } = await serve(["--json"]);
  const wanted =
    "expected kill UID, revive UID, list or help, e.g. kill 123456";
  const rows: [line: string, message: string][] = [
    ["kil 77", `"kil 77": ${wanted}`],
    ["kill", `"kill": ${wanted}`],
    ["kill 77 78", `"kill 77 78": ${wanted}`],
    ["KILL 77", `"KILL 77": ${wanted}`],
    ["\x1b[A", `"\\u001b[A": ${wanted}`],
    [
      "kill x",
      '"kill x": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
    ],
    [
      "kill -2",
      '"kill -2": expected any number but -2, which means a dead session, e.g. 123456',
    ],
  ];
  for (const [line] of rows) terminal.type(line);
  assertEquals(
    terminal.errors.split("\n").slice(0, -1),
    rows.map(([, message]) => `stdin: Cannot obey ${message}`),
  );
  assertEquals(lines(), []);
});

Deno.test("gateway() does to sessions and datagrams what its flags say", async () => {
  const from = "from 127.0.0.1:50000:";
  const rows: [args: string[], actions: string[], replies: number[][]][] = [
    [["-u77"], ["alive", "alive"], [alive, alive]],
    [["-u", "78", "--uid=79"], ["dead", "dead"], [dead, dead]],
    [["--uid=78,77"], ["alive", "alive"], [alive, alive]],
    [["--dead-after=0s"], ["dead", "dead"], [dead, dead]],
    [["--dead-after=10s"], ["alive", "dead"], [alive, dead]],
    [["--dead-after-requests=1"], ["alive", "dead"], [alive, dead]],
    [["--dead-after-requests=1", "--silent"], ["alive", "dead"], [alive]],
    [["--expire=9s"], ["alive", "dead"], [alive, dead]],
    [["--expire=10s"], ["alive", "alive"], [alive, alive]],
    [["--loss=1"], ["request lost", "request lost"], []],
    [["--duplicate"], ["alive", "alive"], [alive, alive, alive, alive]],
    [["--forge=dead@other-port"], ["alive", "alive"], [
      dead,
      alive,
      dead,
      alive,
    ]],
  ];
  for (const [args, actions, expected] of rows) {
    const { send, lines, replies } = await serve(args);
    send(encodeRequest(77n));
    send(encodeRequest(77n));
    assertEquals(lines(), actions.map((action) => `77 ${from} ${action}`));
    assertEquals(replies.map(([, bytes]) => bytes), expected, args.join());
  }
});

Deno.test("gateway() delays replies, and garbles them", async () => {
  const late = await serve(["--delay=500ms", "--jitter=100ms", "--seed=7"]);
  for (let n = 0; n < 20; n++) late.send(encodeRequest(77n));
  const delays = late.replies.map(([at]) => at % 10_000 - 2);
  assertEquals(delays.every((ms) => ms >= 500 && ms < 600), true);
  assertEquals(new Set(delays).size, 20);

  const garbled = await serve(["--garble=tail"]);
  garbled.send(encodeRequest(77n));
  const [[, bytes] = []] = garbled.replies;
  assertEquals(bytes?.slice(0, 8), alive.slice(0, 8));
  assertEquals(bytes?.slice(8).some((byte) => byte !== 0), true);
});

Deno.test("gateway() repeats chance with a seed", async () => {
  const told = async (...args: string[]) => {
    const { send, lines } = await serve(["--loss=0.5", ...args]);
    for (let n = 0; n < 40; n++) send(encodeRequest(77n));
    return lines();
  };
  assertEquals(await told("--seed=5"), await told("--seed", "5"));
  assertEquals(
    (await told("--seed=5")).join() === (await told("--seed=6")).join(),
    false,
  );
});

Deno.test("gateway() reads no environment", async () => {
  const { send, lines } = await serve([], {
    environment: { LIFESIGN_UID: "78", LIFESIGN_JITTER: "not read" },
  });
  send(encodeRequest(77n));
  assertEquals(lines(), ["77 from 127.0.0.1:50000: alive"]);
});

Deno.test("gateway() refuses what it can't do, with nothing on stdout", async () => {
  const rows: [args: string[], code: number, ...lines: string[]][] = [
    [
      ["--listen=127.0.0.1:7"],
      73,
      "--listen: Cannot listen at 127.0.0.1:7: 127.0.0.1:7 is taken",
    ],
    [
      ["--listen=gw:65536"],
      78,
      '--listen: Cannot read "gw:65536": expected a port from 0 to 65535, e.g. 3335',
    ],
    [
      ["--loss=2"],
      78,
      '--loss: Cannot read "2": expected a number from 0 to 1, e.g. 0.3',
    ],
    [
      ["--uid=1", "--uid=-2"],
      78,
      '--uid: Cannot read "1,-2": expected any number but -2, which means a dead session, e.g. 123456',
    ],
    [
      ["--garble=tial"],
      78,
      '--garble: Cannot read "tial": expected length, uid, tail or random; did you mean "tail"?',
    ],
    [
      ["--forge=dead"],
      78,
      '--forge: Cannot read "dead": expected dead@other-port',
    ],
    [
      ["--seed=-1"],
      78,
      '--seed: Cannot read "-1": expected a whole number from 0 to 4294967295, e.g. 2',
    ],
    [["dorm"], 64, 'lifesign: Cannot use "dorm": expected only flags here'],
    [
      ["-g", "gw"],
      64,
      'lifesign: Cannot use "-g": there is no such flag here; "lifesign check -g" has it',
      'lifesign: Cannot use "gw": expected only flags here',
    ],
    [
      ["--delay", "5", "x", "--los=1"],
      64,
      'lifesign: Cannot use "--los": there is no such flag here; did you mean "--loss"?',
      'lifesign: Cannot use "x": expected only flags here',
      '--delay: Cannot read "5": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
    ],
    [
      ["--listen=192.0.2.1:0", "--loss=0.1", "--duplicate", "--expire=1s"],
      78,
      "--loss: Cannot simulate faults at 192.0.2.1: expected a loopback address, e.g. --listen 127.0.0.1:3335",
      "--duplicate: Cannot simulate faults at 192.0.2.1: expected a loopback address, e.g. --listen 127.0.0.1:3335",
    ],
    [
      ["--listen=ws://127.0.0.1:7"],
      73,
      "--listen: Cannot listen at ws://127.0.0.1:7: 127.0.0.1:7 is taken",
    ],
    [
      ["--listen=http://127.0.0.1"],
      78,
      '--listen: Cannot read "http://127.0.0.1": expected HOST:PORT, srun+http://HOST:PORT, ws://HOST:PORT or stamp://HOST:PORT, e.g. ws://127.0.0.1:8080',
    ],
    [
      [
        "--listen=ws://127.0.0.1:0",
        "--uid=1",
        "--duplicate",
        "--reorder",
        "--forge=dead@other-port",
      ],
      78,
      ...["--uid", "--duplicate", "--reorder", "--forge"].map((flag) =>
        `${flag}: Cannot use ${flag} at ws://127.0.0.1:0: expected it with srun://, e.g. --listen srun://127.0.0.1:3335`
      ),
      "--duplicate: Cannot use --duplicate and --forge together: expected only one of them",
    ],
    [
      ["--listen=ws://127.0.0.1:0", "--garble=htm"],
      78,
      '--garble: Cannot read "htm": expected html or 503; did you mean "html"?',
    ],
    [
      ["--listen=srun://127.0.0.1", "--garble=503"],
      78,
      '--garble: Cannot read "503": expected length, uid, tail or random',
    ],
    [
      ["--idle-limit=60s"],
      78,
      "--idle-limit: Cannot use --idle-limit at 127.0.0.1:3335: expected it with srun+http:// or ws://, e.g. --listen ws://127.0.0.1:8080",
    ],
    [
      [
        "--listen=stamp://127.0.0.1",
        "--uid=1",
        "--garble=uid",
        "--idle-limit=1s",
      ],
      78,
      "--uid: Cannot use --uid at stamp://127.0.0.1:862: expected it with srun://, e.g. --listen srun://127.0.0.1:3335",
      "--idle-limit: Cannot use --idle-limit at stamp://127.0.0.1:862: expected it with srun+http:// or ws://, e.g. --listen ws://127.0.0.1:8080",
      "--garble: Cannot use --garble at stamp://127.0.0.1:862: expected it with srun://, srun+http:// or ws://, e.g. --listen ws://127.0.0.1:8080",
    ],
    [
      ["--limit=5", "--key-file=k"],
      78,
      "--key-file: Cannot use --key-file at 127.0.0.1:3335: expected it with stamp://, e.g. --listen stamp://127.0.0.1:862",
      "--limit: Cannot use --limit at 127.0.0.1:3335: expected it with stamp://, e.g. --listen stamp://127.0.0.1:862",
    ],
    [
      ["--listen=stamp://[::]", "--loss=0.5"],
      78,
      "--loss: Cannot simulate faults at ::: expected a loopback address, e.g. --listen stamp://127.0.0.1:862",
      "--listen: Cannot answer whoever asks at stamp://[::]:862 without being told to: expected a key, e.g. --key-file /etc/lifesign/stamp.key, or --unauthenticated",
    ],
    [
      ["--listen=stamp://[::]", "--unauthenticated", "--key-file=k"],
      78,
      "--unauthenticated: Cannot use --unauthenticated and --key-file together: expected only one of them",
    ],
    [
      ["--listen=stamp://127.0.0.1:0", "--key-file=k"],
      66,
      "k: Cannot read key_file: there is no such file",
    ],
    [
      ["--listen=stamp://127.0.0.1:7"],
      73,
      "--listen: Cannot listen at stamp://127.0.0.1:7: 127.0.0.1:7 is taken",
    ],
    [
      ["--listen=srun+http://192.0.2.1:8080/x", "--silent", "--garble=html"],
      78,
      ...["--silent", "--garble"].map((flag) =>
        `${flag}: Cannot simulate faults at 192.0.2.1: expected a loopback address, e.g. --listen srun+http://127.0.0.1:8080/x`
      ),
    ],
  ];
  for (const [args, expected, ...lines] of rows) {
    const world = createFakeWorld();
    await world.listeners.listen({
      at: { host: "127.0.0.1", port: 7 },
      onConnection: () => ({ onBytes() {}, onEnd() {} }),
    });
    const datagrams = createFakeMachine(world.clock);
    const nobody = { host: "127.0.0.1", longest: 0, onDatagram: () => {} };
    datagrams.bind({ ...nobody, port: 7 });
    const code = await app(["gateway", ...args], { ...world, datagrams });
    const { output, errors } = world.terminal;
    assertEquals(
      [code, output, errors.split("\n").slice(0, -1)],
      [expected, "", lines],
      args.join(" "),
    );
  }
});

Deno.test("gateway() and check() understand each other", async () => {
  const rows: [flags: string[], code: number][] = [
    [[], 0],
    [["--uid=78"], 10],
    [["--loss=1"], 20],
    [["--garble=uid"], 23],
    [["--forge=dead@other-port", "--delay=2s"], 0],
  ];
  for (const [flags, expected] of rows) {
    const world = createFakeWorld();
    const machine = {
      ...world,
      datagrams: createFakeMachine(world.clock),
    };
    app(["gateway", "--listen=127.0.0.1:0", ...flags], machine);
    const check = ["check", "-g", "127.0.0.1:40001", "-u77"];
    const code = await toEnd(world.clock, app(check, machine));
    assertEquals(code, expected, flags.join(" "));
  }
});

const schemes = ["srun+http", "ws"] as const;

Deno.test("gateway() is a portal or a WebSocket server, and tells the same as JSON", async () => {
  for (const scheme of schemes) {
    const told = async (...flags: string[]) => {
      const world = createFakeWorld();
      const { clock, terminal } = world;
      app(["gateway", `--listen=${scheme}://127.0.0.1:0`, ...flags], world);
      await settle();
      const check = async () =>
        await toEnd(
          clock,
          app(["check", `${scheme}://127.0.0.1:40001`, "-q"], world),
        );
      assertEquals(await check(), 0);
      terminal.type("kill");
      terminal.type("list");
      terminal.type(" revive ");
      assertEquals(await check(), 0);
      terminal.type("kill 77");
      assertEquals(
        terminal.errors,
        'stdin: Cannot obey "kill 77": expected kill, revive, list or help\n',
      );
      return terminal.output.split("\n");
    };
    assertEquals(await told(), [
      `listening at ${scheme}://127.0.0.1:40001`,
      "request from 127.0.0.1:50000: alive",
      "the session is dead",
      "the session is dead",
      "the session is alive",
      "request from 127.0.0.1:50001: alive",
      "",
    ]);
    const client = '"client_host":"127.0.0.1","client_port"';
    assertEquals(await told("--json"), [
      `{"event":"listening","host":"127.0.0.1","port":40001,"protocol":"${scheme}"}`,
      `{"event":"request",${client}:50000,"action":"alive"}`,
      '{"event":"kill"}',
      '{"event":"list","sessions":[{"state":"dead"}]}',
      '{"event":"revive"}',
      `{"event":"request",${client}:50001,"action":"alive"}`,
      "",
    ]);
  }
});

Deno.test("gateway() and check() understand each other over connections", async () => {
  const rows: [flags: string[], code: number, note: Record<string, string>][] =
    [
      [[], 0, { "srun+http": "logged in from 127.0.0.1 for 0s" }],
      [["--delay=2s"], 0, {}],
      [["--dead-after=0s"], 10, {
        "srun+http": "says not_online_error",
        ws: "closed with 1008 (logged out)",
      }],
      [["--dead-after-requests=1"], 0, {}],
      [["--dead-after=0s", "--silent"], 20, {}],
      [["--loss=1"], 20, {}],
      [["--garble=503"], 20, {
        "srun+http": "answered 503",
        ws: "answered 503",
      }],
      [["--garble=html"], 23, {
        "srun+http": 'answered with the web page "Login"',
        ws: "answered 200",
      }],
    ];
  for (const scheme of schemes) {
    for (const [flags, expected, { [scheme]: note }] of rows) {
      const world = createFakeWorld();
      const { clock, terminal } = world;
      app(["gateway", `--listen=${scheme}://127.0.0.1:0`, ...flags], world);
      await settle();
      terminal.output = "";
      const check = ["check", `${scheme}://127.0.0.1:40001`, "--json"];
      const code = await toEnd(clock, app(check, world));
      const title = `${scheme} ${flags.join(" ")}`;
      assertEquals(code, expected, title);
      if (note === undefined) continue;
      const result = terminal.output.split("\n").find((line) =>
        line.startsWith('{"verdict"')
      );
      assertEquals(JSON.parse(result!).sessions[0].note, note, title);
    }
  }
});

Deno.test("run() keeps a connection, and goes on after the gateway's idle limit", async () => {
  const world = createFakeWorld();
  const { clock, terminal } = world;
  const gateway = ["gateway", "--listen=ws://127.0.0.1:0", "--idle-limit=15s"];
  app(gateway, world);
  await settle();
  terminal.output = "";
  const run = ["run", "ws://127.0.0.1:40001", "--json"];
  const code = app([...run, "--interval=10s", "--count=3"], world);
  assertEquals(await toEnd(clock, code), 0);
  assertEquals(world.streams.connections.length, 1);

  const reconnects = () =>
    terminal.output.match(/"event":"reconnect"/g)?.length;
  const late = app([...run, "--interval=20s", "--count=3"], world);
  assertEquals(await toEnd(clock, late), 0);
  assertEquals(reconnects(), 1);

  const dying = app([...run, "--interval=10s"], world);
  clock.runUntil(clock.now() + 12_000);
  await settle();
  terminal.type("kill");
  assertEquals(await toEnd(clock, dying), 10);
});

Deno.test("gateway() gives up files once it listens, but those in the folder of its metrics", async () => {
  const key = "00112233445566778899aabbccddeeff";
  const rows: [args: string[], folders: string[]][] = [
    [["--listen=127.0.0.1:0"], []],
    [["--listen=ws://127.0.0.1:0"], []],
    [["--listen=stamp://127.0.0.1:0", "--key-file=/etc/key"], []],
    [
      ["--listen=stamp://127.0.0.1:0", "--metrics-file=/run/x/gateway.prom"],
      ["/run/x/"],
    ],
    [["--listen=stamp://127.0.0.1:0", "--metrics-file=gateway.prom"], ["."]],
  ];
  for (const [args, folders] of rows) {
    const files = { "/etc/key": { text: `${key}\n`, mode: 0o600 } };
    const world = createFakeWorld({ files });
    app(["gateway", ...args], world);
    // Parts of it are loaded at need.
    for (let k = 0; k < 5; k++) await settle();
    assertEquals(
      [world.writableFolders, world.terminal.errors],
      [folders, ""],
      args.join(" "),
    );
  }
});
