import { assertEquals } from "@std/assert";
import { createArena, RollingShare } from "./rolling_share.ts";

/** Something that is done to counts, or asked of them. */
type Row =
  | ["add", time: number, belongs: boolean]
  | ["correct"]
  | ["share", time: number, share: number | null];

/** Three buckets of 10 ms. */
function check(rows: readonly Row[]): void {
  const counts = new RollingShare({
    width: 10,
    count: 3,
    arena: createArena(),
  });
  for (const [index, row] of rows.entries()) {
    if (row[0] === "add") counts.add(row[1], row[2]);
    else if (row[0] === "correct") counts.correctLast();
    else assertEquals(counts.share(row[1]), row[2], `row ${index}`);
  }
}

Deno.test("share() is null as long as there is nothing to count", () => {
  check([["share", 0, null], ["share", 1_795_238_400_000, null]]);
});

Deno.test("share() looks back on so many buckets, the present one included", () => {
  check([
    ["add", 1000, true],
    ["share", 1000, 1],
    ["add", 1009, false],
    ["add", 1009, false],
    ["add", 1009, false],
    ["share", 1009, 1 / 4],
    ["add", 1010, true],
    ["share", 1010, 2 / 5],
    ["add", 1025, true],
    ["share", 1029, 3 / 6],
    // The bucket that began at 1000 is out.
    ["share", 1030, 2 / 2],
    ["add", 1030, false],
    ["share", 1039, 2 / 3],
    ["share", 1040, 1 / 2],
    ["share", 1050, 0],
    ["share", 1060, null],
  ]);
});

Deno.test("share() forgets everything after a long pause", () => {
  check([
    ["add", 1000, true],
    ["add", 1020, true],
    ["share", 9000, null],
    ["add", 9000, false],
    ["share", 9000, 0],
  ]);
});

Deno.test("correctLast() takes the last case out of the share, in whichever bucket it is", () => {
  check([
    ["add", 1000, true],
    ["add", 1001, true],
    ["share", 1015, 1],
    ["correct"],
    ["share", 1015, 1 / 2],
    ["correct"],
    ["share", 1015, 0],
    // There is nothing left to correct.
    ["correct"],
    ["share", 1015, 0],
  ]);
});

Deno.test("add() counts on while the clock is a little late, and begins anew when it was set back far", () => {
  check([
    ["add", 1000, true],
    ["add", 995, false],
    ["share", 985, 1 / 2],
    ["add", 1010, true],
    ["share", 1010, 2 / 3],
    ["add", 500, false],
    ["share", 500, 0],
    ["add", 510, true],
    ["share", 529, 1 / 2],
  ]);
});

Deno.test("share() is nobody else's, however many cases there are", () => {
  const arena = createArena();
  const shares = Array.from(
    { length: 3 },
    () => new RollingShare({ width: 10, count: 3, arena }),
  );
  const [before, many, behind] = shares;
  for (const share of [before!, behind!]) share.add(0, true);
  for (let k = 1; k <= 70_000; k++) {
    many!.add(10, k % 2 === 0);
    if ([255, 256, 65_535, 65_536].includes(k)) {
      assertEquals(many!.share(10), Math.floor(k / 2) / k, `${k}`);
    }
  }
  many!.add(30, true);
  assertEquals(many!.share(30), 35_001 / 70_001);
  assertEquals([before!.share(0), behind!.share(0)], [1, 1]);
  // What is too long for a room of many gets one of its own.
  const wide = new RollingShare({ width: 1, count: 5_000, arena });
  wide.add(4_999, true);
  assertEquals(wide.share(4_999), 1);
});
