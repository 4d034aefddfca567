import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileName, integer } from "../parsers.ts";
import type {
  Dialogue,
  Heard,
  Setup,
  StreamProtocol,
  Turn,
} from "../protocol/protocol.ts";
import { protocols } from "../protocol/protocols.ts";
import type { FakeConnection, FakeServing } from "../testing/fake_streams.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";

/**
 * A protocol of streams that has all that one may have. It says a line with the
 * path, the volume, its password and a number, and wants a line back: `yes` and
 * the number is alive, `no` dead, `wait` is no answer. Its pings are the same.
 */
const toy: StreamProtocol = {
  scheme: "toys",
  carrier: "stream",
  port: 4242,
  isSecure: false,
  hasPath: true,
  hold: "default",
  prefersIpv4: false,
  deathSigns: [
    { name: "refused", isDefault: true },
    { name: "gone", isDefault: true },
    { name: "no", isDefault: true },
    { name: "never", isDefault: false },
  ],
  defaults: { interval: "30s", timeout: "3s", tries: "2", deadAfter: "5s" },
  settings: {
    loudness: {
      value: "N",
      parse: integer(1, 9),
      default: "3",
      help: "how loud a toy is asked",
    },
    toyFile: {
      value: "FILE",
      parse: fileName,
      default: null,
      help: "a file with a toy's password",
    },
  },
  files: {
    toyFile: { isSecret: true, parse: (bytes) => textOf(bytes).trim() },
  },
  identity: null,
  flaws: [
    { name: "protocol", text: "it babbles", advice: "Is it a toy?" },
    { name: "echo", text: "it repeats others", advice: "Is it a parrot?" },
  ],
  open: (setup) => toyDialogue(setup),
};

/** What a toy's connection knows: the number that was asked last, and half a line. */
interface State {
  readonly asked: string;
  readonly said: string;
}

function toyDialogue({ path, values, files }: Setup): Dialogue<State> {
  const password = files["toyFile"] ?? "";
  const ask = (nonce: Uint8Array): Turn<State> => {
    const asked = `${nonce[0]}`;
    const line = `${path} ${values["loudness"]} ${password} ${asked}\n`;
    return { state: { asked, said: "" }, say: bytesOf(line), ...asking };
  };
  return {
    tls: null,
    open: ({ nonce }) => ask(nonce),
    receive(state, bytes) {
      const lines = (state.said + textOf(bytes)).split("\n");
      const said = lines.pop()!;
      const heard = lines.map((line) => meaning(line, state.asked));
      return { state: { ...state, said }, say: null, asks: false, heard };
    },
    ended: () => ({ type: "unable", note: "hung up" }),
    timedOut: () => ({ type: "unable", note: "said nothing in time" }),
    ping: (_, { nonce }) => ask(nonce),
    farewell: () => bytesOf("bye\n"),
  };
}

const asking = { asks: true, heard: [] };

function meaning(line: string, asked: string): Heard {
  const [word, number, user] = line.split(" ");
  switch (word) {
    case "yes":
      if (number !== asked) {
        return { type: "flaw", flaw: "echo", note: "answers somebody else" };
      }
      return user === undefined ? { type: "alive" } : {
        type: "alive",
        note: "plays",
        warning: "it plays with another child",
        portal: { user, secondsLeft: 60 },
      };
    case "no":
      return { type: "dead", sign: "no", note: "does not want to play" };
    case "never":
      return { type: "dead", sign: "never", note: "will never play" };
    case "wait":
      return { type: "unable", note: "has no time" };
    default:
      return { type: "flaw", flaw: "protocol", note: "babbles" };
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

// Tables are made of the protocols when they are loaded.
protocols.push({ ...toy, load: () => Promise.resolve(toy) });
const { app, echo, lifesign, minute, second } = await import("./test_app.ts");

/** A toy that answers each line, `#` standing for the number that was asked; `null` for not at all. */
function toyThat(
  says: (line: string, connection: FakeConnection) => string | null,
): FakeServing {
  return {
    onWrite(bytes, connection) {
      const line = textOf(bytes).trimEnd();
      const answer = line === "bye" ? null : says(line, connection);
      if (answer === null) return;
      const number = line.split(" ").at(-1)!;
      connection.say(bytesOf(`${answer.replace("#", number)}\n`), 2);
    },
  };
}

const yes = toyThat(() => "yes #");
const no = toyThat(() => "no");
const refuses: FakeServing = {
  fault: { code: "ECONNREFUSED", message: "connection refused" },
};

const target = "toys://192.0.2.1/box";

Deno.test("a stream protocol of one file is asked by check()", async () => {
  const rows: [
    what: string,
    code: number,
    args: string[],
    serve: NonNullable<FakeWorldOptions["serve"]>,
    output: string,
  ][] = [
    ["alive", 0, [target], () => yes, "alive (192.0.2.1:4242, 2 ms, 1 try)"],
    [
      "alive, with more to say",
      0,
      ["--target=TOYS://[2001:db8::1]:99"],
      () => toyThat(() => "yes # alice"),
      "alive ([2001:db8::1]:99, 2 ms, 1 try, plays, but it plays with another child)",
    ],
    [
      "its own settings, and the file that one names",
      0,
      [target, "--loudness=7", "--toy-file=f"],
      () =>
        toyThat((line) => /^\/box 7 sesame \d+$/.test(line) ? "yes #" : null),
      "alive (192.0.2.1:4242, 2 ms, 1 try)",
    ],
    [
      "alive on the second connection",
      0,
      [target],
      (_, id) => id === 0 ? toyThat(() => "wait") : yes,
      "alive (192.0.2.1:4242, 2 ms, 2 tries)",
    ],
    [
      "nobody accepts",
      20,
      [target],
      () => ({ connect: null }),
      "silent (192.0.2.1:4242 did not accept the connection in time, 2 tries)",
    ],
    [
      "nobody answers",
      20,
      [target],
      () => toyThat(() => null),
      "silent (192.0.2.1:4242 said nothing in time, 2 tries)",
    ],
    [
      "nobody has time",
      20,
      [target],
      () => toyThat(() => "wait"),
      "silent (192.0.2.1:4242 has no time, 2 tries)",
    ],
    [
      "garbled, with its flaw",
      23,
      [target],
      () => toyThat(() => "yes x"),
      "garbled (192.0.2.1:4242 answers somebody else, 2 tries, discarded: 2 × echo)",
    ],
    [
      "dead",
      10,
      [target],
      () => no,
      "dead (192.0.2.1:4242 does not want to play, 2 times)",
    ],
    [
      "refused",
      10,
      [target],
      () => refuses,
      "dead (192.0.2.1:4242 refused the connection, 2 times)",
    ],
    [
      "refused for a moment",
      0,
      [target],
      (_, id) => id === 0 ? refuses : yes,
      "alive (192.0.2.1:4242, 2 ms, 2 tries)",
    ],
    [
      "refused, which is no death sign here",
      20,
      [target, "--dead-on=no"],
      () => refuses,
      "silent (192.0.2.1:4242 refused the connection, 2 tries)",
    ],
    [
      "a death sign that does not count unless it is set",
      20,
      [target],
      () => toyThat(() => "never"),
      "silent (192.0.2.1:4242 will never play, 2 tries)",
    ],
    [
      "a death sign that is set",
      10,
      [target, "--dead-on=never"],
      () => toyThat(() => "never"),
      "dead (192.0.2.1:4242 will never play, 2 times)",
    ],
    [
      "nothing leaves",
      21,
      [target],
      () => ({ fault: { code: "ENETUNREACH", message: "no route" } }),
      "unsendable (ENETUNREACH: no route)",
    ],
  ];
  for (const [what, wanted, args, serve, text] of rows) {
    const { code, output, errors, world } = await lifesign(
      ["check", ...args],
      { serve, files: { f: { text: "sesame\n" } } },
    );
    assertEquals(
      [code, output, errors],
      [wanted, `default: ${text}\n`, ""],
      what,
    );
    // One without an answer may still get a late one, if the program goes on.
    world.clock.runUntil(world.clock.now() + 10 * second);
    const { streams, clock } = world;
    assertEquals([streams.openCount, clock.pending], [0, 0], what);
  }
});

Deno.test("a stream protocol of one file tells programs about itself", async () => {
  const { output } = await lifesign(["check", "--json", target], {
    serve: () => toyThat(() => "yes # alice"),
  });
  const { sessions: [session] } = JSON.parse(output);
  const { protocol, note, warning, held, phases_ms, portal } = session;
  assertEquals(
    { target: session.target, protocol, note, warning, held },
    {
      target: "toys://192.0.2.1:4242/box",
      protocol: "toys",
      note: "plays",
      warning: "it plays with another child",
      held: false,
    },
  );
  assertEquals(phases_ms, { connect: 1, tls: null, greeting: 2, proof: 0 });
  assertEquals([portal.user, portal.seconds_left], ["***", 60]);
});

Deno.test("a stream protocol of one file stands beside others in a configuration", async () => {
  const text = `gateway = 192.0.2.9
uid = 77
tries = 1
[dorm]
[toy]
target = toys://192.0.2.1/
loudness = 7
[chat]
target = toys://192.0.2.2
`;
  const options: FakeWorldOptions = {
    files: { conf: { text } },
    respond: () => [echo(1)],
    serve: ({ to }) => to.host === "192.0.2.1" ? yes : refuses,
  };
  const { code, output } = await lifesign(["check", "-c", "conf"], options);
  assertEquals([code, output], [
    10,
    `dorm: alive (192.0.2.9:3335, 1 ms, 1 try)
toy: alive (192.0.2.1:4242, 2 ms, 1 try)
chat: dead (192.0.2.2:4242 refused the connection, 2 times)
`,
  ]);
  const config = await lifesign(["config", "-c", "conf", "toy"], options);
  assertEquals(config.code, 0);
  for (const line of [/^loudness +7 +conf:7$/m, /^interval +30s +default$/m]) {
    assert(line.test(config.output), config.output);
  }
  const help = await lifesign(["check", "--help"], options);
  assertStringIncludes(help.output, "--loudness N");
  assertStringIncludes(help.output, toy.settings["loudness"]!.help);
});

const [status, metrics, history] = ["/run/status", "/run/metrics", "/run/log"];

/** An agent that holds a toy's connection, and whoever reads what it has written. */
async function lived(until: number) {
  const world = createFakeWorld({ serve: () => life() });
  const { clock } = world;
  const at = (time: number, action: () => void) => clock.setTimer(time, action);
  const { connections } = world.streams;
  // Between two heartbeats, and again within the same interval.
  at(70 * second, () => connections.at(-1)!.end());
  at(80 * second, () => connections.at(-1)!.end());
  /** Asked at 120 s a toy says nothing on a connection that is held; from 180 s on it says no. */
  function life(): FakeServing {
    return toyThat((_, { at }) => {
      const now = clock.now();
      if (now >= 3 * minute) return "no";
      return now === 2 * minute && at < now ? null : "yes #";
    });
  }
  const running = app([
    ...["run", "--json", target, "--status-file", status],
    ...["--metrics-file", metrics, "--history-file", history],
  ], world);
  await elapse(clock, until);
  const textIn = (path: string) =>
    world.files.replacements.findLast((file) => file.path === path)!.text;
  const reader = createFakeWorld({
    files: {
      [status]: { text: textIn(status), mode: 0o644 },
      [history]: { text: world.logFiles.opened.get(history)!.text },
    },
  });
  reader.clock.runUntil(until);
  const read = async (args: readonly string[]) => {
    const before = reader.terminal.output.length;
    const code = await app(args, reader);
    assertEquals([reader.terminal.errors, reader.streams.openCount], ["", 0]);
    return { code, output: reader.terminal.output.slice(before) };
  };
  return { world, running, read, metrics: textIn(metrics) };
}

Deno.test("a stream protocol of one file is kept alive by run(), on a connection that is held", async () => {
  const { world, running } = await lived(10 * minute);
  assertEquals(await running, 10);
  const events = world.terminal.output.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const start = Date.parse(events[0].time);
  const told = events.map(({ time, ...event }) =>
    [
      (Date.parse(time) - start) / second,
      ...["event", "verdict", "from", "to", "tries", "reason", "held"]
        .filter((key) => key in event).map((key) => event[key]),
    ].join(" ")
  );
  assertEquals(told, [
    "0 start",
    "0.003 cycle alive 1 false",
    "0.003 transition none alive",
    "30.002 cycle alive 1 true",
    "60.002 cycle alive 1 true",
    // It was lost between two slots: a fresh one is asked at once.
    "70.003 cycle alive 1 false",
    "70.003 reconnect hung up",
    // It was lost again so soon: the slot comes first.
    "90.003 cycle alive 1 false",
    "90.003 reconnect hung up",
    // What was held says nothing, a fresh one does in the same cycle.
    "123.003 cycle alive 2 false",
    "123.003 reconnect did not answer in time",
    "150.002 cycle alive 1 true",
    // A death is said on what was held, and counts on two fresh ones.
    "185.008 cycle dead 3 false",
    "185.008 transition alive dead",
    "185.008 stop",
  ]);
  const { streams } = world;
  assertEquals(
    streams.connections.map(({ at }) => at / second),
    [0, 70, 90, 123, 180.002, 185.005],
  );
  assertStringIncludes(
    world.terminal.errors,
    " info default: connected again (hung up)\n",
  );
  assertEquals([world.streams.openCount, world.clock.pending], [0, 0]);
});

Deno.test("a stream protocol of one file has its flaws in the metrics", async () => {
  const { metrics } = await lived(150 * second);
  const [labels] = /session="default",protocol="\w+",target="[^"]+"/
    .exec(metrics)!;
  assertEquals(
    metrics.split("\n")
      .filter((line) => line.startsWith("lifesign_discarded_total")),
    ["protocol", "echo", "late", "moved"].map(
      (reason) => `lifesign_discarded_total{${labels},reason="${reason}"} 0`,
    ),
  );
  assertStringIncludes(
    metrics,
    `lifesign_cycles_total{${labels},verdict="alive"} 6\n`,
  );
});

Deno.test("a stream protocol of one file is told of by status() and report()", async () => {
  const { read } = await lived(150 * second);
  const shown = await read(["status", "--status-file", status]);
  assertEquals(shown.code, 0);
  assertStringIncludes(
    shown.output,
    "default  alive    2 min ago  27 s ago    2/2/2 ms         0/0 %         now\n",
  );
  const json = await read(["status", "--json", "--status-file", status]);
  const { verdict, sessions: [session] } = JSON.parse(json.output);
  assertEquals(
    [verdict, session.gateway, session.cycles.alive, session.recent],
    ["alive", "192.0.2.1:4242", 6, "2 2 2 2 2 2*2"],
  );
  const figures = await read(["report", "--json", "--history-file", history]);
  const { sessions: [found] } = JSON.parse(figures.output);
  assertEquals(
    [found.gateway, found.verdicts, found.tries, found.outages],
    ["toys://192.0.2.1:4242/box", { alive: 6 }, 7, []],
  );
  const page = await read(["report", "--history-file", history]);
  assertEquals(page.code, 0);
  assertStringIncludes(page.output, "toys://192.0.2.1:4242/box");
});
