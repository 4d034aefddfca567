import { assertEquals } from "@std/assert";
import { app } from "./test_app.ts";
import { createFakeWorld, settle, toEnd } from "../testing/fake_world.ts";

Deno.test("commands that run no hooks give up the right to start processes", async () => {
  const text = "gateway = 192.0.2.1\nuid = 77\ntries = 1\n";
  const files = { conf: { text } };
  const rows: [args: string[], may: boolean][] = [
    [["check", "-c", "conf"], false],
    [["status", "-c", "conf"], false],
    [["report", "-c", "conf"], false],
    [["doctor", "-c", "conf"], false],
    [["config", "-c", "conf"], false],
    [["config", "--check", "-c", "conf"], false],
    [["run", "-c", "conf"], true],
    [["watch", "-c", "conf"], true],
    // What takes signals has to be able to die of them.
    [["watch", "--status-file", "status"], true],
  ];
  const asking = new Set(["check", "doctor"]);
  for (const [args, may] of rows) {
    const world = createFakeWorld({ files });
    const code = app(args, world);
    code.catch(() => {});
    // As long as it asks the network, it may have to ask the kernel for the way.
    if (asking.has(args[0]!)) await toEnd(world.clock, code);
    else await settle();
    assertEquals(world.mayStartProcesses, may, args.join(" "));
  }
});
