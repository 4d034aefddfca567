import { assertEquals } from "@std/assert";
import { lifesign } from "./test_app.ts";
import { exitCodes } from "../exit_code.ts";

async function exitCodesWith(...args: string[]) {
  const { code, output, errors } = await lifesign(["exit-codes", ...args]);
  return { code, lines: output.split("\n"), errors };
}

Deno.test("exitCodesCommand() prints a line for each code", async () => {
  const { code, lines, errors } = await exitCodesWith();
  assertEquals([code, errors, lines.length], [0, "", exitCodes.length + 1]);
  assertEquals([lines[0], lines[2], lines.at(-1)], [
    "  0  OK          session alive; run, watch: ended by SIGTERM or q (check, run, watch, status, doctor)",
    " 10  DEAD        the gateway says the session is dead (check, run, watch, status, doctor)",
    "",
  ]);
  assertEquals(
    lines.slice(0, -1).map((line) => parseInt(line)),
    exitCodes.map(({ code }) => code),
  );
  assertEquals(lines.filter((line) => /[*`]/.test(line)), []);
});

Deno.test("exitCodesCommand() prints the same as JSON", async () => {
  const { code, lines: [json, ...rest], errors } = await exitCodesWith(
    "--json",
  );
  assertEquals([code, rest, errors], [0, [""], ""]);
  const table: Record<string, unknown>[] = JSON.parse(json!);
  assertEquals(table[0], {
    code: 0,
    name: "OK",
    means: "session alive; run, watch: ended by SIGTERM or q",
    from: "check, run, watch, status, doctor",
  });
  assertEquals(Object.keys(table[0]!), ["code", "name", "means", "from"]);
  assertEquals(
    table.map(({ code, name }) => [code, name]),
    exitCodes.map((row) => [row.code, "name" in row ? row.name : null]),
  );
});

Deno.test("exitCodesCommand() prints names for a shell to eval", async () => {
  const { code, lines, errors } = await exitCodesWith("--sh");
  assertEquals([code, errors], [0, ""]);
  assertEquals(lines, [
    "LIFESIGN_EXIT_OK=0",
    "LIFESIGN_EXIT_DEAD=10",
    "LIFESIGN_EXIT_SILENT=20",
    "LIFESIGN_EXIT_UNSENDABLE=21",
    "LIFESIGN_EXIT_UNRESOLVED=22",
    "LIFESIGN_EXIT_GARBLED=23",
    "LIFESIGN_EXIT_STALE=30",
    "LIFESIGN_EXIT_USAGE=64",
    "LIFESIGN_EXIT_NOINPUT=66",
    "LIFESIGN_EXIT_CANTCREAT=73",
    "LIFESIGN_EXIT_BUSY=75",
    "LIFESIGN_EXIT_CONFIG=78",
    "",
  ]);
});

Deno.test("exitCodesCommand() refuses two formats and whatever else follows", async () => {
  assertEquals(await exitCodesWith("--sh", "--json"), {
    code: 78,
    lines: [""],
    errors:
      "--sh: Cannot choose between --json and --sh: expected only one of them\n",
  });
  assertEquals(await exitCodesWith("10", "--yaml"), {
    code: 64,
    lines: [""],
    errors:
      'lifesign: Cannot use "--yaml": there is no such flag here\nlifesign: Cannot use "10": expected only flags here\n',
  });
});
