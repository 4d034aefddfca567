import { assertEquals } from "@std/assert";
import { words } from "./harness.ts";

Deno.test("words() splits what is written, and nothing that is put in", () => {
  const [uid, hook, quick] = ["77", "echo told; exit", ["-n", "1"]];
  const rows: [words: string[], expected: string[]][] = [
    [words`run`, ["run"]],
    [words`run -u${uid}`, ["run", "-u77"]],
    [words`run ${quick} -u ${uid}.new`, ["run", "-n", "1", "-u", "77.new"]],
    [words`run --on-dead ${hook} ${quick}`, [
      "run",
      "--on-dead",
      hook,
      ...quick,
    ]],
    [words`${quick} ${""} ${quick}`, [...quick, "", ...quick]],
    [words`${[]}`, []],
  ];
  for (const [found, expected] of rows) assertEquals(found, expected);
});
