import { assert, assertEquals } from "@std/assert";
import { section } from "../documents.ts";
import { quote, sh } from "../harness.ts";

const survivors = section("docs/networks.md", "How well sessions survive");

/** A table's rows of numbers by the first cell; "never" is infinite. */
type Table = Readonly<Record<string, readonly number[]>>;

/** The tables of a Markdown text by their headings. */
function tablesOf(text: string): Readonly<Record<string, Table>> {
  return Object.fromEntries(
    text.split("\n## ").slice(1).map((section) => {
      const [heading, , , , ...rows] = section.trim().split("\n");
      return [heading, Object.fromEntries(rows.map(cellsOf))];
    }),
  );
}

function cellsOf(row: string): [string, number[]] {
  const [first, ...cells] = row.split("|").slice(1, -1).map((it) => it.trim());
  const numbers = cells.map((it) => it === "never" ? Infinity : parseFloat(it));
  return [first!, numbers];
}

/** By the percentage lost each way: of 100 deaths 99 are noticed within so many seconds. An interval passes before the next cycle, and three seconds confirm. */
const slowestDeaths = [[0, 65], [5, 65], [10, 66], [30, 90], [
  50,
  600,
]] as const;

Deno.test("bench:survival makes docs/networks.md's tables, and they are what was wanted", async () => {
  const [, task] = /`npx -y deno@\S+ task (bench:\S+)`/.exec(survivors)!;
  const { code, stdout, stderr } = await sh(
    `${quote(Deno.execPath())} task ${task}`,
  );
  assertEquals(code, 0, stderr);
  const tables = survivors.match(/(^\|.*\|\n)+/gm)!;
  assertEquals(tables.length, 2);
  for (const table of tables) assert(stdout.includes(table), stdout);

  const { [`Dropped after 150 s of silence`]: survival, ...others } = tablesOf(
    stdout,
  );
  const alive = (loss: string) => survival![loss]!.slice(0, 2);
  const [lifesign, singleShot] = alive("10 %");
  assert(lifesign! >= 99.5, stdout);
  assert(singleShot! <= 1, stdout);
  assert(alive("30 %")[0]! >= 99, stdout);
  assertEquals(survival!["0 %"]!.slice(4), [60, 60]);

  for (const [loss, slowest] of slowestDeaths) {
    const deaths = others[`Deaths noticed at ${loss} % loss each way`]!;
    for (const [, , p99, never] of Object.values(deaths)) {
      assertEquals(never, 0, stdout);
      assert(p99! <= slowest, stdout);
    }
    // Behind a round trip that is longer than its wait.
    assertEquals(deaths["1500 ms"]![7], 100);
  }
});
