import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Outcome,
  run,
  startGateway,
  whereNoNetworkIs,
} from "./harness.ts";

/** Long enough that two of its digits are shown; its bytes are 93 2c 33 01. */
const uid = "20131987";

const quick = ["--timeout=100ms", "--tries=2"];

/** Explains a gateway to people, or to programs. */
function doctor(gateway: string, ...args: string[]): Promise<Outcome> {
  return run(["doctor", "-g", gateway, "-u", uid, ...quick, ...args]);
}

/** The signs of the steps, and all that is said without line breaks. */
function read({ stdout }: Outcome): { signs: string; text: string } {
  const signs = [...stdout.matchAll(/^ {2}([✓✗–]) /gm)].map(([, it]) => it);
  const text = stdout.replace(/\s+/g, " ");
  assert(!/20131987|93 2c|2c 33|33 01|01 33|33 2c/.test(text), text);
  return { signs: signs.join(""), text };
}

const rows: {
  what: string;
  gateway: string[];
  args?: string[];
  code: number;
  signs: string;
  says: string[];
}[] = [
  {
    what: "alive",
    gateway: ["--uid", uid],
    code: 0,
    signs: "✓✓✓✓✓✓✓✓",
    says: [
      "UID ***87 (--uid)",
      "127.0.0.1 is this machine itself",
      "10 of 10 heartbeats sent one by one were answered",
      "** ** ** ** ** ** ** ** 00 00 00 00 00 00 00 00",
      "alive: the gateway knows the UID",
    ],
  },
  {
    what: "alive, by an interface",
    gateway: ["--uid", uid],
    args: ["-b", "lo"],
    code: 0,
    signs: "✓✓✓✓✓✓✓✓",
    says: ["127.0.0.1 is this machine itself"],
  },
  {
    what: "dead",
    gateway: ["--uid", "78"],
    code: 10,
    signs: "✓✓✓✓✓✓✓✗",
    says: ["fe ff ff ff ff ff ff ff 00", "said so 4 times", "Log in again"],
  },
  {
    what: "--loss 1",
    gateway: ["--loss", "1"],
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [
      "none of 12 heartbeats was answered, but 127.0.0.1 is there: it refused a TCP connection",
      "Either the site has switched it off",
    ],
  },
  {
    what: "--duplicate",
    gateway: ["--uid", uid, "--duplicate"],
    code: 0,
    signs: "✓✓✓✓✓✓✓✓",
    says: ["10 of 10"],
  },
  {
    what: "--garble length",
    gateway: ["--garble", "length"],
    code: 23,
    signs: "✓✓✓✓✓✓✗–",
    says: ["another length than this protocol's", "Something else listens"],
  },
  {
    what: "--garble uid",
    gateway: ["--garble", "uid"],
    code: 23,
    signs: "✓✓✓✓✓✓✗–",
    says: ["12 × 16 bytes", "** ** 00 00", "names another session"],
  },
  {
    what: "--garble tail",
    gateway: ["--garble", "tail"],
    code: 23,
    signs: "✓✓✓✓✓✓✗–",
    says: ["--no-strict-reply accepts it"],
  },
  {
    what: "--garble random",
    gateway: ["--garble", "random"],
    code: 23,
    signs: "✓✓✓✓✓✓✗–",
    says: ["names another session"],
  },
  {
    what: "--forge dead@other-port",
    gateway: ["--uid", uid, "--forge", "dead@other-port"],
    code: 0,
    signs: "✓✓✓✓✓✓✓✓",
    says: ["fe ff ff ff ff ff ff ff 00", "alive: the gateway knows the UID"],
  },
];

for (const { what, gateway, args = [], code, signs, says } of rows) {
  Deno.test(`doctor explains a gateway: ${what}`, async () => {
    await using running = await startGateway(...gateway);
    const outcome = await doctor(running.address, ...args);
    const found = read(outcome);
    assertEquals(
      [outcome.code, found.signs, outcome.stderr],
      [code, signs, ""],
      outcome.stdout,
    );
    for (const each of says) assertStringIncludes(found.text, each);
  });
}

Deno.test("doctor measures how much is lost", async () => {
  const faults = ["--loss", "0.3", "--seed", "1"];
  await using gateway = await startGateway("--uid", uid, ...faults);
  const outcome = await doctor(gateway.address, "--json");
  const { sessions: [{ steps, verdict }] } = JSON.parse(outcome.stdout);
  assertEquals([outcome.code, verdict], [0, "alive"], outcome.stdout);
  const [, back] = /^(\d+) of 10 heartbeats/.exec(steps[4].text) ?? [];
  const lost = 10 - Number(back);
  assertEquals(
    [steps[4].ok, steps[4].text.includes(`about ${10 * lost} %`)],
    [lost < 4, lost > 0],
  );
});

Deno.test("doctor explains a port where nothing listens", async () => {
  const outcome = await doctor("127.0.0.1:9");
  const { signs, text } = read(outcome);
  assertEquals([outcome.code, signs], [20, "✓✓✓✓✗–––"]);
  assertStringIncludes(text, "nothing speaks this heartbeat at UDP port 9");
});

Deno.test("doctor explains a port where another service answers", async () => {
  const hostname = "127.0.0.1";
  const service = Deno.listenDatagram({ hostname, port: 0, transport: "udp" });
  const serve = async () => {
    for await (const [bytes, peer] of service) await service.send(bytes, peer);
  };
  const served = serve();
  const { port } = service.addr as Deno.NetAddr;
  const outcome = await doctor(`${hostname}:${port}`);
  service.close();
  await served;
  const { signs, text } = read(outcome);
  assertEquals([outcome.code, signs], [23, "✓✓✓✓✓✓✗–"]);
  assertStringIncludes(text, "** ** ** ** 00 00 00 00");
  assertStringIncludes(text, "an echo service, not a gateway");
});

Deno.test("doctor explains an address that is not this machine's", async () => {
  const outcome = await doctor("127.0.0.1:9", "-b", "192.0.2.1");
  const { signs, text } = read(outcome);
  assertEquals([outcome.code, signs], [21, "✓✓✗–––––"]);
  assertStringIncludes(
    text,
    "Name with bind (now 192.0.2.1) the one that the session was logged in",
  );
});

Deno.test("doctor explains an unknown name", async (t) => {
  await whereNoNetworkIs(t, async (run) => {
    const outcome = await run(["doctor", "-g", "gw.invalid", "-u", uid]);
    const { signs, text } = read(outcome);
    assertEquals([outcome.code, signs], [22, "✓✗––––––"]);
    assertStringIncludes(text, "`getent ahosts gw.invalid` shows");
  });
});

Deno.test("doctor shows mistakes on stderr alone", async () => {
  const { code, stdout, stderr } = await run(["doctor", "-u", "x"]);
  assertEquals([code, stdout], [78, ""]);
  assertStringIncludes(stderr, "✗ settings");
  assertStringIncludes(stderr, "\n--uid: Cannot read");
});
