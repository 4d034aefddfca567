import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Outcome,
  run,
  startGateway,
  testsWithoutNetwork,
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

/** What a gateway does, what the doctor is told besides, how it ends, and what it shows. */
const rows: [
  what: string,
  gateway: string[],
  args: string[],
  code: number,
  signs: string,
  says: string[],
][] = [
  ["alive", ["--uid", uid], [], 0, "✓✓✓✓✓✓✓✓", [
    "UID ***87 (--uid)",
    "127.0.0.1 is this machine itself",
    "10 of 10 heartbeats sent one by one were answered",
    "answers of 16 bytes from 127.0.0.1:",
    "alive: the gateway knows the UID",
    "All is well: there is nothing to do.",
  ]],
  ["alive, by an interface", ["--uid", uid], ["-b", "lo"], 0, "✓✓✓✓✓✓✓✓", [
    "127.0.0.1 is this machine itself",
  ]],
  ["dead", ["--uid", "78"], [], 10, "✓✓✓✓✓✓✓✗", [
    "fe ff ff ff ff ff ff ff 00",
    "said so ",
    "To begin with: Log in again",
  ]],
  ["--loss 1", ["--loss", "1"], [], 20, "✓✓✓✓✗–––", [
    "none of 12 heartbeats was answered, but 127.0.0.1 is there: it refused a TCP connection",
    "Either the site has switched it off",
  ]],
  ["--duplicate", ["--uid", uid, "--duplicate"], [], 0, "✓✓✓✓✓✓✓✓", [
    "10 of 10",
  ]],
  ["--garble length", ["--garble", "length"], [], 23, "✓✓✓✓✓✓✗–", [
    "another length than this protocol's",
    "Something else listens",
  ]],
  ["--garble uid", ["--garble", "uid"], [], 23, "✓✓✓✓✓✓✗–", [
    "12 × 16 bytes",
    "** ** 00 00",
    "names another session",
  ]],
  ["--garble tail", ["--garble", "tail"], [], 23, "✓✓✓✓✓✓✗–", [
    "--no-strict-reply accepts it",
  ]],
  ["--garble random", ["--garble", "random"], [], 23, "✓✓✓✓✓✓✗–", [
    "names another session",
  ]],
  [
    "--forge dead@other-port",
    ["--uid", uid, "--forge", "dead@other-port"],
    [],
    0,
    "✓✓✓✓✓✓✓✓",
    ["fe ff ff ff ff ff ff ff 00", "alive: the gateway knows the UID"],
  ],
];

for (const [what, gateway, args, code, signs, says] of rows) {
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
    [steps[4].ok, / \d+ to \d+ % are lost/.test(steps[4].text)],
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

const offline = await testsWithoutNetwork();

offline.test("doctor explains an unknown name", async (run) => {
  const outcome = await run(["doctor", "-g", "gw.invalid", "-u", uid]);
  const { signs, text } = read(outcome);
  assertEquals([outcome.code, signs], [22, "✓✗––––––"]);
  assertStringIncludes(text, "`getent ahosts gw.invalid` shows");
});

Deno.test("doctor shows mistakes on stderr alone", async () => {
  const { code, stdout, stderr } = await run(["doctor", "-u", "x"]);
  assertEquals([code, stdout], [78, ""]);
  assertStringIncludes(stderr, "✗ settings");
  assertStringIncludes(stderr, "\n--uid: Cannot read");
});
