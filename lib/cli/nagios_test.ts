import { assertEquals } from "@std/assert";
import { deadUid, encodeReply } from "../protocol/srun.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import { app } from "./test_app.ts";
import { pluginCode, pluginText } from "./nagios.ts";

/** The exit status of a check for a monitor, and what it prints. */
async function check(
  options: FakeWorldOptions,
  ...more: readonly string[]
): Promise<[code: number, output: string, errors: string]> {
  const world = createFakeWorld(options);
  const args = ["check", "--nagios", ...more];
  const code = await toEnd(world.clock, app(args, world));
  return [code, world.terminal.output, world.terminal.errors];
}

const target = ["-g192.0.2.1", "-u77"];

Deno.test("check --nagios ends with a plugin's statuses, and prints figures", async () => {
  const alive = () => [{ bytes: encodeReply(77n), after: 1.9 }];
  assertEquals(await check({ respond: alive }, ...target), [
    0,
    "LIFESIGN OK - default: alive (192.0.2.1:3335, 1.9 ms, 1 try) | 'default answer'=1.9ms;;;0 'default tries'=1;;;0\n",
    "",
  ]);
  const dead = () => [{ bytes: encodeReply(deadUid), after: 2 }];
  assertEquals(await check({ respond: dead }, ...target), [
    2,
    "LIFESIGN CRITICAL - default: dead (192.0.2.1:3335 said so 6 times) | 'default answer'=2004ms;;;0 'default tries'=6;;;0\n",
    "",
  ]);
  assertEquals(await check({}, ...target), [
    3,
    "LIFESIGN UNKNOWN - default: silent (no answer from 192.0.2.1:3335, 3 tries) | 'default answer'=U;;;0 'default tries'=3;;;0\n",
    "",
  ]);
});

Deno.test("check --nagios calls mistakes unknown, too", async () => {
  const [code, output, errors] = await check({}, "-g192.0.2.1");
  assertEquals([code, errors], [3, ""]);
  assertEquals(
    output.startsWith("LIFESIGN UNKNOWN - lifesign: Cannot send a heartbeat: "),
    true,
  );
  assertEquals((await check({}, ...target, "--json"))[0], 3);
});

Deno.test("pluginText() has a line for each session, and no bar in any", () => {
  const result = { answerTime: 12.34, tries: 2 };
  assertEquals(
    pluginText("dead", [
      { name: "a", line: "a: dead (x|y)", result },
      { name: "b", line: "b: alive", result: { answerTime: null, tries: 1 } },
    ]),
    `LIFESIGN CRITICAL - a: dead (x/y) | 'a answer'=12.3ms;;;0 'a tries'=2;;;0 'b answer'=U;;;0 'b tries'=1;;;0
b: alive
`,
  );
  assertEquals(
    (["alive", "dead", "silent", "garbled"] as const).map(pluginCode),
    [0, 2, 3, 3],
  );
});
