import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { type Aftermath, forget, type Lingering } from "./late.ts";

/** A cycle that is over, with these sockets. */
function cycle(...ids: readonly number[]): Lingering {
  return {
    heartbeat: srun(77n, { strictReply: true }),
    sockets: ids.map((id) => ({
      id,
      port: 40_000 + id,
      asked: [],
      since: 0,
      answer: null,
    })),
    until: 10_000,
  };
}

Deno.test("forget() leaves nothing of a cycle whose sockets are all closed", () => {
  let aftermath: Aftermath = {
    lingering: [cycle(0, 1), cycle(2)],
    strays: { late: 1 },
  };
  const rows: [closed: number, left: number[][]][] = [
    [7, [[0, 1], [2]]],
    [0, [[1], [2]]],
    [2, [[1]]],
    [1, []],
  ];
  for (const [closed, left] of rows) {
    aftermath = forget(aftermath, closed);
    const ids = aftermath.lingering.map(({ sockets }) =>
      sockets.map(({ id }) => id)
    );
    assertEquals(ids, left, `${closed}`);
  }
  assertEquals(aftermath.strays, { late: 1 });
});
