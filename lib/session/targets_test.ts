import { assertEquals } from "@std/assert";
import {
  doubtfulHost,
  learn,
  type Resolution,
  resolve,
  targetsOf,
  unknownResolution,
} from "./targets.ts";

const a = "192.0.2.1";
const b = "192.0.2.2";
const c = "192.0.2.3";
const d = "192.0.2.4";
const six = "2001:db8::1";
const seven = "2001:db8::2";

const rows: {
  what: string;
  known: Partial<Resolution>;
  allowed?: "4" | "6";
  wanted: string[];
}[] = [
  { what: "nothing is known", known: {}, wanted: [] },
  {
    what: "families take turns, that of the first address first",
    known: { hosts: [six, seven, a] },
    wanted: [six, a, seven],
  },
  {
    what: "families take turns, whichever has more",
    known: { hosts: [six, a, b] },
    wanted: [six, a, b],
  },
  {
    what: "one family may be the only one that is allowed",
    known: { hosts: [six, a, b] },
    allowed: "4",
    wanted: [a, b],
  },
  {
    what: "no address is of the allowed family",
    known: { hosts: [a, b], answered: a },
    allowed: "6",
    wanted: [],
  },
  {
    what: "what answered last comes first, and its family",
    known: { hosts: [six, a, b], answered: b },
    wanted: [b, six, a],
  },
  {
    what: "the name has no more what answered last: it comes last",
    known: { hosts: [b, c], answered: a },
    wanted: [b, c, a],
  },
  {
    what: "the resolver has never answered: what answered last is known",
    known: { answered: a },
    wanted: [a],
  },
  {
    what: "few addresses begin anew with each cycle",
    known: { hosts: [a, b], missed: 3 },
    wanted: [a, b],
  },
  {
    what: "of many those come first that were not asked last",
    known: { hosts: [a, b, c, d], missed: 3 },
    wanted: [d, a, b, c],
  },
  {
    what: "of many the one that answered last is asked by each cycle",
    known: { hosts: [a, b, c, d], answered: c, missed: 3 },
    wanted: [c, d, a, b],
  },
  {
    what: "of many the one that answered last is asked, whatever the name has",
    known: { hosts: [b, c, d], answered: a, missed: 0 },
    wanted: [b, c, a, d],
  },
  {
    what: "of many that the name has each one has its turn beside it",
    known: { hosts: [b, c, d], answered: a, missed: 3 },
    wanted: [d, b, a, c],
  },
];

for (const { what, known, allowed = "auto", wanted } of rows) {
  Deno.test(`targetsOf(): ${what}`, () => {
    const resolution = { ...unknownResolution("gw.example"), ...known };
    assertEquals(targetsOf(resolution, { allowed, tries: 3 }), wanted);
  });
}

Deno.test("unknownResolution() knows an address that is one", () => {
  assertEquals(unknownResolution(a).hosts, [a]);
  assertEquals(unknownResolution(six).hosts, [six]);
  assertEquals(unknownResolution("gw.example").hosts, []);
});

Deno.test("doubtfulHost() is one that the name has no more, until its own have been silent", () => {
  const moved = { ...unknownResolution("gw.example"), hosts: [b], answered: a };
  const rows: [string, Resolution, string | null][] = [
    ["nothing answered yet", { ...moved, answered: null }, null],
    ["the name still has it", { ...moved, hosts: [b, a] }, null],
    ["the resolver has told nothing", { ...moved, hosts: [] }, null],
    ["the name has another", moved, a],
    ["one silent cycle", {
      ...moved,
      silence: { hosts: [b], cycles: 1, since: 0 },
    }, a],
    ["not long enough", {
      ...moved,
      silence: { hosts: [b], cycles: 9, since: 41 },
    }, a],
    [
      "long enough",
      { ...moved, silence: { hosts: [b], cycles: 2, since: 40 } },
      null,
    ],
  ];
  for (const [what, resolution, wanted] of rows) {
    const found = doubtfulHost(resolution, { now: 100, interval: 60 });
    assertEquals(found, wanted, what);
  }
});

Deno.test("resolve() holds the silence of other addresses against nobody", () => {
  const before = { ...unknownResolution("gw.example"), answered: a };
  const rows: [silent: string[], hosts: string[], isKept: boolean][] = [
    [[b], [b], true],
    [[b, c], [c], true],
    [[b, c], [c, d], false],
    // An older process did not say which.
    [[], [b], false],
    [[b], [c], false],
    [[b, c], [a, six], false],
  ];
  for (const [silent, hosts, isKept] of rows) {
    const silence = { hosts: silent, cycles: 3, since: 0 };
    assertEquals(
      resolve({ ...before, silence }, hosts),
      { ...before, hosts, silence: isKept ? silence : null },
    );
  }
});

Deno.test("learn() remembers what answered, and how long a name's own addresses are silent", () => {
  const before = { ...unknownResolution("gw.example"), hosts: [a, six] };
  const at = (host: string) => ({ host, port: 3335 });
  const end = { since: 10, tries: 3, asked: [a, b], heard: [] };
  const once = { hosts: [a, six], cycles: 1, since: 10 };
  const rows = [
    ["alive", at(a), {}, { answered: a }],
    ["dead", at(six), {}, { answered: six }],
    ["alive", at(b), {}, { answered: b, silence: once }],
    ["alive", at(b), { asked: [b] }, { answered: b }],
    ["alive", at(b), { heard: [a] }, { answered: b }],
    ["silent", at(a), {}, { missed: 3, silence: once }],
    ["garbled", at(b), { asked: [b], heard: [b] }, { missed: 3 }],
    // Another address answers for those that were asked.
    ["alive", at(d), { asked: [a, a] }, { answered: a }],
    ["alive", at(d), { asked: [b] }, { answered: b }],
    ["dead", at(d), {}, {}],
    ["unresolved", null, {}, {}],
  ] as const;
  for (const [verdict, address, change, wanted] of rows) {
    const found = learn(before, { verdict, address, ...end, ...change });
    assertEquals(found, { ...before, ...wanted }, verdict);
  }
  const silent = {
    ...before,
    missed: 5,
    silence: { hosts: [a, six], cycles: 2, since: 1 },
  };
  assertEquals(
    learn(silent, { verdict: "silent", address: at(a), ...end }),
    { ...silent, missed: 8, silence: { hosts: [a, six], cycles: 3, since: 1 } },
  );
  assertEquals(
    learn(silent, { verdict: "alive", address: at(a), ...end }),
    { ...before, answered: a },
  );
  // Whatever answers is there, and what could not be asked may be.
  assertEquals(
    learn(silent, {
      verdict: "garbled",
      address: at(b),
      ...end,
      heard: [a],
    }),
    { ...silent, missed: 8, silence: null },
  );
  for (const verdict of ["unsendable", "unresolved"] as const) {
    assertEquals(
      learn(silent, { verdict, address: at(a), ...end }),
      { ...silent, missed: 8 },
    );
  }
});
