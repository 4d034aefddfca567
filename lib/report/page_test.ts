import { assert, assertEquals } from "@std/assert";
import { formatRecord } from "../status/history.ts";
import type { Verdict } from "../verdict.ts";
import { jsonOf } from "./json.ts";
import { pageOf } from "./page.ts";
import { pictureOf } from "./picture.ts";
import { utc } from "./times.ts";
import { version } from "../version.ts";
import type { Zone } from "../world.ts";
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
  zone: Zone = utc,
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
  const options = { since: null, now: noon + 1_000, zone };
  return reportOf(reader.finish(), options);
}

Deno.test("pageOf() is one page without scripts that needs nothing else", () => {
  const berlin = { name: "Europe/Berlin", offset: () => 3_600_000 };
  const page = pageOf(report({ cycles: 30 }, berlin));
  assert(page.startsWith("<!DOCTYPE html>\n<html lang="), page.slice(0, 100));
  assert(page.endsWith("</html>\n"));
  assertEquals(page.match(/<script|src=|url\(|@import|<link|https?:/g), null);
  assert(page.includes(`content="default-src 'none';`));
  assert(page.includes("prefers-color-scheme:dark"));
  assert(page.includes("<dd>Europe/Berlin, UTC+01:00</dd>"));
  assert(page.includes('<time datetime="2026-11-21T12:00:01.000Z">'));
  assert(page.includes('<span class="w">2026-11-21</span> 13:00:01</time>'));
});

Deno.test("pageOf() tells of every chart what there is to be seen", () => {
  const page = pageOf(report({ cycles: 3_000, sessions: ["a", "b"] }));
  const labels = [...page.matchAll(/aria-labelledby="(\S+) (\S+)"/g)];
  // The hours of all; timeline, days, hours and round trips of each.
  assertEquals(labels.length, 1 + 2 * 4);
  for (const [, title, description] of labels) {
    assert(page.includes(`<title id="${title}">`), title);
    assert(page.includes(`<desc id="${description}">`), description);
  }
  // The rows side by side.
  assertEquals(page.match(/role="img" aria-label="alive /g)?.length, 2);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("pageOf() and pictureOf() let nothing of the history be more than text", () => {
  const evil = `<b>&"'\u202e\u001b[31m\u2028\ud800`;
  const safe = "&lt;b&gt;&amp;&quot;&#39;\\u202e\\u001b[31m\\u2028\\ud800";
  const found = report({ cycles: 3, sessions: [evil], gateway: evil });
  for (const text of [pageOf(found), pictureOf(found)]) {
    assert(text.includes(safe), text);
    assert(!text.includes("<b>&"), text);
    assertEquals(/[^\n\P{C}]|[\u2028\u2029]/u.exec(text), null);
  }
});

Deno.test("pageOf() lets nothing that a peer or a setting says be more than text", () => {
  const evil = `</title><b>&"'\u202e\u001b[31m\u2028\ud800`;
  const line = { time: noon - minute, up: null };
  const cycle = { rtt: 1, answer: 1, tries: 1, lost: 0, next: minute };
  const watch = {
    ...{ version: evil, host: evil, target: evil, source: evil },
    ...{ interval: minute, timeout: 1_000, tries: 3 },
  };
  const lines = [evil, `${evil}2`].flatMap((session) => [
    formatRecord({ ...line, session, watch }),
    ...(["unsendable", "alive"] as const).map((verdict) =>
      formatRecord({
        ...{ ...line, session, gateway: evil, verdict, ...cycle },
        ...{ error: evil, reconnect: evil },
      })
    ),
    formatRecord({ ...line, session, login: evil }),
  ]);
  const reader = readHistory({ since: null, names: [] });
  reader.read(new TextEncoder().encode(lines.join("")));
  const options = { since: null, now: noon, zone: { ...utc, name: evil } };
  const page = pageOf(reportOf(reader.finish(), options));
  const safe =
    "&lt;/title&gt;&lt;b&gt;&amp;&quot;&#39;\\u202e\\u001b[31m\\u2028\\ud800";
  // Of each session: in the overview, its heading, the timeline, the outage,
  // the login, the reconnect, and how it was watched.
  assert(page.split(safe).length > 2 * 7, page);
  assertEquals(page.includes("<b>&"), false);
  assertEquals(page.match(/<\/title>/g)?.length, page.match(/<title/g)?.length);
  assertEquals(/[^\n\P{C}]|[\u2028\u2029]/u.exec(page), null);
});

Deno.test("pageOf() and pictureOf() let no figure be more than text: < 0.01 %", () => {
  const found = report({
    cycles: 20_000,
    sessions: ["a", "b"],
    verdict: (at) => at === 0 ? "alive" : "dead",
  });
  for (const text of [pageOf(found), pictureOf(found)]) {
    assert(text.includes("&lt; 0.01 %"), text.slice(-2_000));
    assertEquals(/<(?![/!a-z])/i.exec(text), null);
  }
});

Deno.test("pageOf() and pictureOf() have something to say about nothing", () => {
  const empty = report({ cycles: 0 });
  assertEquals(empty.from, null);
  assert(pageOf(empty).includes("The history holds no cycle"));
  assert(pictureOf(empty).includes("Nothing was recorded</text>"));
  const damaged = pageOf({ ...empty, damagedLines: 2 });
  assert(damaged.includes("2 lines of the history are damaged"));
});

Deno.test("pageOf() puts identical faults in a row, and --json has all", () => {
  const found = report({
    cycles: 2_000,
    verdict: (at) => at % 2 === 0 ? "alive" : at === 7 ? "dead" : "silent",
  });
  const page = pageOf(found);
  const table = page.slice(page.indexOf("<h3>1,000 outages</h3>"));
  const outages = table.slice(0, table.indexOf("</table>"));
  assertEquals(outages.match(/<tr><td>/g)?.length, 3);
  assertEquals(outages.match(/<span class="dead">/g)?.length, 1);
  assert(outages.includes("998 × 1 min<br>16 h 38 min in all"), outages);
  assert(outages.includes("and 992 more"), outages);
  const { sessions } = JSON.parse(JSON.stringify(jsonOf(found)));
  assertEquals(sessions[0].outages.length, 1_000);
});

Deno.test("pageOf() lists the deaths and the longest outages where there are too many", () => {
  // Each fault is longer than the one before.
  const faults = new Set<number>();
  for (let at = 1, length = 1; at < 20_000; at += length + 1, length++) {
    for (let k = 0; k < length; k++) faults.add(at + k);
  }
  const found = report({
    cycles: 20_000,
    verdict: (at) => at === 1 ? "dead" : faults.has(at) ? "silent" : "alive",
  });
  const page = pageOf(found);
  assert(page.includes("99 shorter ones are left out"));
  assertEquals(page.match(/<span class="dead">/g)?.length, 1);
});

Deno.test("pageOf(), its tiles, its words and --json agree", () => {
  const letters = "aaasssaaluuadaassdaaa aaaa";
  const verdicts: Record<string, Verdict> = {
    ...{ a: "alive", s: "silent", l: "silent", u: "unsendable", d: "dead" },
  };
  const found = report({
    cycles: letters.length,
    verdict: (at) => verdicts[letters[at]!] ?? "alive",
  });
  const [session] = JSON.parse(JSON.stringify(jsonOf(found))).sessions;
  const page = pageOf(found);
  const tile = (name: string) =>
    new RegExp(`<dt>${name}(?: <small>.*?)?</dt><dd>(.*?)</dd>`).exec(page)![1];
  const counts = [
    ["deaths", session.deaths, /died (\w+):/],
    ["faults of the network", session.network_faults, /network failed (\d+)/],
    ["faults of this machine", session.machine_faults, /machine failed (\w+)/],
  ] as const;
  const words: Record<string, number> = { once: 1, twice: 2 };
  const inWords = session.story.join(" ");
  for (const [name, count, pattern] of counts) {
    const [, word = ""] = pattern.exec(inWords) ?? [];
    assertEquals([tile(name), words[word] ?? Number(word)], [
      `${count}`,
      count,
    ], inWords);
  }
  assertEquals(
    session.outages.length,
    session.deaths + session.network_faults + session.machine_faults,
  );
  assert(page.includes(`<h3>${session.outages.length} outages</h3>`));
  assertEquals(
    session.watched_ms,
    session.alive_ms + session.fault_ms + session.dead_ms,
  );
  assertEquals(
    session.days.reduce(
      (sum: number, day: { outages: number }) => sum + day.outages,
      0,
    ),
    session.outages.length,
  );
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
    const { length } = new TextEncoder().encode(pageOf(found));
    assert(length < most, `${length}`);
    assert(pictureOf(found).length < most);
  }
});

Deno.test("jsonOf() has the figures in snake_case, and null for what is absent", () => {
  const found = report({
    cycles: 3,
    verdict: (at) => at === 0 ? "alive" : "silent",
  });
  // A minute of two, and a second.
  const parts = {
    availability: 60_000 / 121_000,
    coverage: 1,
    watched_ms: 121_000,
    alive_ms: 60_000,
    fault_ms: 61_000,
    network_fault_ms: 61_000,
    machine_fault_ms: 0,
    dead_ms: 0,
    unwatched_ms: 0,
  };
  const answered = { answered_tries: 1, answered_lost: 0, answered_loss: 0 };
  const trips = { rtt_min_ms: 1, rtt_median_ms: 1, rtt_p95_ms: 1 };
  const times = {
    from: "2026-11-21T11:58:00.000Z",
    to: "2026-11-21T12:00:01.000Z",
  };
  const hours = {
    days_per_row: 1,
    rows: [{
      date: "2026-11-21",
      availability: Array.from(
        { length: 24 },
        (_, hour) => hour === 11 ? 0.5 : hour === 12 ? 0 : null,
      ),
      coverage: Array.from(
        { length: 24 },
        (_, hour) => hour === 11 || hour === 12 ? 1 : null,
      ),
    }],
  };
  assertEquals(JSON.parse(JSON.stringify(jsonOf(found))), {
    version,
    made: "2026-11-21T12:00:01.000Z",
    ...times,
    time_zone: "UTC",
    utc_offset_minutes: 0,
    ...parts,
    damaged_lines: 0,
    clock_set: [],
    shared_outages: [],
    hours,
    sessions: [{
      session: "dorm",
      gateway: "gw:3335",
      watches: [],
      ...times,
      story: [
        "The network failed once, for 1 min 1 s, at 11:59:00.",
        "It has been failing since 11:59:00 (silent): whether the session is alive is not known.",
      ],
      ...parts,
      cycles: 3,
      verdicts: { alive: 1, silent: 2 },
      deaths: 0,
      network_faults: 1,
      machine_faults: 0,
      tries: 4,
      lost: 1,
      loss: 0.25,
      ...answered,
      ...trips,
      answer_median_ms: 1,
      answer_p95_ms: 1,
      outages: [{
        start: "2026-11-21T11:59:00.000Z",
        end: null,
        length_ms: 61_000,
        class: "fault",
        cause: "network",
        verdicts: ["silent"],
        errors: [],
        cycles: 2,
        late_answer_ms: null,
        before: "alive",
        after: null,
      }],
      unwatched: [],
      logins: [],
      reconnects: [],
      days: [
        { date: "2026-11-21", ...parts, outages: 1, ...answered, ...trips },
      ],
      hours,
      rtt_over_time: {
        width_ms: 300_000,
        values: [
          {
            time: "2026-11-21T11:55:00.000Z",
            ...{ tries: 3, lost: 1 },
            ...{ count: 1, min_ms: 1, median_ms: 1, p95_ms: 1 },
          },
          {
            time: "2026-11-21T12:00:00.000Z",
            ...{ tries: 1, lost: 0 },
            ...{ count: 0, min_ms: null, median_ms: null, p95_ms: null },
          },
        ],
      },
    }],
  });
});
