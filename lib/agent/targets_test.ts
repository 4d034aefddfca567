import { assertEquals } from "@std/assert";
import {
  learn,
  targetsOf,
  unknownWhereabouts,
  type Whereabouts,
} from "./targets.ts";

const a = "192.0.2.1";
const b = "192.0.2.2";
const c = "192.0.2.3";
const six = "2001:db8::1";

const rows: {
  what: string;
  known: Partial<Whereabouts>;
  allowed?: "4" | "6";
  isFresh?: boolean;
  wanted: string[];
}[] = [
  { what: "nothing is known", known: {}, wanted: [] },
  {
    what: "the family is that of the first address",
    known: { hosts: [six, a, b] },
    wanted: [six],
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
    what: "the family to go on with beats the first address",
    known: { hosts: [six, a, b], family: "4" },
    wanted: [a, b],
  },
  {
    what: "there is no address of the family to go on with",
    known: { hosts: [a, b], family: "6" },
    wanted: [a, b],
  },
  {
    what: "what answered last comes first",
    known: { hosts: [a, b, c], answered: b, family: "4" },
    wanted: [b, a, c],
  },
  {
    what: "the resolver does not name any more what answered last",
    known: { hosts: [b, c], answered: a, family: "4" },
    wanted: [b, c],
  },
  {
    what: "the resolver is silent: what answered last is still good",
    known: { hosts: [b, c], answered: a, family: "4" },
    isFresh: false,
    wanted: [a, b, c],
  },
  {
    what: "the resolver is silent after a fault",
    known: { hosts: [a, b], answered: b, family: "4", missed: 3 },
    isFresh: false,
    wanted: [b, a],
  },
  {
    what: "after a fault those come first that were not asked last",
    known: { hosts: [a, b, c], missed: 4 },
    wanted: [b, c, a],
  },
];

for (const { what, known, allowed = "auto", isFresh = true, wanted } of rows) {
  Deno.test(`targetsOf(): ${what}`, () => {
    const whereabouts = { ...unknownWhereabouts("gw.example"), ...known };
    assertEquals(targetsOf(whereabouts, { allowed, isFresh }), wanted);
  });
}

Deno.test("unknownWhereabouts() knows an address that is one", () => {
  assertEquals(unknownWhereabouts(a).hosts, [a]);
  assertEquals(unknownWhereabouts(six).hosts, [six]);
  assertEquals(unknownWhereabouts("gw.example").hosts, []);
});

Deno.test("learn() goes on with what answered, and with the other family after a fault", () => {
  const before = { ...unknownWhereabouts(a), missed: 5 };
  const at = (host: string) => ({ host, port: 3335 });
  const rows = [
    ["alive", at(a), { answered: a, family: "4", missed: 0 }],
    ["dead", at(six), { answered: six, family: "6", missed: 0 }],
    ["silent", at(a), { family: "6", missed: 8 }],
    ["unsendable", at(six), { family: "4", missed: 8 }],
    ["garbled", at(a), { family: "6", missed: 8 }],
    ["unresolved", null, {}],
  ] as const;
  for (const [verdict, address, change] of rows) {
    const learned = learn(before, { verdict, address }, 3);
    assertEquals(learned, { ...before, ...change }, verdict);
  }
});
