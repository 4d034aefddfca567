import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import { figuresOf } from "./figures.ts";
import { sharedOutages } from "./shared.ts";
import { cycleOf, recordsOf } from "./test_records.ts";
import { utc } from "./times.ts";

const minute = 60_000;

const verdicts: Readonly<Record<string, Verdict>> = {
  ...{ a: "alive", s: "silent", u: "unsendable", d: "dead" },
};

/** A session with a letter a minute, see `verdicts`. */
function session(name: string, letters: string) {
  const entries = [...letters].map((letter, at) =>
    cycleOf({ time: at * minute, verdict: verdicts[letter]! })
  );
  const period = { from: null, to: letters.length * minute, zone: utc };
  return figuresOf(recordsOf({ session: name, entries }), period)!;
}

Deno.test("sharedOutages() finds what began together", () => {
  const rows: [letters: string[], ...shared: string[]][] = [
    [[]],
    [["aasaa"]],
    [["aasaa", "aaaas"]],
    [["aasaa", "aasaa"], "2-3 ab"],
    // Noticed a cycle later, and for longer.
    [["aasaaa", "aaasss"], "2- ab"],
    [["aasaaa", "aaaass"]],
    [["aasaasa", "aasaaaa", "aauaasa"], "2-3 abc", "5-6 ac"],
    // One is dead for long, others fail meanwhile.
    [["addddddd", "aaaasaaa", "aaaasaaa"], "4-5 bc"],
    [["addda", "aadda"], "1-4 ab dead"],
  ];
  for (const [letters, ...shared] of rows) {
    const all = letters.map((text, at) => session("abc"[at]!, text));
    const told = sharedOutages(all).map((it) =>
      `${it.from / minute}-${it.isOpen ? "" : it.to / minute} ${
        it.sessions.join("")
      }${it.isDeath ? " dead" : ""}`
    );
    assertEquals(told, shared, letters.join(" "));
  }
});
