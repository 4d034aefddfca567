import { assert, assertEquals } from "@std/assert";
import { runScript, startScript } from "./test_process.ts";

const script = `
  import { readLines } from "./stdin.ts";
  await readLines((line) => console.log(JSON.stringify(line)));
  console.log("end");
`;

/** The lines that are read from this input. */
async function linesOf(stdin: string, shell = 'exec "$@"'): Promise<string[]> {
  const { code, stdout, stderr } = await runScript(script, { stdin, shell });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.pop(), "end");
  return lines.map((line) => JSON.parse(line));
}

Deno.test("readLines() calls back with each line without its line feed", async () => {
  const rows: [stdin: string, lines: string[]][] = [
    ["", []],
    ["one\n", ["one"]],
    ["one\ntwo\n", ["one", "two"]],
    ["\n\none\n", ["", "", "one"]],
    ["one\r\n", ["one\r"]],
    ["one\nlast", ["one", "last"]],
    [`x${"é".repeat(5000)}\nnext\n`, [`x${"é".repeat(5000)}`, "next"]],
    [`${"line\n".repeat(3000)}`, Array(3000).fill("line")],
  ];
  for (const [stdin, lines] of rows) {
    assertEquals(await linesOf(stdin), lines, stdin.slice(0, 20));
  }
});

Deno.test("readLines() calls back as soon as a line is complete", async () => {
  await using process = startScript(script);
  await process.write("o");
  await process.write("ne\ntw");
  assertEquals(await process.line(), '"one"');
  await process.write("o\n");
  assertEquals(await process.line(), '"two"');
  assertEquals((await process.end()).stdout, "end\n");
});

Deno.test("readLines() survives a line without end", async () => {
  const [long, next] = await linesOf(`${"x".repeat(1_000_000)}\nnext\n`);
  assert(long!.startsWith("x".repeat(64 * 1024)));
  assert(long!.length < 70_000);
  assertEquals(next, "next");
});

Deno.test("readLines() ends quietly where nothing can be read", async () => {
  for (const where of ["&-", "/dev/null", "/"]) {
    assertEquals(await linesOf("", `exec "$@" <${where}`), [], where);
  }
});
