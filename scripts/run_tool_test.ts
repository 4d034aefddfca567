import { assertEquals, assertRejects } from "@std/assert";
import { runTool } from "./run_tool.ts";

Deno.test("runTool() resolves to stdout", async () => {
  assertEquals(await runTool("sh", ["-c", "pwd"], { cwd: "/" }), "/\n");
});

Deno.test("runTool() rejects where a program fails or is missing", async () => {
  const rows: [program: string, message: string][] = [
    ["sh", "Cannot go on: sh -c ended with 3"],
    ["no-such-tool", "Cannot run no-such-tool: expected a program on PATH"],
  ];
  for (const [program, message] of rows) {
    await assertRejects(
      () => runTool(program, ["-c", "exit 3"]),
      Error,
      message,
    );
  }
});
