import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { integer } from "../parsers.ts";
import type { Heartbeat, Judgement, Protocol } from "../protocol/protocol.ts";
import { protocols } from "../protocol/protocols.ts";
import type { FakeReply, FakeRequest } from "../testing/fake_network.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";

/**
 * A protocol that differs from the others in all that may differ. A request is
 * `T`, the volume, the time as a sequence number in 4 bytes, the attempt; a
 * reply is `R`, or `D` for a session that is dead, and the last 5 bytes of the
 * request that it answers.
 */
const toy: Protocol = {
  scheme: "toy",
  carrier: "datagram",
  port: 4242,
  files: {},
  defaults: {},
  settings: {
    volume: {
      value: "N",
      parse: integer(1, 9),
      default: "3",
      help: "how loud a toy is asked",
    },
  },
  identity: null,
  flaws: [
    {
      name: "babble",
      text: "it babbles",
      advice: "Is it a toy?",
    },
    {
      name: "stranger",
      text: "it answers what nobody has asked",
      advice: "Has somebody else the same toy?",
    },
  ],
  open: ({ values }) => toyHeartbeat(values["volume"] as number),
};

const requestLength = 7;
const replyLength = 6;
const [requestMark, aliveMark, deadMark] = ["T", "R", "D"]
  .map((mark) => mark.charCodeAt(0)) as [number, number, number];

function toyHeartbeat(volume: number): Heartbeat {
  return {
    longestReply: replyLength,
    request({ wallTime, attempt }) {
      const bytes = new Uint8Array(requestLength);
      const view = new DataView(bytes.buffer);
      bytes.set([requestMark, volume]);
      view.setUint32(2, Math.round(wallTime) % 2 ** 32);
      bytes[6] = attempt;
      return bytes;
    },
    judge(datagram, requests): Judgement {
      const [mark] = datagram;
      const isReply = datagram.length === replyLength &&
        (mark === aliveMark || mark === deadMark);
      if (!isReply) return { flaw: "babble" };
      const answers = requests.findIndex((request) =>
        request.subarray(2).every((byte, at) => byte === datagram[1 + at])
      );
      if (answers < 0) return { flaw: "stranger" };
      return { reply: mark === aliveMark ? "alive" : "dead", answers };
    },
    secrets: (datagram) => Array.from(datagram, (_, at) => at === 5),
  };
}

// Tables are made of the protocols when they are loaded.
protocols.push({ ...toy, hasPath: false, load: () => Promise.resolve(toy) });
const { app, lifesign, minute, second } = await import("./test_app.ts");

/** What a toy answers to a request. */
const reply = (
  { bytes }: Pick<FakeRequest, "bytes">,
  after = 2,
  mark = aliveMark,
): FakeReply => ({ bytes: Uint8Array.of(mark, ...bytes.subarray(2)), after });

const death = (request: FakeRequest) => reply(request, 2, deadMark);

/** A toy that hears only what is said at volume 7. */
const toyGateway: FakeWorldOptions["respond"] = (request) =>
  request.bytes[0] === requestMark && request.bytes[1] === 7
    ? [reply(request)]
    : [];

const loud = ["toy://192.0.2.1", "--volume=7"];

Deno.test("a protocol of one file is asked by check()", async () => {
  const rows: [
    what: string,
    code: number,
    args: string[],
    respond: NonNullable<FakeWorldOptions["respond"]>,
    output: string,
  ][] = [
    [
      "alive, by an operand",
      0,
      loud,
      toyGateway,
      "alive (192.0.2.1:4242, 2 ms, 1 try)",
    ],
    [
      "alive, by a flag and another port",
      0,
      ["--target=toy://[2001:db8::1]:99", "--volume=7"],
      toyGateway,
      "alive ([2001:db8::1]:99, 2 ms, 1 try)",
    ],
    [
      "its own setting has its default",
      20,
      ["toy://192.0.2.1"],
      toyGateway,
      "silent (no answer from 192.0.2.1:4242, 3 tries)",
    ],
    [
      "it is known which of two tries is answered",
      0,
      loud,
      (request) => request.bytes[6] === 1 ? [reply(request, 5)] : [],
      "alive (192.0.2.1:4242, 5 ms, 2 tries)",
    ],
    [
      "garbled, each with its flaw",
      23,
      loud,
      () => [
        { bytes: Uint8Array.of(1, 2, 3), after: 1 },
        reply({ bytes: new Uint8Array(requestLength) }),
      ],
      "garbled (no valid answer from 192.0.2.1:4242, 3 tries, discarded: 3 × babble, 3 × stranger)",
    ],
    [
      "dead",
      10,
      loud,
      (request) => [death(request)],
      "dead (192.0.2.1:4242 said so 6 times)",
    ],
  ];
  for (const [what, wanted, args, respond, text] of rows) {
    const { code, output, errors, world } = await lifesign(
      ["check", ...args],
      { respond },
    );
    assertEquals([code, output, errors], [wanted, `default: ${text}\n`, ""]);
    const asked = world.datagrams.requests.map(({ bytes }) => `${bytes}`);
    assertEquals(new Set(asked).size, asked.length, what);
  }
});

Deno.test("a protocol of one file stands beside others in a configuration", async () => {
  const text = `gateway = 192.0.2.9
uid = 77
tries = 1
[dorm]
[toy]
target = toy://192.0.2.1
volume = 7
[deaf]
target = TOY://192.0.2.2/
`;
  const options: FakeWorldOptions = {
    files: { conf: { text } },
    respond: (request) =>
      request.to.host === "192.0.2.9"
        ? [{
          bytes: Uint8Array.of(...request.bytes, ...Array(8).fill(0)),
          after: 1,
        }]
        : toyGateway(request),
  };
  const { code, output } = await lifesign(["check", "-c", "conf"], options);
  assertEquals([code, output], [
    20,
    `dorm: alive (192.0.2.9:3335, 1 ms, 1 try)
toy: alive (192.0.2.1:4242, 2 ms, 1 try)
deaf: silent (no answer from 192.0.2.2:4242, 1 try)
`,
  ]);
  const config = await lifesign(["config", "-c", "conf", "toy"], options);
  assertEquals(config.code, 0);
  assert(/^volume +7 +conf:7$/m.test(config.output), config.output);
  assertEquals(
    await lifesign(["check", "toy://192.0.2.1", "--volume=10"], options)
      .then(({ code, errors }) => [code, errors]),
    [
      78,
      '--volume: Cannot read "10": expected a whole number from 1 to 9, e.g. 3\n',
    ],
  );
  const help = await lifesign(["check", "--help"], options);
  assertStringIncludes(help.output, "--volume N");
  assertStringIncludes(help.output, toy.settings["volume"]!.help);
});

Deno.test("a protocol of one file may have the target that another session has in another one", async () => {
  const text = `uid = 77
[a]
target = srun://192.0.2.1:99
[b]
target = toy://192.0.2.1:99
volume = 7
[c]
target = toy://192.0.2.1:99
volume = 8
`;
  const { code, errors } = await lifesign(["check", "-c", "conf"], {
    files: { conf: { text } },
  });
  assertEquals([code, errors], [
    78,
    "conf:8:10: Cannot keep [c] alive as well: [b] has the same target, expected another target\n",
  ]);
});

const [status, metrics, history] = ["/run/status", "/run/metrics", "/run/log"];

/** Alive, then answered 6 s late, then garbled with an old answer, alive again, and dead from 180 s on. */
function life(): NonNullable<FakeWorldOptions["respond"]> {
  let first: FakeRequest | null = null;
  return (request) => {
    const { at, bytes } = request;
    first ??= request;
    if (at >= 3 * minute) return [death(request)];
    if (at === minute) return [reply(request, 6 * second)];
    if (at > minute && at < 2 * minute) return [];
    if (at >= 2 * minute && at < 2 * minute + 5 * second) {
      return [reply(first), { bytes: bytes.subarray(1), after: 3 }];
    }
    return [reply(request)];
  };
}

/** An agent that has kept a toy's session alive until its death, and whoever reads what it has written. */
async function lived(until: number) {
  const world = createFakeWorld({ respond: life() });
  const running = app([
    ...["run", "--json", ...loud, "--status-file", status],
    ...["--metrics-file", metrics, "--history-file", history],
  ], world);
  await elapse(world.clock, until);
  const textOf = (path: string) =>
    world.files.replacements.findLast((file) => file.path === path)!.text;
  const reader = createFakeWorld({
    files: {
      [status]: { text: textOf(status), mode: 0o644 },
      [history]: { text: world.logFiles.opened.get(history)!.text },
    },
  });
  reader.clock.runUntil(until);
  const read = async (args: readonly string[]) => {
    const before = reader.terminal.output.length;
    const code = await app(args, reader);
    assertEquals([reader.terminal.errors, reader.datagrams.requests], ["", []]);
    return { code, output: reader.terminal.output.slice(before) };
  };
  return { world, running, read, metrics: textOf(metrics) };
}

Deno.test("a protocol of one file is kept alive by run()", async () => {
  const { world, running } = await lived(10 * minute);
  assertEquals(await running, 10);
  const events = world.terminal.output.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const told = events.map((event) =>
    ["verdict", "from", "to", "tries", "rtt_ms", "answer_ms"]
      .filter((key) => key in event)
      .reduce(
        (words, key) => `${words} ${event[key]}`,
        `${event.event}`,
      ) + (event.reasons ? ` ${JSON.stringify(event.reasons)}` : "")
  );
  assertEquals(told, [
    "start",
    "cycle alive 1 2 2 {}",
    "transition none alive",
    "cycle silent 3 null null {}",
    "transition alive silent",
    // It is known which of the tries this answers.
    "late alive 6000 6000",
    "transition silent alive",
    // An answer to another socket's request proves nothing.
    'cycle garbled 3 null null {"stranger":3,"babble":3,"late":1}',
    "transition alive garbled",
    "cycle alive 1 2 2 {}",
    "transition garbled alive",
    "cycle dead 6 2 2004 {}",
    "transition alive dead",
    "stop",
  ]);
  const asked = world.datagrams.requests.map(({ bytes }) => `${bytes}`);
  assertEquals(new Set(asked).size, asked.length);
  assertEquals([world.datagrams.open, world.clock.pending], [0, 0]);
});

Deno.test("a protocol of one file goes on with changed settings of its own", async () => {
  const files = {
    "/etc/lifesign.conf": { text: "target = toy://192.0.2.1\nvolume = 7\n" },
  };
  const world = createFakeWorld({
    files,
    respond: (request) => [reply(request)],
  });
  const running = app(["run"], world);
  await elapse(world.clock, 30 * second);
  files["/etc/lifesign.conf"] = {
    text: "target = toy://192.0.2.1\nvolume = 8\n",
  };
  world.signals.raise("SIGHUP");
  await elapse(world.clock, 90 * second);
  world.signals.raise("SIGTERM");
  assertEquals(await toEnd(world.clock, running), 0);
  const volumes = world.datagrams.requests.map(({ bytes }) => bytes[1]);
  assertEquals(volumes[0], 7);
  assertEquals(volumes.at(-1), 8, world.terminal.errors);
});

Deno.test("a protocol of one file has its flaws in the metrics", async () => {
  const { metrics } = await lived(150 * second);
  const [labels] = /session="default",protocol="\w+",target="[^"]+"/
    .exec(metrics)!;
  const discarded = metrics.split("\n")
    .filter((line) => line.startsWith("lifesign_discarded_total"));
  assertEquals(
    discarded,
    [
      ["source", 0],
      ["babble", 3],
      ["stranger", 3],
      ["duplicate", 0],
      ["late", 1],
      ["forged", 0],
      ["moved", 0],
    ].map(([reason, count]) =>
      `lifesign_discarded_total{${labels},reason="${reason}"} ${count}`
    ),
  );
  assertStringIncludes(
    metrics,
    `lifesign_cycles_total{${labels},verdict="garbled"} 1\n`,
  );
});

Deno.test("a protocol of one file is told of by status() and report()", async () => {
  const { read } = await lived(150 * second);
  const shown = await read(["status", "--status-file", status]);
  assertEquals(shown.code, 0);
  assertStringIncludes(
    shown.output,
    "default  alive    20 s ago  20 s ago    2/2001.3/6000 ms  25/25 %       in 40 s\n",
  );
  const json = await read(["status", "--json", "--status-file", status]);
  const { verdict, sessions: [session] } = JSON.parse(json.output);
  assertEquals([verdict, session.gateway, session.discarded], [
    "alive",
    "192.0.2.1:4242",
    {
      source: 0,
      babble: 3,
      stranger: 3,
      duplicate: 0,
      late: 1,
      forged: 0,
      moved: 0,
    },
  ]);
  const figures = await read(["report", "--json", "--history-file", history]);
  const [found] = JSON.parse(figures.output).sessions;
  const { cycles, verdicts, outages } = found;
  assertEquals(
    [found.session, found.gateway, cycles, verdicts],
    ["default", "192.0.2.1:4242", 4, { alive: 2, garbled: 1, silent: 1 }],
  );
  assertEquals(
    outages.map((
      { verdicts, late_answer_ms }: Record<string, unknown>,
    ) => [verdicts, late_answer_ms]),
    [[["silent"], 6_000], [["garbled"], null]],
  );
  const page = await read(["report", "--history-file", history]);
  assertEquals(page.code, 0);
  assertStringIncludes(page.output, "192.0.2.1:4242");
});

Deno.test("a protocol of one file is examined by doctor()", async () => {
  const rows: [
    what: string,
    code: number,
    respond: NonNullable<FakeWorldOptions["respond"]>,
    says: string[],
  ][] = [
    ["alive", 0, toyGateway, [
      "gateway 192.0.2.1:4242 (the command line)",
      "11 answers of 6 bytes from 192.0.2.1:4242, all right",
      "all 11 answers are replies to a heartbeat, to the last byte",
      "alive: the gateway knows the session",
    ]],
    ["dead", 10, (request) => [death(request)], [
      "16 × 6 bytes from 192.0.2.1:4242, such as: 44 ",
      "dead: the gateway said so 6 times → Log in again",
    ]],
    ["babbling", 23, () => [{ bytes: Uint8Array.of(1, 2, 3), after: 1 }], [
      "13 × 3 bytes from 192.0.2.1:4242: 01 02 03",
      "it babbles → Is it a toy?",
    ]],
    ["an echo", 23, ({ bytes }) => [{ bytes, after: 1 }], [
      "it sends back just what it gets → That is an echo service",
    ]],
    [
      "another's answers",
      23,
      () => [reply({ bytes: new Uint8Array(requestLength) })],
      [
        "13 × 6 bytes from 192.0.2.1:4242: 52 00 00 00 00 **",
        "it answers what nobody has asked → Has somebody else the same toy?",
      ],
    ],
  ];
  for (const [what, wanted, respond, says] of rows) {
    const { code, output } = await lifesign(["doctor", ...loud], { respond });
    const text = output.replace(/\s+/g, " ");
    assertEquals(code, wanted, what);
    for (const words of says) assertStringIncludes(text, words, what);
    assert(!text.includes("UID"), text);
  }
});
