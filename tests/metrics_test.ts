import { assert, assertEquals } from "@std/assert";
import { quote, sh, start, startGateway } from "./harness.ts";

const promtool = await sh("command -v promtool");
const ignore = promtool.code !== 0;
if (ignore) {
  console.log(
    "metrics_test.ts skips what promtool checks: it is in Debian's package prometheus",
  );
}

const readme = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
const [, rules = ""] = /^```yaml\n(.*?)^```$/ms.exec(readme) ?? [];

/** The metrics that an agent leaves behind when it is ended: a session that is alive, and one that has died. */
async function metrics(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await using gateway = await startGateway("--uid", "1");
    const path = `${folder}/lifesign.prom`;
    const config = `${folder}/lifesign.conf`;
    const text = `gateway = ${gateway.address}
timeout = 50ms
interval = 1h
metrics_file = ${path}
[dorm]
uid = 1
[lab]
uid = 2
`;
    await Deno.writeTextFile(config, text, { mode: 0o600 });
    await using agent = start(["run", "--json", "-c", config]);
    const judged = new Set();
    while (judged.size < 2) {
      const { session } = await agent.event(({ event }) => event === "cycle");
      judged.add(session);
    }
    agent.signal("SIGTERM");
    assertEquals((await agent.outcome).code, 0);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o644);
    return await Deno.readTextFile(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs promtool with these files and words. */
async function check(
  files: Readonly<Record<string, string>>,
  command: string,
): Promise<{ code: number; text: string }> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { code, stdout, stderr } = await sh(
      `cd ${quote(folder)} && ${command}`,
    );
    return { code, text: stdout + stderr };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "promtool finds nothing wrong with the metrics",
  ignore,
  async fn() {
    const text = await metrics();
    const good = await check({ m: text }, "promtool check metrics <m");
    assertEquals(good, { code: 0, text: "" });
    // It would find something.
    const odd = text.replaceAll("lifesign_tries_total", "lifesign_tries");
    const bad = await check({ m: odd }, "promtool check metrics <m");
    assert(bad.code !== 0, bad.text);
  },
});

Deno.test("README.md's alerts are about metrics that there are", async () => {
  const text = await metrics();
  const names = [...rules.matchAll(/lifesign_\w+/g)].map(([name]) => name);
  assertEquals(names.length, 2);
  for (const name of names) assert(text.includes(`\n${name}{`), name);
  assert(text.includes('\nlifesign_verdict{session="lab",verdict="dead"} 1\n'));
});

Deno.test({
  name: "README.md's alerts tell a dead session from a silent agent",
  ignore,
  async fn() {
    const checked = await check(
      { "rules.yml": rules },
      "promtool check rules rules.yml",
    );
    assertEquals(checked.code, 0, checked.text);
    assert(checked.text.includes("SUCCESS: 2 rules found"), checked.text);
    const labels = "session: dorm, instance: router";
    // The session dies with the fourth minute; the agent says nothing after the third.
    const tests = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: lifesign_verdict{session="dorm",verdict="dead",instance="router"}
        values: 0 0 0 1 1
      - series: lifesign_verdict{session="dorm",verdict="alive",instance="router"}
        values: 1 1 1 0 0
    alert_rule_test:
      - { eval_time: 2m, alertname: SessionDead, exp_alerts: [] }
      - eval_time: 3m
        alertname: SessionDead
        exp_alerts:
          - exp_labels: { ${labels}, verdict: dead }
            exp_annotations: { summary: dorm at router has died }
      - { eval_time: 4m, alertname: AgentSilent, exp_alerts: [] }
  - interval: 1m
    input_series:
      - series: lifesign_verdict{session="dorm",verdict="dead",instance="router"}
        values: 0x6
      - series: lifesign_stale_after_timestamp_seconds{session="dorm",instance="router"}
        values: 90 150 210 210 210 210 210
    alert_rule_test:
      - { eval_time: 3m, alertname: AgentSilent, exp_alerts: [] }
      - { eval_time: 4m, alertname: AgentSilent, exp_alerts: [] }
      - eval_time: 5m
        alertname: AgentSilent
        exp_alerts:
          - exp_labels: { ${labels} }
            exp_annotations: { summary: nothing keeps dorm at router alive }
      - { eval_time: 6m, alertname: SessionDead, exp_alerts: [] }
`;
    const tested = await check(
      { "rules.yml": rules, "tests.yml": tests },
      "promtool test rules tests.yml",
    );
    assertEquals(tested.code, 0, tested.text);
  },
});
