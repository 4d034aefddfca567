import { assertEquals } from "@std/assert";
import { fitting, renames } from "./log_rotation.ts";

Deno.test("fitting() counts the first lines that fit", () => {
  const rows: [lengths: number[], room: number, count: number][] = [
    [[], 0, 0],
    [[], 10, 0],
    [[10], 10, 1],
    [[10], 9, 0],
    [[10], -5, 0],
    [[4, 4, 4], 11, 2],
    [[4, 4, 4], 12, 3],
    [[20, 1, 1], 10, 0],
    [[1, 20, 1], 10, 1],
    [[4, 4, 4], Infinity, 3],
  ];
  for (const [lengths, room, count] of rows) {
    const lines = lengths.map((length) => ({ length }));
    assertEquals(fitting(lines, room), count, `${lengths} into ${room}`);
  }
});

Deno.test("renames() moves the oldest first", () => {
  const rows: [backups: number, moves: string[]][] = [
    [0, []],
    [1, ["/l > /l.1"]],
    [3, ["/l.2 > /l.3", "/l.1 > /l.2", "/l > /l.1"]],
  ];
  for (const [backups, moves] of rows) {
    const found = renames("/l", backups);
    assertEquals(found.map(([from, to]) => `${from} > ${to}`), moves);
  }
});
