import { assert, assertEquals } from "@std/assert";
import { condition, run, runSteps, sideBySide } from "../harness.ts";
import { type Lab, labObstacle, openLab, readRows, type Row } from "./lab.ts";
import { labSessions } from "./lab_sessions.ts";

/** The most rows at once, as in the lab's own walk. */
const most = 8;

Deno.test({
  ...condition(await labObstacle(), "lifesign among the servers of the lab"),
  ...sideBySide,
  async fn(t) {
    await using lab = await openLab();
    if (lab.lack !== undefined) return await skip(t, lab.lack, "all rows");
    const schemes = await readSchemes();
    const { known = [], unknown = [] } = Object.groupBy(
      await readRows(),
      (row) => schemes.has(schemeOf(row)) ? "known" : "unknown",
    );
    await runSteps(t, most, known.map((row) => stepOf(row, lab)));
    const sessions = labSessions.map(({ name, run }) => ({
      ...condition(undefined, name),
      fn: () => run(lab),
    }));
    await runSteps(t, sessions.length, sessions);
    if (unknown.length === 0) return;
    const others = [...new Set(unknown.map(schemeOf))].join(", ");
    const reason = `lifesign does not speak ${others}`;
    await skip(t, reason, `${unknown.length} rows`);
  },
});

/** The schemes that the executable knows: it lists them where it does not know one. */
async function readSchemes(): Promise<Set<string>> {
  const { stderr } = await run(["check", "unknown://host"]);
  const [, list] = stderr.split("expected ");
  const schemes = list?.matchAll(/([a-z0-9+]+):\/\//g) ?? [];
  const all = new Set([...schemes].map(([, scheme]) => scheme!));
  assert(all.has("tcp"), stderr);
  return all;
}

function stepOf(row: Row, lab: Lab) {
  const { target, flags, note } = row;
  const command = ["check", flags, target].filter(Boolean).join(" ");
  return {
    ...condition(undefined, `${command}: ${note}`),
    async fn() {
      const { code, stdout, stderr } = await lab.check(row);
      assertEquals(code, row.code, stdout + stderr);
    },
  };
}

function schemeOf({ target }: Row): string {
  return target.split("://")[0]!;
}

async function skip(
  t: Deno.TestContext,
  reason: string,
  name: string,
): Promise<void> {
  await t.step({ ...condition(reason, name), fn: () => {} });
}
