import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { FakeServing } from "../testing/fake_streams.ts";
import type { FakeWorldOptions } from "../testing/fake_world.ts";
import { certificateCode, type Fault, notTlsCode } from "../world.ts";
import {
  answering,
  closeFrame,
  greeting,
  hanging,
  refusing,
  webSocket,
  xServer,
  zeroMq,
} from "./test_peers.ts";
import { lifesign } from "./test_app.ts";

const fault = (code: string, message = `what ${code} means`): Fault => ({
  code,
  message,
});
const tlsFault = (code: string, message: string): FakeServing => ({
  phase: "tls",
  fault: fault(code, message),
});

/** What SRUN 4000 says of a user. */
const online = answering(
  'cb({"error":"ok","res":"ok","user_name":"20201234","online_ip":"10.1.2.3","sum_seconds":60})',
  { type: "text/javascript" },
);

const offline = answering(
  'cb({"error":"not_online_error","res":"not_online_error"})',
);

type Serve = NonNullable<FakeWorldOptions["serve"]>;

interface Row {
  readonly args: readonly string[];
  /** What becomes of connections: of each, by a script, or by their number, the last one for ever. */
  readonly serve: FakeServing | readonly FakeServing[] | Serve;
  readonly options?: FakeWorldOptions;
  /** The exit code, and the signs of the steps in their order. */
  readonly ends: string;
  /** What is said in one of the steps, white space aside. */
  readonly says: readonly string[];
}

const lan = [{ name: "eth0", address: "192.0.2.7", prefix: 24 }];
const ssh = ["tcp://192.0.2.1:22"];
const chat = ["ws://192.0.2.1/chat"];
const portal = ["srun+http://192.0.2.1"];

const rows: Readonly<Record<string, Row>> = {
  "a port that accepts": {
    args: ssh,
    serve: greeting(),
    options: { interfaces: lan },
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "default at tcp://192.0.2.1:22",
      "target tcp://192.0.2.1:22 (the command line), dead_on refused,gone (by default)",
      "192.0.2.1 is an IPv4 address, not a name",
      "through eth0, from 192.0.2.7: 192.0.2.1 is in the same network",
      "192.0.2.1:22 accepts connections, after 1 ms",
      "nothing was asked → That a connection is accepted proves only the kernel behind it, not its server. --send and --expect ask the server itself",
      "alive: it accepts connections",
      "default: alive (192.0.2.1:22, 1 ms, 1 try)",
    ],
  },
  "sshd that is asked too often": {
    args: [...ssh, "--interval=2s"],
    serve: greeting("SSH-2.0-OpenSSH_9.8\r\n"),
    ends: "0 ✓✓✓✓✓✓",
    says: [
      'It greets with "SSH-2.0-OpenSSH_9.8": --expect SSH- makes that the proof. sshd since 9.8 shuts out who often connects without a login (PerSourcePenalties): choose an interval of 5s or more, not 2s',
    ],
  },
  "sshd whose greeting is expected": {
    args: [...ssh, "--expect", "SSH-"],
    serve: greeting("SSH-2.0-OpenSSH_9.8\r\n"),
    ends: "0 ✓✓✓✓✓✓",
    says: [
      'expect "SSH-" (--expect)',
      "✓ protocol 192.0.2.1:22 answers as tcp:// should, after 2 ms ✓ session alive: the peer has proven it",
    ],
  },
  "another greeting than expected": {
    args: [...ssh, "--expect", "SSH-"],
    serve: greeting("220 mail\r\n"),
    ends: "23 ✓✓✓✓✗–",
    says: [
      'it says something else than what was expected: 192.0.2.1:22 said "220 mail", not what was expected → Is --expect right, and the port?',
      "not known: no proof of life came, and no death sign",
    ],
  },
  "a server that hangs": {
    args: [...ssh, "--expect", "SSH-"],
    serve: greeting(),
    ends: "20 ✓✓✓✓✗–",
    says: [
      "192.0.2.1:22 did not answer in time → Its kernel accepts connections, but its server does not answer",
    ],
  },
  "a port that refuses": {
    args: ssh,
    serve: refusing,
    ends: "10 ✓✓✓✗–✗",
    says: [
      "192.0.2.1:22 refuses connections, after 1 ms → Nothing listens there, or a firewall on either side refuses: they look the same",
      "nothing was asked",
      "dead: it refused the connection, 2 times within 5 s → Start what should listen there",
    ],
  },
  "a port that refuses, where that is no death": {
    args: [...ssh, "--dead-on=none"],
    serve: refusing,
    ends: "20 ✓✓✓✗––",
    says: [
      "dead_on none (--dead-on)",
      "not known: that it refuses is no death sign here → dead_on says what counts (now none)",
    ],
  },
  "a port that refuses only once": {
    args: ssh,
    serve: [refusing, hanging],
    ends: "20 ✓✓✓✗––",
    says: [
      "said to be dead 1 time, but that was not confirmed → A death counts once 2 fresh connections have brought it over 5s, and no address says otherwise: ask again",
    ],
  },
  "silence, from a host that is there": {
    args: ssh,
    serve: [hanging, hanging, hanging, refusing],
    ends: "20 ✓✓✓✗––",
    says: [
      "nothing came back from 192.0.2.1:22 within 3s, but 192.0.2.1 is there: it refused a TCP connection to port 80 after 1 ms → A firewall there or here drops packets to this port",
    ],
  },
  "silence": {
    args: ssh,
    serve: hanging,
    ends: "20 ✓✓✓✗––",
    says: [
      "Packets are dropped on the way there or back, or there is no such host. A DROP of this machine's own firewall can't be told from loss",
    ],
  },
  "a host that can't be reached": {
    args: ssh,
    serve: { connect: 3_000, fault: fault("EHOSTUNREACH", "no such host") },
    ends: "20 ✓✓✓✗––",
    says: [
      "no such host, after 3000 ms → Nobody has that address, or a router or a firewall on the way says so",
    ],
  },
  "no way to it": {
    args: ssh,
    serve: { fault: fault("ENETUNREACH", "there is no route") },
    ends: "21 ✓✓✗✗––",
    says: ["there is no route → This machine has no address"],
  },
  "a connection that is cut": {
    args: [...ssh, "--expect", "SSH-"],
    serve: { phase: "open", fault: fault("ECONNRESET") },
    ends: "20 ✓✓✓✓✗–",
    says: [
      "192.0.2.1:22 reset the connection → The server, or a proxy or a firewall before it, cuts the connection",
    ],
  },
  "one address of two": {
    args: ["tcp://gw.example:22"],
    serve: [hanging, greeting()],
    options: { names: { "gw.example": ["192.0.2.1", "2001:db8::1"] } },
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "gw.example is 192.0.2.1 (IPv4), 2001:db8::1 (IPv6)",
      "[2001:db8::1]:22 accepts connections, after 1 ms, but only 1 of 2 → 192.0.2.1:22: nothing came back",
    ],
  },
  "an unknown name": {
    args: ["tls://gw.example:22"],
    serve: hanging,
    ends: "22 ✓✗–––––",
    says: [
      "An address needs no resolver: --target tls://ADDRESS --tls-name gw.example",
    ],
  },
  "a fake address": {
    args: chat.map((url) => url.replace("192.0.2.1", "gw.example")),
    serve: webSocket(),
    options: { names: { "gw.example": ["198.18.0.5"] } },
    ends: "0 ✓✗✓✓✓✓",
    says: ["198.18.0.5 is a proxy's fake address", "--target ws://ADDRESS"],
  },
  "a certificate that proves nothing": {
    args: ["tls://gw.example:443"],
    serve: tlsFault(certificateCode, "the certificate is for another name"),
    options: { names: { "gw.example": ["192.0.2.1"] } },
    ends: "23 ✓✓✓✓✗––",
    says: [
      "✗ tls the certificate is for another name → --ca-file names another authority to trust, --tls-name another name. A captive portal shows its own certificate: log in first",
    ],
  },
  "no TLS there": {
    args: ["wss://192.0.2.1"],
    serve: tlsFault(notTlsCode, "192.0.2.1:443 does not speak TLS"),
    ends: "23 ✓✓✓✓✗––",
    says: ["192.0.2.1:443 does not speak TLS → Is the port right?"],
  },
  "a handshake without an end": {
    args: ["wss://192.0.2.1"],
    serve: { secure: null },
    ends: "20 ✓✓✓✓✗––",
    says: ["192.0.2.1:443 did not finish the handshake within 3s"],
  },
  "TLS": {
    args: ["wss://gw.example/chat"],
    serve: webSocket(),
    options: { names: { "gw.example": ["192.0.2.1"] } },
    ends: "0 ✓✓✓✓✓✓✓",
    says: [
      "hold (by default)",
      "gw.example has proven its name; that took 1 ms",
      "192.0.2.1:443 answers as wss:// should, after 2 ms",
      "default at wss://gw.example:443/chat",
    ],
  },
  "an X server": {
    args: ["x11://:1"],
    serve: xServer,
    ends: "0 ✓✓✓✓✓",
    says: [
      "default at x11://:1 ",
      "/tmp/.X11-unix/X1 is the path of a socket of this machine, not a name",
      "/tmp/.X11-unix/X1 answers as x11:// should, after 2 ms → A server without other clients resets when the probe's connection closes: start it with -noreset, or keep one connection with run --hold ✓",
    ],
  },
  "an X server that is not there": {
    args: ["x11://:1"],
    serve: { fault: fault("ENOENT") },
    ends: "10 ✓✓✗–✗",
    says: [
      "/tmp/.X11-unix/X1 is not there → The server does not run, or listens at another socket: `ss -lx` shows them",
      "dead: it is not there, 2 times within 5 s → Start what should listen there default:",
    ],
  },
  "an X server that has left its socket behind": {
    args: ["x11://:1"],
    serve: refusing,
    ends: "10 ✓✓✗–✗",
    says: [
      "/tmp/.X11-unix/X1 refuses connections, after 1 ms → Nothing listens there: the server that made this socket has ended. `ss -lx` shows what listens – protocol",
      "→ Start what should listen there default:",
    ],
  },
  "an X server of another user": {
    args: ["x11://:1"],
    serve: { fault: fault("EACCES", "permission denied") },
    ends: "21 ✓✓✗––",
    says: [
      "permission denied, after 1 ms → `ls -l /tmp/.X11-unix/X1` shows what that is, and who may use it",
    ],
  },
  "an X server that takes no connections": {
    args: ["x11://:1"],
    serve: hanging,
    ends: "20 ✓✓✗––",
    says: [
      "nothing came back from /tmp/.X11-unix/X1 within 3s → The server hangs, or has more new connections than it takes: `ss -lx` shows how many wait",
    ],
  },
  "an X server that cuts the connection": {
    args: ["x11://:1"],
    serve: { phase: "open", fault: fault("ECONNRESET") },
    ends: "20 ✓✓✓✗–",
    says: [
      "/tmp/.X11-unix/X1 reset the connection → The server cuts the connection: ask again",
    ],
  },
  "an X server to which a connection is held": {
    args: ["x11://192.0.2.1:1", "--hold"],
    serve: xServer,
    ends: "0 ✓✓✓✓✓✓",
    says: ["192.0.2.1:6001 answers as x11:// should, after 2 ms ✓"],
  },
  "a WebSocket that closes": {
    args: chat,
    serve: webSocket(() => closeFrame(1008, "login required")),
    ends: "10 ✓✓✓✓✓✗",
    says: [
      "✓ protocol 192.0.2.1:80 closed with 1008 (login required)",
      "dead: it closed with 1008 (login required), 2 times within 5 s → Log in again, or renew the credentials",
    ],
  },
  "no WebSocket": {
    args: chat,
    serve: answering("", { status: "404 Not Found" }),
    ends: "23 ✓✓✓✓✗–",
    says: [
      "it answers, but not as a WebSocket does: 192.0.2.1:80 answered 404 → Are port and path right?",
    ],
  },
  "a server in trouble": {
    args: chat,
    serve: answering("", { status: "503 Service Unavailable" }),
    ends: "20 ✓✓✓✓✗–",
    says: ["192.0.2.1:80 answered 503 → It has trouble of its own"],
  },
  "ZeroMQ": {
    args: ["zmtp://192.0.2.1:5555"],
    serve: zeroMq(),
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "192.0.2.1:5555 answers as zmtp:// should, after 2 ms: socket type REP → READY and PONG come from ZeroMQ's own thread: they prove the process, not its loop",
      "alive: the peer has proven it",
    ],
  },
  "no ZeroMQ": {
    args: ["zmtp://192.0.2.1:5555"],
    serve: greeting("SSH-2.0-OpenSSH_9.8\r\n"),
    ends: "23 ✓✓✓✓✗–",
    says: [
      "it answers, but not as ZMTP 3 has it: 192.0.2.1:5555 does not speak ZMTP → Is the port right? ZeroMQ speaks ZMTP 3 since its version 4",
    ],
  },
  "a portal that knows the user": {
    args: [...portal, "--expect", "20201234"],
    serve: online,
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "expect ***34 (--expect)",
      "192.0.2.1:80 answers as srun+http:// should, after 5 ms: logged in from 10.1.2.3 for 1m",
      "alive: the portal says so, user ***34 → Anybody on the way can forge answers over plain HTTP",
    ],
  },
  "a portal that knows another user": {
    args: [...portal, "--expect", "alice", "--reveal"],
    serve: online,
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "expect alice (--expect)",
      "alive: the portal says so, user 20201234; but logged in as another user than expected",
    ],
  },
  "a portal that another one contradicts": {
    args: [...portal, "--also", "srun+http://192.0.2.8"],
    serve: ({ to: { host } }) => host === "192.0.2.8" ? offline : online,
    ends: "20 ✓✓✓✓✓–",
    says: [
      "✓ protocol 192.0.2.1:80 logged in from 10.1.2.3 for 1m",
      "also srun+http://192.0.2.8:80 (--also)",
      "not known: srun+http://192.0.2.1:80 says that the session is alive",
    ],
  },
  "a portal where nobody is logged in": {
    args: portal,
    serve: offline,
    ends: "10 ✓✓✓✓✓✗",
    says: [
      "dead: it says not_online_error, 2 times within 5 s → Log in again. Anybody on the way can forge answers over plain HTTP",
    ],
  },
  "a portal that refuses": {
    args: portal,
    serve: refusing,
    ends: "20 ✓✓✓✗––",
    says: [
      "not known: that it refuses is no death sign here → Firewalls refuse, too; only what a portal says counts",
    ],
  },
  "a portal with IPv6 alone": {
    args: ["srun+http://gw.example"],
    serve: online,
    options: { names: { "gw.example": ["2001:db8::1"] } },
    ends: "0 ✓✓✓✓✓✓",
    says: [
      "gw.example is 2001:db8::1 (IPv6) → It is asked over IPv6, since the name has no IPv4 address",
      "alive: the portal says so, user ***34; but over IPv6, since its name has no IPv4 address",
    ],
  },
};

function scriptOf(serve: Row["serve"]): Serve {
  if (typeof serve === "function") return serve;
  const list = (Array.isArray(serve) ? serve : [serve]) as FakeServing[];
  return (_order, id) => list[Math.min(id, list.length - 1)]!;
}

for (const [what, row] of Object.entries(rows)) {
  const { args, serve, options = {}, ends, says } = row;
  Deno.test(`doctor() explains a stream: ${what}`, async () => {
    const world = { ...options, serve: scriptOf(serve) };
    const { code, output, errors, world: { clock, streams } } = await lifesign(
      ["doctor", ...args],
      world,
    );
    // Connections without an answer listen for some time.
    clock.runUntil(clock.now() + 10_000);
    const signs = output.split("\n")
      .flatMap((line) => /^ {2}([✓✗–])/.exec(line)?.[1] ?? []);
    const text = output.replace(/\s+/g, " ");
    assertEquals([`${code} ${signs.join("")}`, errors], [ends, ""], output);
    for (const words of says) assertStringIncludes(text, words);
    assert(!/UID|datagram|gateway/i.test(text), output);
    assertEquals(streams.openCount, 0);
    const check = await lifesign(
      ["check", ...args],
      { ...options, serve: scriptOf(serve) },
    );
    assertEquals(check.code, code);
  });
}

Deno.test("doctor() tells programs about a stream", async () => {
  const { output } = await lifesign(
    ["doctor", "--json", ...portal, "--reveal"],
    { serve: scriptOf(online) },
  );
  const { sessions: [session] } = JSON.parse(output);
  assertEquals(session.target, "srun+http://192.0.2.1:80");
  assertEquals(session.portal.user, "20201234");
  assertEquals(
    session.steps.map(({ step, ok }: Record<string, unknown>) => [step, ok]),
    ["settings", "name", "route", "connect", "protocol", "session"]
      .map((step) => [step, true]),
  );
});

/** A WebSocket server that ends a connection some time after its pong. */
const impatient = webSocket((frame, connection) => {
  connection.say(frame);
  connection.end(3_000);
  return null;
});

Deno.test("doctor() measures how long a WebSocket may be idle", async () => {
  const { code, output } = await lifesign(
    ["doctor", "--idle-limit", ...chat],
    { serve: scriptOf(impatient) },
  );
  assertEquals(code, 0);
  assertStringIncludes(
    output.replace(/\s+/g, " "),
    "✗ idle ended after 3 s without a word: an interval of 2s keeps it; the session's is 30s → interval = 2s default: alive",
  );
  const json = await lifesign(
    ["doctor", "--idle-limit", "--json", ...chat, "--interval=2s"],
    { serve: scriptOf(impatient) },
  );
  assertEquals(JSON.parse(json.output).sessions[0].steps.at(-1), {
    step: "idle",
    ok: true,
    text: "ended after 3 s without a word: an interval of 2s keeps it",
    advice: null,
  });
});

Deno.test("doctor() measures nothing on a WebSocket that does not answer", async () => {
  const { code, output, world: { streams } } = await lifesign(
    ["doctor", "--idle-limit", ...chat],
    { serve: scriptOf(refusing) },
  );
  assertEquals([code, streams.connections.length], [10, 2]);
  assertStringIncludes(output, "– idle      no connection to measure with");
});

Deno.test("doctor() refuses to measure where nothing can be idle", async () => {
  const others = { tcp: ssh, "srun+http": portal, srun: ["-g=gw", "-u=77"] };
  for (const [scheme, args] of Object.entries(others)) {
    const { code, output, errors } = await lifesign(
      ["doctor", "--idle-limit", ...args],
    );
    assertEquals([code, output], [78, ""]);
    assertStringIncludes(
      errors,
      `--idle-limit: Cannot use --idle-limit: ${scheme}:// has nothing that rests, expected ws://, wss:// or zmtp://`,
    );
  }
});
