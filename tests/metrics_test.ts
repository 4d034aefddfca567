import { assert, assertEquals } from "@std/assert";
import { block } from "./documents.ts";
import {
  assertRefused,
  assertStops,
  createFolder,
  isStatic,
  lifesign,
  missing,
  quote,
  run,
  type Running,
  sh,
  start,
  startGateway,
  unless,
  words,
} from "./harness.ts";

const withPromtool = unless(await missing("promtool"));

const rules = block("docs/monitoring.md", "alerts");

/** The metrics that an agent leaves behind when it is ended: a session that is alive, and one that has died. */
async function metrics(): Promise<string> {
  await using folder = await createFolder();
  await using gateway = await startGateway("--uid", "1");
  const path = `${folder.path}/lifesign.prom`;
  const config = `${folder.path}/lifesign.conf`;
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
    const { session } = await agent.cycle();
    judged.add(session);
  }
  await assertStops(agent);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o644);
  return await Deno.readTextFile(path);
}

/** Runs promtool with these files and words. */
async function check(
  files: Readonly<Record<string, string>>,
  command: string,
): Promise<{ code: number; text: string }> {
  await using folder = await createFolder(files);
  const { code, stdout, stderr } = await sh(
    `cd ${quote(folder.path)} && ${command}`,
  );
  return { code, text: stdout + stderr };
}

withPromtool.test("promtool finds nothing wrong with the metrics", async () => {
  const text = await metrics();
  const good = await check({ m: text }, "promtool check metrics <m");
  assertEquals(good, { code: 0, text: "" });
  // It would find something.
  const odd = text.replaceAll("lifesign_tries_total", "lifesign_tries");
  const bad = await check({ m: odd }, "promtool check metrics <m");
  assert(bad.code !== 0, bad.text);
});

Deno.test("docs/monitoring.md's alerts are about metrics that there are", async () => {
  const text = await metrics();
  const names = [...rules.matchAll(/lifesign_\w+/g)].map(([name]) => name);
  assertEquals(names.length, 4);
  for (const name of names) assert(text.includes(`\n${name}{`), name);
  assert(text.includes('\nlifesign_verdict{session="lab",'), text);
});

withPromtool.test("docs/monitoring.md's alerts tell of a session's death", async () => {
  const checked = await check(
    { "rules.yml": rules },
    "promtool check rules rules.yml",
  );
  assertEquals(checked.code, 0, checked.text);
  assert(checked.text.includes("SUCCESS: 3 rules found"), checked.text);
  const labels = "session: dorm, instance: router";
  // The session dies with the fourth minute.
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
    alert_rule_test:
      - { eval_time: 6m, alertname: SessionDead, exp_alerts: [] }
`;
  const tested = await check(
    { "rules.yml": rules, "tests.yml": tests },
    "promtool test rules tests.yml",
  );
  assertEquals(tested.code, 0, tested.text);
});

/** The course of an agent and its machine. Its functions take a minute from 0 on, and return s. */
interface Course {
  readonly what: string;
  /** How long the machine has been up. */
  readonly uptime: (minute: number) => number;
  /** How far its wall clock is ahead of Prometheus'; not at all if absent. */
  readonly ahead?: (minute: number) => number;
  /** The uptime at the report that the metrics are from. */
  readonly reported: (minute: number) => number;
  /** Time from a report until the next one is overdue, in s; 90 if absent. */
  readonly lifetime?: number;
  /** In which minutes the alert fires; never if absent. */
  readonly silent?: readonly number[];
}

/** The minutes of each course. */
const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 8];

const decades = -56 * 365 * 86_400;

const goesBack = (at: number) => at < 3 ? 0 : -86_400;
const jumps = (at: number) => at < 3 ? decades : 0;
const up = (at: number) => 1_000 + 60 * at;
const upSoon = (at: number) => 20 + 60 * at;
const restarts = (at: number) => at < 3 ? 9_000 + 60 * at : 60 * (at - 2);
const reports = (at: number) => up(at) - 2;
const isKilled = (at: number) => reports(Math.min(at, 2));

const courses: readonly Course[] = [
  { what: "an agent that reports", uptime: up, reported: reports },
  {
    what: "an agent that was killed",
    uptime: up,
    reported: isKilled,
    // Late since the fourth minute, and for a minute.
    silent: [5, 6, 7, 8],
  },
  {
    what: "an agent that was killed, and the clock went back a day",
    uptime: up,
    ahead: goesBack,
    reported: isKilled,
    silent: [5, 6, 7, 8],
  },
  {
    what: "an agent that reports while the clock goes back a day",
    uptime: up,
    ahead: goesBack,
    reported: reports,
  },
  {
    what: "an agent that reports while the clock jumps from 1970",
    uptime: upSoon,
    ahead: jumps,
    reported: (at) => upSoon(at) - 2,
  },
  {
    what: "an agent of long intervals while the clock jumps from 1970",
    uptime: upSoon,
    ahead: jumps,
    reported: () => 18,
    lifetime: 3_630,
  },
  {
    what: "an agent that does not start again with its machine",
    uptime: restarts,
    reported: (at) => 8_998 + 60 * Math.min(at, 2),
    lifetime: 3_630,
    silent: [4, 5, 6, 7, 8],
  },
  {
    what: "an agent that starts again with its machine",
    uptime: restarts,
    reported: (at) => at < 3 ? 8_998 : restarts(at) - 2,
    lifetime: 3_630,
  },
];

/** A series for promtool. */
function series(name: string, values: readonly number[]): string {
  return `      - { series: '${name}', values: "${values.join(" ")}" }\n`;
}

function testOf(course: Course): string {
  const { what, ahead = () => 0, lifetime = 90, silent = [] } = course;
  const uptime = minutes.map(course.uptime);
  const reported = minutes.map(course.reported);
  const node = 'instance="router",job="node"';
  const session = `{session="dorm",${node}}`;
  const start = Date.UTC(2026, 10, 21) / 1000;
  const wall = minutes.map((at) => start + 60 * at + ahead(at));
  const labels = "{ session: dorm, instance: router, job: node }";
  const alert = `[{ exp_labels: ${labels}, exp_annotations: ` +
    "{ summary: nothing keeps dorm at router alive } }]";
  return `  - name: ${what}
    interval: 1m
    input_series:
${series(`node_time_seconds{${node}}`, wall)}${
    series(
      `node_boot_time_seconds{${node}}`,
      wall.map((time, at) => time - uptime[at]!),
    )
  }${series(`lifesign_reported_uptime_seconds${session}`, reported)}${
    series(
      `lifesign_stale_after_uptime_seconds${session}`,
      reported.map((time) => time + lifetime),
    )
  }    alert_rule_test:
${
    minutes.map((at) =>
      `      - { eval_time: ${at}m, alertname: AgentSilent, exp_alerts: ${
        silent.includes(at) ? alert : "[]"
      } }\n`
    ).join("")
  }`;
}

for (const course of courses) {
  withPromtool.test(`docs/monitoring.md's alerts know ${course.what}`, async () => {
    const tests = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
${testOf(course)}`;
    const files = { "rules.yml": rules, "tests.yml": tests };
    const { code, text } = await check(
      files,
      "promtool test rules tests.yml",
    );
    assertEquals(code, 0, text);
  });
}

/** A listener of metrics. */
interface Place {
  /** The agent. */
  readonly agent: Running;
  /** Where it serves metrics. */
  readonly url: string;
  /** Connects, and sends words. */
  visit(words?: string): Promise<Deno.TcpConn>;
}

/** Starts an agent that serves metrics, and runs a test. */
async function whereServed(
  args: readonly string[],
  test: (place: Place) => Promise<void>,
  limit = "",
): Promise<void> {
  await using gateway = await startGateway("--uid", "77");
  await using folder = await createFolder();
  const log = `${folder.path}/log`;
  const flags = ["run", "--json", "-u77", "-g", gateway.address];
  const server = ["--metrics-listen=0", `--log-file=${log}`];
  const command = [lifesign, ...flags, ...server, ...args];
  const script = `${limit} exec ${command.map(quote).join(" ")}`;
  await using agent = start(["-c", script], { command: "/bin/sh" });
  await agent.cycle();
  const [url, port] = /http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(
    await Deno.readTextFile(log),
  )!;
  const open: Deno.TcpConn[] = [];
  const visit = async (words = "") => {
    const at = { hostname: "127.0.0.1", port: Number(port) };
    const connection = await Deno.connect(at);
    open.push(connection);
    await connection.write(new TextEncoder().encode(words));
    return connection;
  };
  try {
    await test({ agent, url, visit });
  } finally {
    for (const connection of open) connection[Symbol.dispose]();
  }
}

/** The status of an answer, and its text. */
async function ask(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

Deno.test("run serves what it writes to its metrics file, to GET alone", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/m.prom`;
  const args = ["-i1h", `--metrics-file=${path}`];
  await whereServed(args, async ({ agent, url, visit }) => {
    const { headers, status, body } = await fetch(url);
    const text = await new Response(body).text();
    assertEquals(status, 200);
    assertEquals(
      headers.get("content-type"),
      "text/plain; version=0.0.4; charset=utf-8",
    );
    assert(text.includes('verdict="alive"} 1\n'), text);
    const long = { method: "POST", body: "x".repeat(100_000) };
    assertEquals((await ask(url, long))[0], 405);
    assertEquals((await ask(`${url}/..`))[0], 404);
    // The connection ends with the answer.
    const plain = await visit("GET /metrics HTTP/1.0\n\n");
    const all = await new Response(plain.readable).text();
    assert(all.includes('verdict="alive"} 1\n'), all);
    // As busybox' nc does.
    const early = await visit("GET /metrics HTTP/1.0\r\n\r\n");
    await early.closeWrite();
    const same = await new Response(early.readable).text();
    assert(same.includes('verdict="alive"} 1\n'), same);
    await assertStops(agent);
    // The file is written a moment later, and at the end.
    const names = (text: string) => text.match(/^\w+(?=\{)/gm);
    assertEquals(names(text), names(await Deno.readTextFile(path)));
  });
});

Deno.test("run says who has the port for its metrics", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    using listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr;
    const place = hostname === "::1" ? `[::1]:${port}` : `${hostname}:${port}`;
    const ended = await run(
      ["run", "-u77", "-g127.0.0.1:9", `--metrics-listen=${place}`],
    );
    assertRefused(
      ended,
      73,
      `lifesign: Cannot serve metrics at ${place}: ${place} is taken: \`ss -tlnp\` shows who has it`,
    );
  }
});

/** A heartbeat each second, sharp. */
const steady = words`--interval 1s --timeout 200ms --jitter 0s`;

/** Fails unless the next heartbeats are alive, and in time. */
async function assertBeats(agent: Running, count: number): Promise<void> {
  const start = performance.now();
  for (let beat = 0; beat < count; beat++) {
    const cycle = await agent.cycle();
    assertEquals(cycle["verdict"], "alive", JSON.stringify(cycle));
  }
  const took = performance.now() - start;
  assert(took < (count + 2) * 1_000, `${count} heartbeats took ${took} ms`);
}

Deno.test("run keeps time whatever visitors of its metrics do", async () => {
  await whereServed(steady, async ({ agent, url, visit }) => {
    const get = "GET /metrics HTTP/1.1\r\n\r\n";
    for (let count = 0; count < 20; count++) await visit();
    let isOver = false;
    // Each sends whatever is taken, as fast as it is taken, and comes again.
    const flood = async () => {
      const bytes = new Uint8Array(100_000);
      while (!isOver) {
        using flooding = await visit(get);
        while (await flooding.write(bytes).catch(() => 0));
      }
    };
    const floods = [flood(), flood(), flood()];
    await assertBeats(agent, 4);
    isOver = true;
    await Promise.all(floods);
    assertEquals((await ask(url))[0], 200);
    await assertStops(agent);
  });
});

Deno.test("run keeps descriptors for its heartbeats", async () => {
  // Deno needs more of its own.
  const limit = `ulimit -n ${isStatic ? 20 : 32};`;
  await whereServed(steady, async ({ agent, url, visit }) => {
    for (let count = 0; count < 40; count++) await visit();
    await assertBeats(agent, 2);
    assertEquals((await ask(url))[0], 200);
    await assertStops(agent);
  }, limit);
});
