import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { app, lifesign } from "./test_app.ts";
import { deadUid, encodeReply } from "../protocol/srun.ts";
import type { FakeReply } from "../testing/fake_network.ts";
import { mainRule } from "../testing/fake_routes.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import type { Endpoint, Fault } from "../world.ts";

/** Long enough that two of its digits are shown; its bytes are dc 3c 35 01. */
const uid = 20266204n;
const base = ["-g", "192.0.2.1", "-u", `${uid}`];

const doctor = (args: readonly string[], options: FakeWorldOptions = {}) =>
  lifesign(["doctor", ...args], options);
const reply = (bytes: Uint8Array, after = 2): FakeReply => ({ bytes, after });
const echo = (after = 2) => reply(encodeReply(uid), after);
const death = () => reply(encodeReply(deadUid));
const fault = (code: string, message = `what ${code} means`): Fault => ({
  code,
  message,
});
const lan = [
  { name: "lo", address: "127.0.0.1", prefix: 8 },
  { name: "eth0", address: "192.0.2.7", prefix: 24 },
];
const uplinks = [
  { name: "wan1", address: "10.1.0.2", prefix: 24 },
  { name: "wan2", address: "10.2.0.2", prefix: 24 },
];
const refused = fault("ECONNREFUSED");
const refuse = () => ({ fault: refused });

type Respond = NonNullable<FakeWorldOptions["respond"]>;

/** What comes back to the nth datagram, from 0. */
function nth(respond: (n: number) => FakeReply[]): Respond {
  let count = 0;
  return () => respond(count++);
}

/** What comes back from these addresses, and nothing from others. */
function from(
  hosts: readonly string[],
  replies: (to: Endpoint) => FakeReply[] = () => [echo()],
): Respond {
  return ({ to }) => hosts.includes(`${to.host} ${to.port}`) ? replies(to) : [];
}

interface Row {
  readonly args?: readonly string[];
  readonly options: FakeWorldOptions;
  /** The exit code, and the signs of the eight steps in their order. */
  readonly ends: string;
  /** What is said in one of the steps, white space aside. */
  readonly says: readonly string[];
}

const named = ["-g", "gw.example", "-u", `${uid}`];
const both = { "gw.example": ["192.0.2.1", "2001:db8::1"] };

const rows: Readonly<Record<string, Row>> = {
  "all is well": {
    options: { respond: () => [echo()], interfaces: lan },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: [
      "gateway 192.0.2.1:3335 (--gateway), UID ***04 (--uid)",
      "192.0.2.1 is an IPv4 address, not a name",
      "through eth0, from 192.0.2.7: 192.0.2.1 is in the same network",
      "1 datagram has left this machine",
      "10 of 10 heartbeats sent one by one were answered, after 2 ms",
      "11 answers of 16 bytes from 192.0.2.1:3335, all right",
      "all 11 answers are replies to a heartbeat, to the last byte",
      "alive: the gateway knows the UID",
      "default: alive (192.0.2.1:3335, 2 ms, 1 try) All is well: there is nothing to do.",
    ],
  },
  "a name": {
    args: named,
    options: { respond: () => [echo()], names: both },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: ["gw.example is 192.0.2.1 (IPv4), 2001:db8::1 (IPv6)"],
  },
  "the session is dead": {
    options: { respond: () => [death()] },
    ends: "10 ✓✓✓✓✓✓✓✗",
    says: [
      "16 × 16 bytes from 192.0.2.1:3335: fe ff ff ff ff ff ff ff 00 00",
      "dead: the gateway said so 6 times → Log in again, and set the new UID. If you are logged in, this UID is an older session's",
      "To begin with: Log in again, and set the new UID.",
    ],
  },
  "the session is dead, and its UID is in a file": {
    args: ["-g", "192.0.2.1", "-U", "/run/uid"],
    options: {
      respond: () => [death()],
      files: { "/run/uid": { text: `${uid}\n` } },
    },
    ends: "10 ✓✓✓✓✓✓✓✗",
    says: [
      "UID ***04 (/run/uid, --uid-file)",
      "Log in again, so that /run/uid gets the new UID",
    ],
  },
  "a death that is not confirmed": {
    options: { respond: nth((n) => n === 0 ? [death()] : []) },
    ends: "20 ✓✓✓✓✗✓✓–",
    says: [
      "said to be dead, but that was not confirmed → Anybody can forge that",
    ],
  },
  "the name is unknown": {
    args: named,
    options: {},
    ends: "22 ✓✗––––––",
    says: [
      "cannot look up gw.example → `getent ahosts gw.example` shows",
      "no address, so no way to it",
      "nothing sent: no address to send to",
    ],
  },
  "the resolver says nothing": {
    args: named,
    options: { names: { "gw.example": null } },
    ends: "22 ✓✗––––––",
    says: ["the resolver did not answer for gw.example within 5 s"],
  },
  "the name has no address of the family": {
    args: [...named, "-6"],
    options: { names: { "gw.example": ["192.0.2.1"] } },
    ends: "22 ✓✗––––––",
    says: [
      "only IPv6 (-6)",
      "gw.example has no IPv6 address → It is 192.0.2.1 (IPv4): leave -4, -6 or family out, or bind to an address of its family",
    ],
  },
  "no route": {
    options: { respond: () => fault("ENETUNREACH"), interfaces: lan },
    ends: "21 ✓✓✗–––––",
    says: [
      "what ENETUNREACH means → This machine has eth0 192.0.2.7. Set up missing routes where",
      "nothing sent: no way to send it",
    ],
  },
  "no network at all": {
    options: { respond: () => fault("ENETUNREACH"), interfaces: [] },
    ends: "21 ✓✓✗–––––",
    says: ["no address but its own loopback: it is on no network at all"],
  },
  "an interface that is not there": {
    args: [...base, "-b", "wlan7"],
    options: { interfaces: lan },
    ends: "21 ✓✓✗–––––",
    says: [
      "bind wlan7 (--bind)",
      "This machine has eth0 192.0.2.7. Name with bind (now wlan7) the one that the session was logged in through",
    ],
  },
  "an interface that is not there, while another one is answered": {
    args: [...base, "-b", "wlan7"],
    options: { interfaces: lan, respond: () => [echo()] },
    ends: "21 ✓✓✗–––––",
    // What another line's gateway says is worth nothing.
    says: ["nothing was sent that could be answered"],
  },
  "a firewall on this machine": {
    options: { respond: () => fault("EPERM"), interfaces: lan },
    ends: "21 ✓✓✓✗––––",
    says: ["what EPERM means → A rule for the chain `output` drops or rejects"],
  },
  "no memory left for a socket": {
    options: { respond: () => fault("ENOMEM") },
    ends: "21 ✓✓✓✗––––",
    says: ["what ENOMEM means → Fix this first: this machine cannot send"],
  },
  "a try that did not leave": {
    options: {
      respond: ({ at }) => at === 0 ? fault("ENETUNREACH") : [echo()],
    },
    ends: "0 ✓✓✓✗✓✓✓✓",
    says: ["1 datagram has left, but not each: what ENETUNREACH means → That"],
  },
  "silence from a host that is there": {
    options: { serve: refuse },
    ends: "20 ✓✓✓✓✗–––",
    says: [
      "none of 13 heartbeats was answered, but 192.0.2.1 is there: it refused a TCP connection to port 3335 after 1 ms → The way there and back works, so lost packets are unlikely: nothing speaks this heartbeat at UDP port 3335. Either the site has switched it off",
      "nothing came that could be looked at",
      "no answer that could be judged",
      "not known",
    ],
  },
  "silence from a host with a page to log in": {
    options: {
      serve: ({ to: { port } }) => port === 80 ? { connect: 3 } : null,
    },
    ends: "20 ✓✓✓✓✗–––",
    says: ["accepted a TCP connection to port 80 after 3 ms"],
  },
  "silence from a host that TCP has to ask again": {
    options: {
      serve: ({ to: { port } }) => ({
        fault: refused,
        connect: port === 80 ? 1001 : 1,
      }),
    },
    ends: "20 ✓✓✓✓✗–––",
    says: [
      "none of 13 heartbeats was answered; 192.0.2.1 is there, but it refused a TCP connection to port 80 after 1001 ms, and only at the second request → Most packets are lost on the way: `ping -c 20 192.0.2.1`",
    ],
  },
  "nobody at the address": {
    options: {
      serve: () => ({ fault: fault("EHOSTUNREACH"), connect: 3000 }),
    },
    ends: "20 ✓✓✓✓✗–––",
    says: ["no machine has the address 192.0.2.1, or it cannot be reached"],
  },
  "nothing but silence": {
    options: { serve: () => ({ fault: refused, connect: 5000 }) },
    ends: "20 ✓✓✓✓✗–––",
    says: [
      "none of 13 heartbeats was answered, nor was any TCP connection: nothing came from 192.0.2.1 → Silence cannot tell",
      "Try `ping 192.0.2.1`: if that is answered",
    ],
  },
  "the wrong port": {
    args: ["-g", "192.0.2.1:3353", "-u", `${uid}`],
    options: { respond: from(["192.0.2.1 3335"]), serve: refuse },
    ends: "20 ✓✓✓✓✗–––",
    says: [
      "none of 13 heartbeats was answered, but 192.0.2.1:3335 does answer → The port was wrong: --gateway 192.0.2.1, since 3335 is",
    ],
  },
  "the wrong family, and no second try for the other one": {
    args: [...named, "-n1"],
    options: { respond: from(["2001:db8::1 3335"]), names: both },
    ends: "20 ✓✓✓✓✗–––",
    says: ["but [2001:db8::1]:3335 does answer → Keep to its family: -6"],
  },
  "the other family is not tried where one was chosen": {
    args: [...named, "-4"],
    options: { respond: from(["2001:db8::1 3335"]), names: both },
    ends: "20 ✓✓✓✓✗–––",
    says: ["nothing came from 192.0.2.1"],
  },
  "answers from another address": {
    options: {
      respond: () => [{ ...echo(), from: { host: "192.0.2.9", port: 3335 } }],
    },
    ends: "20 ✓✓✓✓✗✓––",
    says: [
      "none of 13 heartbeats was answered by 192.0.2.1:3335, but 192.0.2.9 answered → reply_from = 192.0.2.9 (or --reply-from 192.0.2.9) accepts them",
    ],
  },
  "answers from another port": {
    options: {
      respond: () => [{ ...echo(), from: { host: "192.0.2.9", port: 3336 } }],
    },
    ends: "20 ✓✓✓✓✗✓––",
    says: [
      "none of 13 heartbeats was answered by 192.0.2.1:3335, but something came from 192.0.2.9:3336 → lifesign accepts answers only from the address that it asked",
      "--gateway 192.0.2.9:3336",
    ],
  },
  "something else from another address": {
    options: {
      respond: () => [{
        ...reply(new Uint8Array(3)),
        from: { host: "192.0.2.9", port: 3335 },
      }],
    },
    ends: "20 ✓✓✓✓✗✓––",
    says: ["but something came from 192.0.2.9:3335"],
  },
  "another line": {
    args: [...base, "-b", "wan2"],
    options: {
      interfaces: uplinks,
      routes: {
        route: ({ from = "10.2.0.2" }) => ({
          device: "wan1",
          source: from,
          via: "10.1.0.1",
        }),
      },
      respond: () => [death()],
    },
    ends: "21 ✓✓✗–––––",
    says: [
      "packets from 10.2.0.2 (wan2) to 192.0.2.1 leave by wan1, another line",
      "`ip rule add from 10.2.0.2 lookup 100 pref 32765`",
      "What `ip` sets is gone at the next boot",
      "nothing sent: it would have left by another line",
    ],
  },
  "two lines, and no bind": {
    options: {
      interfaces: uplinks,
      routes: {
        routing: () => ({
          rules: [mainRule],
          routes: [{
            table: "main",
            bits: 0,
            metric: 0,
            devices: ["wan1", "wan2"],
            via: null,
          }],
        }),
      },
      respond: () => [echo()],
    },
    ends: "0 ✓✓✗✓✓✓✓✓",
    says: ["packets to 192.0.2.1 leave by wan1 or wan2", "--bind wan2"],
  },
  "a tunnel that swallows everything": {
    options: {
      interfaces: [...lan, { name: "utun", address: "198.18.0.1", prefix: 1 }],
      routes: {
        route: () => ({ device: "utun", source: "198.18.0.1", via: null }),
      },
    },
    ends: "20 ✓✓✓✓✗–––",
    says: ["through utun, from 198.18.0.1, without a router, as into a tunnel"],
  },
  "a proxy's fake address": {
    args: named,
    options: { names: { "gw.example": ["198.18.0.5"] } },
    ends: "20 ✓✗✓✓✗–––",
    says: ["198.18.0.5 is a proxy's fake address, no host's"],
  },
  "no ip on this machine": {
    options: {
      routes: { route: () => fault("ENOSYS", "there is no `ip`") },
      respond: () => [echo()],
    },
    ends: "0 ✓✓–✓✓✓✓✓",
    says: ["there is no `ip`"],
  },
  "a third is lost": {
    options: { respond: nth((n) => n % 3 === 2 ? [] : [echo()]) },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: [
      "7 of 10 heartbeats sent one by one were answered, after 2 ms: 11 to 60 % are lost",
    ],
  },
  "a tenth is lost": {
    options: { respond: nth((n) => n === 5 ? [] : [echo()]) },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: [
      "9 of 10 heartbeats sent one by one were answered, after 2 ms: 2 to 40 % are lost on the way there or back → lifesign copes with that, since it sends up to 3 times a cycle",
    ],
  },
  "most is lost": {
    options: { respond: nth((n) => n % 4 === 0 ? [echo()] : []) },
    ends: "0 ✓✓✓✓✗✓✓✓",
    says: ["2 of 10", "49 to 94 %", "let lifesign try more often", "--tries 6"],
  },
  "so much is lost that only a later heartbeat is answered": {
    options: { respond: nth((n) => n === 9 ? [echo()] : []) },
    ends: "0 ✓✓✓✓✗✓✓✓",
    says: ["1 of 10", "60 to 98 %", "alive: the gateway knows the UID"],
  },
  "answers that take long": {
    options: { respond: () => [echo(1400)] },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: [
      "after 1400 ms → Answers take longer than the timeout (1000 ms)",
      "--timeout 3000ms",
    ],
  },
  "an echo service": {
    options: { respond: ({ bytes }) => [reply(bytes)] },
    ends: "23 ✓✓✓✓✓✓✗–",
    says: [
      "13 × 8 bytes from 192.0.2.1:3335: ** ** ** ** 00 00 00 00",
      "it sends back just what it gets → That is an echo service",
    ],
  },
  "another service": {
    options: {
      respond: nth((n) => [reply(new Uint8Array(n === 0 ? 600 : 20 + n))]),
    },
    ends: "23 ✓✓✓✓✓✓✗–",
    says: [
      "13 × 21 to more than 512 bytes from 192.0.2.1:3335, such as: 00 00",
      "its answers have another length than this protocol's → Something else",
    ],
  },
  "somebody else's session": {
    options: { respond: () => [reply(encodeReply(5n))] },
    ends: "23 ✓✓✓✓✓✓✗–",
    says: [
      "13 × 16 bytes from 192.0.2.1:3335: ** ** ** ** ** ** ** ** 00",
      "names another session → Is the UID the one of this login?",
    ],
  },
  "something where zeros belong": {
    options: {
      respond: () => [reply(encodeReply(uid).fill(0xab, 15))],
    },
    ends: "23 ✓✓✓✓✓✓✗–",
    says: ["00 00 00 00 ab", "--no-strict-reply accepts it"],
  },
  "something where zeros belong, and that is accepted": {
    args: [...base, "--no-strict-reply"],
    options: {
      respond: () => [reply(encodeReply(uid).fill(0xab, 15))],
    },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: ["11 answers of 16 bytes from 192.0.2.1:3335, all right"],
  },
  "replies and other things": {
    options: {
      respond: () => [
        reply(new Uint8Array(), 1),
        reply(Uint8Array.of(1, 2), 1),
        echo(),
        { ...death(), from: { host: "192.0.2.1", port: 53 } },
        { ...echo(), from: { host: "192.0.2.2", port: 53 } },
      ],
    },
    ends: "0 ✓✓✓✓✓✓✓✓",
    says: [
      "22 × 0 to 2 bytes from 192.0.2.1:3335, such as: nothing in it; 11 × 16 bytes",
      "and 1 other kind",
      "11 of 33 answers are replies to a heartbeat; of the others: its answers have another length",
    ],
  },
};

for (const [what, row] of Object.entries(rows)) {
  const { args = base, options, ends, says } = row;
  Deno.test(`doctor() explains: ${what}`, async () => {
    const found = await doctor(args, options);
    const lines = found.output.split("\n");
    const shown = lines.flatMap((line) =>
      /^ {2}([✓✗–]) /.exec(line)?.[1] ?? []
    );
    assertEquals([`${found.code} ${shown.join("")}`, found.errors], [ends, ""]);
    const text = found.output.replace(/\s+/g, " ");
    for (const each of says) assertStringIncludes(text, each);
    assert(!/dc 3c|3c 35|35 01|01 35|35 3c|20266204/.test(text), text);
    // The verdict's own line is that of check.
    const own = lines.filter((line) => !line.startsWith("default: "));
    assert(own.every((line) => line.length <= 80), found.output);
  });
}

Deno.test("doctor() tells each step as soon as it is done", async () => {
  const world = createFakeWorld({ names: both });
  const running = toEnd(world.clock, app(["doctor", ...named], world));
  const seen: [time: number, steps: number][] = [];
  const count = () => {
    const steps = world.terminal.output.match(/^ {2}[✓✗–] /gm)?.length ?? 0;
    if (seen.at(-1)?.[1] !== steps) seen.push([world.clock.now(), steps]);
    if (steps < 8) world.clock.setTimer(world.clock.now() + 1, count);
  };
  world.clock.setTimer(0, count);
  assertEquals(await running, 20);
  const times = seen.map(([time]) => time);
  assertEquals(seen.map(([, steps]) => steps).slice(0, 3), [1, 2, 4]);
  assert(times[1]! < 10 && times[2]! > 4_000 && times[2]! < 5_000, `${times}`);
});

Deno.test("doctor() sends so many datagrams and no more", async () => {
  const gateway = ["-g", "gw.example:3353", "-u", "1", "-b", "eth0"];
  const names = { "gw.example": ["192.0.2.1", "2001:db8::1"] };
  const interfaces = [...lan, { name: "eth0", address: "2001:db8::7" }];
  const { world } = await doctor(gateway, { names, interfaces });
  // check's, one by one, and two other ways with as many as a series has; each family has a socket.
  assertEquals(world.datagrams.requests.length, 3 + 10 + 2 * 3);
  assertEquals(world.datagrams.ports.length, 2 + 10 + 1 + 2);
});

Deno.test("doctor() tells programs the same", async () => {
  const { code, output, errors } = await doctor([...base, "--json"], {
    respond: () => [death()],
  });
  assertEquals([code, errors, output.split("\n").length], [10, "", 2]);
  const { sessions: [session], ...rest } = JSON.parse(output);
  assertEquals(rest, { verdict: "dead", exit_code: 10 });
  const { steps, ...record } = session;
  assertEquals(
    [record.session, record.verdict, record.exit_code, record.gateway],
    ["default", "dead", 10, "192.0.2.1:3335"],
  );
  assertEquals(
    steps.map(({ step, ok }: { step: string; ok: boolean }) => `${step} ${ok}`),
    [
      "settings true",
      "name true",
      "route true",
      "sending true",
      "answer true",
      "content true",
      "protocol true",
      "session false",
    ],
  );
  assertEquals(Object.keys(steps[7]), ["step", "ok", "text", "advice"]);
  assertEquals(steps[0].advice, null);
  const silent = await doctor([...base, "--json"]);
  const last = JSON.parse(silent.output).sessions[0].steps[7];
  assertEquals([silent.code, last.ok], [20, null]);
});

Deno.test("doctor() explains several sessions, and ends with the worst", async () => {
  const text =
    "gateway = 192.0.2.1\n[a]\nuid = 1\n[b]\nuid = 2\n[c]\nuid = 3\n";
  const options: FakeWorldOptions = {
    files: { "/etc/lifesign.conf": { text, owner: 0, mode: 0o644 } },
    respond: ({ bytes }) =>
      bytes[0] === 2 ? [] : [reply(encodeReply(BigInt(bytes[0]!)))],
  };
  const all = await doctor([], options);
  assertEquals(all.code, 20);
  assertEquals(
    [...all.output.matchAll(/^\w+ at /gm)].map(([head]) => head),
    ["a at ", "b at ", "c at "],
  );
  assertStringIncludes(all.output, "/etc/lifesign.conf:1");
  assertEquals((await doctor(["a", "c"], options)).code, 0);
});

Deno.test("doctor() shows mistakes on stderr alone, as the first step", async () => {
  const rows: [args: string[], code: number, says: string][] = [
    [["-g", "gw", "-u", "x"], 78, '--uid: Cannot read "x"'],
    [["-g", "gw", "-U", "f"], 66, "f: Cannot read the UID"],
    [["-g", "gw", "-u", "1", "dorm"], 64, 'Cannot find a session "dorm"'],
    [["--bogus"], 64, 'Cannot use "--bogus"'],
    [[...base, "extra=", "--json", "-n0"], 64, "Cannot find a session"],
  ];
  for (const [args, code, says] of rows) {
    const found = await doctor(args);
    assertEquals([found.code, found.output], [code, ""]);
    const [first, ...rest] = found.errors.split("\n");
    assertEquals(first, "✗ settings  they cannot be used as they are:");
    assertStringIncludes(rest.join("\n"), says);
    assertEquals(found.world.datagrams.requests, []);
  }
});

Deno.test("doctor() gives up starting processes in the end", async () => {
  const { world } = await doctor(base);
  assertEquals(world.mayStartProcesses, false);
});
