import { assert, assertEquals } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  inFolder,
  missing,
  quote,
  run,
  sh,
  start,
  startGateway,
  words,
} from "./harness.ts";

/** Keeps a session alive for five cycles, and lets it be killed. */
async function liveAndDie(file: string, ...flags: readonly string[]) {
  await using gateway = await startGateway("--uid", "77");
  await using agent = start([
    ...["run", "--json", "-g", gateway.address, "-u", "77"],
    ...["-i", "900ms", "-t", "180ms", "--history-file", file, ...flags],
  ]);
  for (let cycles = 0; cycles < 5; cycles++) {
    await agent.event(({ verdict }) => verdict === "alive");
  }
  await gateway.type("kill 77");
  assertEquals((await agent.outcome).code, 10);
}

async function json(file: string, ...args: readonly string[]) {
  const outcome = await run(
    words`report --history-file ${file} --json ${args}`,
  );
  assertEquals([outcome.code, outcome.stderr], [0, ""]);
  return JSON.parse(outcome.stdout);
}

inFolder.test("report tells how a session lived, and that the gateway ended it", async (folder) => {
  const file = `${folder}/history`;
  await liveAndDie(file);
  const { sessions, damaged_lines } = await json(file);
  assertEquals([sessions.length, damaged_lines], [1, 0]);
  const [session] = sessions;
  assertEquals(session.session, "default");
  assertEquals(session.verdicts.dead, 1);
  assertEquals(session.verdicts.alive, session.cycles - 1);
  assert(session.verdicts.alive >= 5);
  assertEquals([session.fault_ms, session.unwatched_ms], [0, 0]);
  assertEquals(
    session.availability,
    session.alive_ms / (session.alive_ms + session.dead_ms),
  );
  const [death] = session.outages;
  assertEquals([death.class, death.before, death.end], [
    "dead",
    "alive",
    null,
  ]);
  assert(
    /^Session ended by the gateway at .*; the network was fine: /.test(
      session.story[0],
    ),
    session.story[0],
  );

  assertEquals(session.coverage, 1);
  const [watch] = session.watches;
  assertEquals([watch.source, watch.interval_ms, watch.tries], [
    "127.0.0.1",
    900,
    3,
  ]);
  const page = `${folder}/report.html`;
  const made = await sh(
    `lifesign report ${quote(file)} -o ${quote(page)}`,
    { env: { TZ: "Asia/Shanghai" } },
  );
  assertQuiet(made);
  const html = await Deno.readTextFile(page);
  assert(html.startsWith("<!DOCTYPE html>") && html.endsWith("</html>\n"));
  assert(html.includes("Session ended by the gateway"));
  assert(html.includes("<dd>Asia/Shanghai, UTC+08:00</dd>"));
  const [, iso, date, clock] =
    /<time datetime="(.*?)"><span class="w">(.*?)<\/span> (.*?)<\/time>/
      .exec(html)!;
  const there = Date.parse(`${date}T${clock}+08:00`);
  assertEquals(there, Math.floor(Date.parse(iso!) / 1_000) * 1_000);
  // Routers have rules.
  const options = { env: { TZ: "EST5" } };
  const ruled = await sh(`lifesign report ${quote(file)} --json`, options);
  const { time_zone, utc_offset_minutes } = JSON.parse(ruled.stdout);
  assertEquals([time_zone, utc_offset_minutes], ["local time", -300]);
});

inFolder.test("report reads rotated files, skips damaged lines, and looks back as far as it is asked to", async (folder) => {
  const file = `${folder}/history`;
  await liveAndDie(file, "--log-max-bytes", "400", "--log-backups", "9");
  const parts = Deno.readDirSync(folder).toArray();
  assert(parts.length > 1, `${parts.length}`);
  const { sessions: [whole] } = await json(file);
  assert(whole.cycles >= 6, `${whole.cycles}`);
  await Deno.writeTextFile(`${file}.1`, '{"time":\n\0\0\n', { append: true });
  const damaged = await run(["report", "--history-file", file, "--json"]);
  assertOutcome(damaged, {
    code: 0,
    stderr: `${file}: 2 lines are damaged and left out\n`,
  });
  const { sessions: [same], damaged_lines } = JSON.parse(damaged.stdout);
  assertEquals([same.cycles, damaged_lines], [whole.cycles, 2]);
  await Deno.remove(`${file}.1`);

  const { start: death } = whole.outages.at(-1);
  const { sessions: [since], from } = await json(file, "--since", death);
  assertEquals([since.cycles, from], [1, death]);
  assertEquals((await json(file, "--since", "24h")).from, whole.from);
});

inFolder.test("report ends with 66 where there is no history, and with 64 for a session that is not in it", async (folder) => {
  const file = `${folder}/history`;
  const report = ["report", "--history-file", file];
  assertRefused(
    await run(report),
    66,
    `${file}: Cannot read the history: there is no such file`,
  );
  await Deno.writeTextFile(file, "", { mode: 0o600 });
  assertOutcome(await run(report), { code: 0, stderr: "" });
  assertRefused(
    await run([...report, "dorm"]),
    64,
    'lifesign: Cannot find a session "dorm": expected one that is in the history',
  );
});

const withXmllint = inFolder.unless(await missing("xmllint"));

withXmllint.test("report --svg is well-formed", async (folder) => {
  const file = `${folder}/history`;
  const evil = JSON.stringify(`<&"'>\u0001\ud800]]>`);
  const lines = Array.from({ length: 50 }, (_, k) => {
    const time = new Date(1_795_000_000_000 + k * 60_000).toISOString();
    const verdict = ["alive", "alive", "silent", "dead"][k % 4];
    return `{"time":"${time}","session":${evil},"gateway":${evil},"verdict":"${verdict}","tries":1,"next_ms":60000}\n`;
  });
  await Deno.writeTextFile(file, lines.join(""), { mode: 0o600 });
  for (const flags of ["--svg", "--svg --since 1h"]) {
    const checked = await sh(
      `lifesign report --history-file ${
        quote(file)
      } ${flags} | xmllint --noout -`,
    );
    assertQuiet(checked);
  }
  // The pictures of the page are well-formed, too.
  const { stdout } = await run(["report", "--history-file", file]);
  const charts = stdout.match(/(?<=<\/figcaption>).*?(?=<\/figure>)/gs)!;
  assert(charts.length > 0);
  const stdin = `<all>${charts.join("\n")}</all>`;
  const checked = await sh("xmllint --noout -", { stdin });
  assertQuiet(checked);
});
