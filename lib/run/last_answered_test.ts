import { assertEquals } from "@std/assert";
import { deadUid, encodeReply } from "../protocol/srun.ts";
import { createFakeWorld, type FakeWorld } from "../testing/fake_world.ts";
import { lifesign as runToEnd } from "../cli/test_app.ts";

const gateway = "192.0.2.1";
const portal = "192.0.2.55";

type Says = "alive" | "dead";

/** A world in which the gateway says this, the portal is silent, and the gateway's name has these addresses. */
function setUp(
  names: Record<string, readonly string[] | null>,
): { world: FakeWorld; say: (says: Says) => void } {
  let says: Says = "alive";
  const world = createFakeWorld({
    names,
    respond: ({ to }) =>
      to.host === gateway
        ? [{ bytes: encodeReply(says === "alive" ? 77n : deadUid), after: 1 }]
        : [],
  });
  return { world, say: (word) => says = word };
}

const lifesign = async (args: readonly string[], world: FakeWorld) =>
  (await runToEnd(args, world)).code;

Deno.test("check() asks the address that answered last when a name does not resolve any more", async () => {
  const names: Record<string, readonly string[] | null> = {
    "gw.example": [gateway],
  };
  const { world, say } = setUp(names);
  const codes = (...args: readonly string[]) =>
    lifesign(["check", "-u", "77", ...args], world);
  const remembered = ["-g", "gw.example", "--state", "/s"];
  assertEquals(await codes(...remembered), 0);
  names["gw.example"] = null;
  assertEquals(await codes(...remembered), 0);
  say("dead");
  assertEquals(await codes(...remembered), 10);
  // Nobody else has it: neither without the state, nor another name, nor another session.
  assertEquals(await codes("-g", "gw.example"), 22);
  assertEquals(await codes("-g", "gw2.example", "--state", "/s"), 22);
});

Deno.test("check() doubts a death of an address that the name has no more, until its own are silent twice and for an interval", async () => {
  const names = { "gw.example": [gateway] };
  const { world, say } = setUp(names);
  const args = ["check", "--json", "-u", "77", "-g", "gw.example"]
    .concat("--state=/s", "--interval=30s");
  const check = async () => {
    const before = world.terminal.output.length;
    const code = await lifesign(args, world);
    const { sessions: [session] } = JSON.parse(
      world.terminal.output.slice(before),
    );
    return [code, session.error?.code ?? null];
  };
  assertEquals(await check(), [0, null]);
  names["gw.example"] = [portal];
  // A gateway that has moved, and whose old address still says what it likes.
  assertEquals(await check(), [0, null]);
  say("dead");
  assertEquals(await check(), [20, "EMOVED"]);
  assertEquals(await check(), [20, "EMOVED"]);
  world.clock.runUntil(world.clock.now() + 30_000);
  assertEquals(await check(), [10, null]);
});

Deno.test("run() asks the address that answered last, as an earlier run's status tells it", async () => {
  const names: Record<string, readonly string[] | null> = {
    "gw.example": [gateway],
  };
  const { world, say } = setUp(names);
  const run = (...args: readonly string[]) =>
    lifesign(
      ["run", "-u", "77", "-g", "gw.example", "--count=1", ...args],
      world,
    );
  assertEquals(await run("--status-file=/status"), 0);
  names["gw.example"] = null;
  // Another one that finds nothing out does not forget it.
  say("dead");
  assertEquals(await run(), 22);
  assertEquals(await run("--status-file=/status"), 10);
});
