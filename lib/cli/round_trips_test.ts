import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeReply } from "../protocol/srun.ts";
import { createFakeWorld, elapse, toEnd } from "../testing/fake_world.ts";
import { app, second } from "./test_app.ts";

const [status, metrics, history] = ["/run/status", "/run/prom", "/run/history"];

/** A gateway on this machine: of each cycle's requests the first one is lost, but for the first cycle's. */
const world = createFakeWorld({
  respond: ({ at }) =>
    at >= 60 * second && at % (60 * second) < second
      ? []
      : [{ bytes: encodeReply(77n), after: 5 }],
});

const code = app([
  ...["run", "-g", "127.0.0.1", "-u", "77", "--json", "--log-level=debug"],
  ...["--status-file", status, "--metrics-file", metrics],
  ...["--history-file", history],
], world);
await elapse(world.clock, 150 * second);
world.signals.raise("SIGUSR1");
world.signals.raise("SIGTERM");
await toEnd(world.clock, code);

const { output, errors } = world.terminal;
const lastOf = (path: string) =>
  world.files.replacements.findLast((file) => file.path === path)!.text;
const lines = world.logFiles.opened.get(history)!.text;

/** What another command prints that reads these files. */
async function tell(...args: string[]): Promise<string> {
  const files = {
    [status]: { text: lastOf(status), mode: 0o644 },
    [history]: { text: lines, mode: 0o644 },
  };
  const reader = createFakeWorld({ files });
  reader.clock.runUntil(150 * second);
  await app(args, reader);
  return reader.terminal.output;
}

Deno.test("run --json tells no round trip after a lost packet, but how long the answer took", () => {
  const cycles = output.split("\n").filter((line) => line.includes('"cycle"'))
    .map((line) => JSON.parse(line));
  assertEquals(
    cycles.map(({ rtt_ms, answer_ms }) => [rtt_ms, answer_ms]),
    [[5, 5], [null, 1_005], [null, 1_005]],
  );
});

Deno.test("the log tells no round trip after a lost packet", () => {
  assertStringIncludes(errors, "alive (127.0.0.1:3335, 5 ms, 1 try)");
  assertStringIncludes(
    errors,
    "alive (127.0.0.1:3335, answered after 1005 ms, 2 tries)",
  );
  assertStringIncludes(errors, "round trip 5/5/5 ms; answer 671.7/1005 ms");
});

Deno.test("status and its file tell no round trip after a lost packet", async () => {
  const { sessions: [session] } = JSON.parse(lastOf(status));
  const fields = Object.entries(session).filter(([key]) =>
    /^(rtt|answer)_/.test(key)
  );
  assertEquals(Object.fromEntries(fields), {
    rtt_min_ms: 5,
    rtt_avg_ms: 5,
    rtt_max_ms: 5,
    rtt_last_ms: null,
    answer_min_ms: 5,
    answer_avg_ms: 671.7,
    answer_max_ms: 1_005,
    answer_last_ms: 1_005,
  });
  const text = await tell("status", "--status-file", status);
  assert(/ 5\/5\/5 ms /.test(text), text);
});

Deno.test("metrics tell no round trip after a lost packet", () => {
  const text = lastOf(metrics);
  for (
    const line of [
      'rtt_seconds_sum{session="default",protocol="srun",target="srun://127.0.0.1:3335"} 0.005',
      'rtt_seconds_count{session="default",protocol="srun",target="srun://127.0.0.1:3335"} 1',
      'answer_seconds_sum{session="default",protocol="srun",target="srun://127.0.0.1:3335"} 2.015',
      'answer_seconds_count{session="default",protocol="srun",target="srun://127.0.0.1:3335"} 3',
    ]
  ) assertStringIncludes(text, `lifesign_${line}\n`);
});

Deno.test("history and report tell no round trip after a lost packet", async () => {
  const times = lines.split("\n").slice(0, -1).map((line) => JSON.parse(line))
    .filter(({ verdict }) => verdict !== undefined)
    .map(({ rtt_ms, answer_ms }) => [rtt_ms, answer_ms]);
  // What a round trip says of its answer is not said twice.
  assertEquals(times, [[5, undefined], [undefined, 1_005], [undefined, 1_005]]);
  const json = await tell("report", "--json", "--history-file", history);
  const { sessions: [figures] } = JSON.parse(json);
  assertEquals([figures.rtt_median_ms, figures.rtt_p95_ms], [5, 5]);
  const { answer_median_ms, answer_p95_ms } = figures;
  assertEquals([answer_median_ms, answer_p95_ms], [1_005, 1_005]);
  const page = await tell("report", "--history-file", history);
  assertStringIncludes(page, "<dt>95th percentile</dt><dd>5 ms</dd>");
  assertStringIncludes(page, "<dt>95 % answered within</dt><dd>1 s</dd>");
});
