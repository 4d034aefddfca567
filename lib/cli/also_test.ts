import { assertEquals } from "@std/assert";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import type { FakeServing } from "../testing/fake_streams.ts";
import { encodeReply } from "../protocol/srun.ts";
import { webSocket } from "./test_peers.ts";
import { app } from "./test_app.ts";

/** A portal that says this at once. */
function portal(body: string): FakeServing {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`;
  return {
    onWrite: (_, connection) =>
      connection.say(new TextEncoder().encode(head + body), 1),
  };
}

const online = portal('cb({"error":"ok","user_name":"alice"})');
const offline = portal(
  'cb({"error":"not_online_error","res":"not_online_error","ecode":0})',
);
const busy = portal("<html>");

const gateway = (uid: bigint): FakeWorldOptions["respond"] => () => [
  { bytes: encodeReply(uid), after: 1 },
];
const [alive, dead] = [gateway(77n), gateway(-2n)];

const own = ["--gateway=192.0.2.1", "--uid=77"];
const also = "--also=srun+http://192.0.2.2";

Deno.test("check() reaches no verdict where a second opinion contradicts", async () => {
  const rows: [
    what: string,
    respond: FakeWorldOptions["respond"],
    serving: FakeServing,
    code: number,
    line: string,
  ][] = [
    ["both alive", alive, online, 0, "alive (192.0.2.1:3335, 1 ms, 1 try)"],
    ["both dead", dead, offline, 10, "dead (192.0.2.1:3335 said so 6 times)"],
    ["no opinion", alive, busy, 0, "alive (192.0.2.1:3335, 1 ms, 1 try)"],
    [
      "alive, but not online",
      alive,
      offline,
      20,
      "silent (srun://192.0.2.1:3335 says that the session is alive, but srun+http://192.0.2.2:80 says that the session is dead (says not_online_error))",
    ],
    [
      "dead, but online",
      dead,
      online,
      20,
      "silent (srun://192.0.2.1:3335 says that the session is dead, but srun+http://192.0.2.2:80 says that the session is alive (logged in))",
    ],
  ];
  for (const [what, respond, serving, wanted, line] of rows) {
    const world = createFakeWorld({
      ...respond && { respond },
      serve: () => serving,
    });
    const code = await toEnd(world.clock, app(["check", ...own, also], world));
    assertEquals(world.terminal.output, `default: ${line}\n`, what);
    assertEquals(code, wanted, what);
  }
});

Deno.test("run() tells a disagreement as a fault, once", async () => {
  const world = createFakeWorld({
    ...alive && { respond: alive },
    serve: () => offline,
  });
  const running = app(["run", "--json", ...own, also], world);
  await elapse(world.clock, 300_000);
  world.signals.raise("SIGTERM");
  assertEquals(await toEnd(world.clock, running), 0);
  const events = world.terminal.output.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(
    events.filter(({ event }) => event === "transition")
      .map(({ from, to }) => [from, to]),
    [["none", "silent"]],
  );
  const cycle = events.find(({ event }) => event === "cycle");
  assertEquals([cycle.verdict, cycle.error.code], ["silent", "EDISAGREE"]);
});

Deno.test("check() says what is wrong with a second opinion", async () => {
  const rows: [args: string[], errors: string][] = [
    [
      ["--gateway=192.0.2.1", "--uid=77", "--also=srun+http://a,foo://b"],
      "--also: Cannot read",
    ],
    [
      ["--target=tcp://192.0.2.1:22", "--also=srun://192.0.2.1"],
      "no UID is given",
    ],
    [
      [...own, "--also=tls://192.0.2.2:443", "--bind=192.0.2.9"],
      "Cannot use bind with TLS",
    ],
  ];
  for (const [args, wanted] of rows) {
    const world = createFakeWorld({});
    const code = await toEnd(world.clock, app(["check", ...args], world));
    assertEquals(
      [code, world.terminal.errors.includes(wanted)],
      [78, true],
      world.terminal.errors,
    );
  }
});

Deno.test("check() sends credentials to no other target than its own", async () => {
  const files = { "/h": { text: "Cookie: secret\n", mode: 0o600 } };
  const rows: [target: string, also: string, hosts: string[]][] = [
    ["ws://192.0.2.5", "ws://192.0.2.6", ["192.0.2.5"]],
    ["ws://192.0.2.5", "ws://192.0.2.5/other", ["192.0.2.5"]],
    // They can only be meant for this one.
    ["tcp://192.0.2.5:22", "ws://192.0.2.6", ["192.0.2.6"]],
  ];
  for (const [target, other, hosts] of rows) {
    const world = createFakeWorld({ files, serve: () => webSocket() });
    const args = ["check", target, `--also=${other}`, "--headers-file=/h"];
    const code = await toEnd(world.clock, app(args, world));
    assertEquals(code, 0, world.terminal.errors);
    const told = world.streams.connections.filter(({ written }) =>
      new TextDecoder().decode(written).includes("secret")
    );
    assertEquals(told.map(({ order }) => order.to.host), hosts);
  }
});
