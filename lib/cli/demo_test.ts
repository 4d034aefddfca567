import { assert, assertEquals } from "@std/assert";
import { app } from "./test_app.ts";
import { createFakeMachine } from "../testing/fake_machine.ts";
import { createFakeWorld, toEnd } from "../testing/fake_world.ts";

Deno.test("demo() tells a session's life and death, and ends with 10", async () => {
  const world = createFakeWorld();
  const datagrams = createFakeMachine(world.clock);
  const code = await toEnd(world.clock, app(["demo"], { ...world, datagrams }));
  assertEquals([code, world.terminal.errors], [10, ""]);
  const told = world.terminal.output;
  assert(told.startsWith("A simulated gateway listens at 127.0.0.1:40001.\n"));
  const heartbeats = told.split("\n").filter((line) =>
    line.startsWith("heart")
  );
  for (const [k, line] of heartbeats.entries()) {
    const isLast = k === heartbeats.length - 1;
    const verdict = isLast ? "dead" : k < 6 ? "(alive|silent)" : "silent";
    const start = `^heartbeat ${`${k + 1}`.padStart(2)}  ${verdict} +\\w`;
    assert(new RegExp(start).test(line), line);
  }
  assert(heartbeats.length > 6);
  assert(heartbeats.some((line) => line.includes(" got lost, so it asked ")));
  const [before, after] = told.split("Now somebody logs the session out");
  assert(before!.includes("heartbeat  6") && after!.includes("heartbeat  7"));
  assert(after!.includes("\nlifesign ends with status 10: "), after);
  assertEquals(world.datagrams.requests, []);
});

Deno.test("demo() refuses whatever follows it, and a machine without sockets", async () => {
  const world = createFakeWorld();
  assertEquals(await app(["demo", "now", "--json"], world), 64);
  assertEquals(
    world.terminal.errors,
    'lifesign: Cannot use "--json": there is no such flag here\n' +
      'lifesign: Cannot use "now": expected only flags here\n',
  );
  const bare = createFakeWorld();
  const bind = () => ({ code: "EPERM", message: "no sockets here" });
  assertEquals(await app(["demo"], { ...bare, datagrams: { bind } }), 73);
  assertEquals(
    [bare.terminal.output, bare.terminal.errors],
    ["", "lifesign: Cannot simulate a gateway: no sockets here\n"],
  );
});
