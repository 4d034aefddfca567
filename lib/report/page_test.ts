import { assert, assertEquals } from "@std/assert";
import { formatRecord } from "../status/history.ts";
import type { Verdict } from "../verdict.ts";
import { jsonOf } from "./json.ts";
import { pageOf } from "./page.ts";
import { pictureOf } from "./picture.ts";
import { utc } from "./times.ts";
import { readHistory } from "./records.ts";
import { type Report, reportOf } from "./report.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 21, 12);

interface Sample {
  readonly cycles: number;
  readonly sessions?: readonly string[];
  readonly gateway?: string;
  /** What each cycle found out; alive if absent. */
  readonly verdict?: (cycle: number) => Verdict;
}

/** The report of a history whose last cycle was a second ago. */
function report(
  { cycles, sessions = ["dorm"], gateway = "gw:3335", ...sample }: Sample,
): Report {
  const { verdict = () => "alive" } = sample;
  const reader = readHistory({ since: null, names: [] });
  let lines: string[] = [];
  for (let at = 0; at < cycles; at++) {
    for (const session of sessions) {
      lines.push(formatRecord({
        time: noon - (cycles - 1 - at) * minute,
        session,
        gateway,
        verdict: verdict(at),
        up: null,
        rtt: verdict(at) === "alive" ? 1 + at % 7 : null,
        answer: verdict(at) === "alive" ? 1 + at % 7 : null,
        tries: 1 + at % 2,
        lost: at % 2,
        error: null,
        reconnect: null,
        next: minute,
      }));
    }
    if (lines.length < 10_000 && at < cycles - 1) continue;
    reader.read(new TextEncoder().encode(lines.join("")));
    lines = [];
  }
  return reportOf(reader.finish(), { since: null, now: noon + 1_000 });
}

Deno.test("pageOf() is one page without scripts that needs nothing else", () => {
  const page = pageOf(report({ cycles: 30 }), {
    name: "Europe/Berlin",
    offset: () => 3_600_000,
  });
  assert(page.startsWith("<!DOCTYPE html>\n<html lang="), page.slice(0, 100));
  assert(page.endsWith("</html>\n"));
  assertEquals(page.match(/<script|src=|url\(|@import|<link|https?:/g), null);
  assert(page.includes(`content="default-src 'none';`));
  assert(page.includes("prefers-color-scheme:dark"));
  assert(page.includes("Times: Europe/Berlin."));
  assert(page.includes('<time datetime="2026-11-21T12:00:01.000Z">'));
  assert(page.includes('<span class="w">2026-11-21</span> 13:00:01</time>'));
});

Deno.test("pageOf() tells of every chart what there is to be seen", () => {
  const page = pageOf(report({ cycles: 30, sessions: ["a", "b"] }), utc);
  const labels = [...page.matchAll(/aria-labelledby="(\S+) (\S+)"/g)];
  // The overview, and three for each session.
  assertEquals(labels.length, 1 + 2 * 3);
  for (const [, title, description] of labels) {
    assert(page.includes(`<title id="${title}">`), title);
    assert(page.includes(`<desc id="${description}">`), description);
  }
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("pageOf() and pictureOf() let nothing of the history be more than text", () => {
  const evil = `<b>&"'\u202e\u001b[31m\u2028\ud800`;
  const safe = "&lt;b&gt;&amp;&quot;&#39;\\u202e\\u001b[31m\\u2028\\ud800";
  const found = report({ cycles: 3, sessions: [evil], gateway: evil });
  for (const text of [pageOf(found, utc), pictureOf(found, utc)]) {
    assert(text.includes(safe), text);
    assert(!text.includes("<b>&"), text);
    assertEquals(/[^\n\P{C}]|[\u2028\u2029]/u.exec(text), null);
  }
});

Deno.test("pageOf() and pictureOf() let no figure be more than text: < 0.01 %", () => {
  const found = report({
    cycles: 20_000,
    sessions: ["a", "b"],
    verdict: (at) => at === 0 ? "alive" : "dead",
  });
  for (const text of [pageOf(found, utc), pictureOf(found, utc)]) {
    assert(text.includes("&lt; 0.01 %"), text.slice(-2_000));
    assertEquals(/<(?![/!a-z])/i.exec(text), null);
  }
});

Deno.test("pageOf() and pictureOf() have something to say about nothing", () => {
  const empty = report({ cycles: 0 });
  assertEquals(empty.from, null);
  assert(pageOf(empty, utc).includes("The history holds no cycle"));
  assert(pictureOf(empty, utc).includes("Nothing was recorded</text>"));
  const damaged = pageOf({ ...empty, damagedLines: 2 }, utc);
  assert(damaged.includes("2 lines of the history are damaged"));
});

Deno.test("pageOf() lists the deaths and the longest outages, and --json all", () => {
  const found = report({
    cycles: 2_000,
    verdict: (at) => at % 2 === 0 ? "alive" : at === 7 ? "dead" : "silent",
  });
  const page = pageOf(found, utc);
  assertEquals(page.match(/<tr><td><time/g)?.length, 100);
  assert(page.includes("The deaths and the longest of 1,000;"));
  assertEquals(page.match(/<span class="dead">/g)?.length, 1);
  const { sessions } = JSON.parse(JSON.stringify(jsonOf(found)));
  assertEquals(sessions[0].outages.length, 1_000);
});

Deno.test("pageOf() stays short, however much there is to tell", () => {
  const rows: [sample: Sample, most: number][] = [
    [{ cycles: 100_000 }, 1_000_000],
    [{ cycles: 100_000, verdict: (at) => at % 3 ? "alive" : "silent" }, 1e6],
    [{
      cycles: 1_000,
      sessions: Array.from({ length: 200 }, (_, k) => `session ${k}`),
      verdict: (at) => at % 3 ? "alive" : "silent",
    }, 4_000_000],
  ];
  for (const [sample, most] of rows) {
    const found = report(sample);
    const { length } = new TextEncoder().encode(pageOf(found, utc));
    assert(length < most, `${length}`);
    assert(pictureOf(found, utc).length < most);
  }
});

Deno.test("jsonOf() has the figures in snake_case, and null for what is absent", () => {
  const found = report({
    cycles: 3,
    verdict: (at) => at === 0 ? "alive" : "silent",
  });
  assertEquals(JSON.parse(JSON.stringify(jsonOf(found))), {
    made: "2026-11-21T12:00:01.000Z",
    from: "2026-11-21T11:58:00.000Z",
    to: "2026-11-21T12:00:01.000Z",
    damaged_lines: 0,
    clock_set: [],
    sessions: [{
      session: "dorm",
      gateway: "gw:3335",
      from: "2026-11-21T11:58:00.000Z",
      to: "2026-11-21T12:00:01.000Z",
      story: [
        "The network failed once, for 1 min 1 s, at 11:59:00.",
        "It has been failing since 11:59:00 (silent): whether the session is alive is not known.",
      ],
      // A minute of two, and a second.
      availability: 60_000 / 121_000,
      watched_ms: 121_000,
      alive_ms: 60_000,
      fault_ms: 61_000,
      dead_ms: 0,
      unwatched_ms: 0,
      cycles: 3,
      verdicts: { alive: 1, silent: 2 },
      tries: 4,
      lost: 1,
      loss: 0.25,
      rtt_median_ms: 1,
      rtt_p95_ms: 1,
      answer_median_ms: 1,
      answer_p95_ms: 1,
      outages: [{
        start: "2026-11-21T11:59:00.000Z",
        end: null,
        length_ms: 61_000,
        class: "fault",
        verdicts: ["silent"],
        cycles: 2,
        late_answer_ms: null,
        before: "alive",
        after: null,
      }],
      unwatched: [],
      rtt_over_time: {
        width_ms: 300_000,
        values: [{
          time: "2026-11-21T11:55:00.000Z",
          count: 1,
          median_ms: 1,
          p95_ms: 1,
        }],
      },
      loss_by_hour: [
        { time: "2026-11-21T11:00:00.000Z", tries: 3, lost: 1 },
        { time: "2026-11-21T12:00:00.000Z", tries: 1, lost: 0 },
      ],
    }],
  });
});
