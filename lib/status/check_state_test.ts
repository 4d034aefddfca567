import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import {
  type CheckState,
  type Finding,
  formatState,
  parseState,
  remember,
  type SessionMemory,
} from "./check_state.ts";

const a = "192.0.2.1";
const b = "2001:db8::1";

const nothing = { answered: null, silence: null };

Deno.test("remember() counts faults in a row, each session its own", () => {
  const runs: [session: string, verdict: Verdict][] = [
    ["a", "silent"],
    ["b", "alive"],
    ["a", "unsendable"],
    ["b", "garbled"],
    ["a", "unresolved"],
    ["b", "dead"],
  ];
  let state: CheckState = new Map();
  const counts = runs.map(([session, verdict]) => {
    state = remember(state, session, { ...nothing, verdict });
    return state.get(session)?.faults ?? 0;
  });
  assertEquals(counts, [1, 0, 2, 1, 3, 0]);
  const last = remember(state, "a", { ...nothing, verdict: "alive" });
  assertEquals([...last], []);
});

Deno.test("remember() keeps the address that answered last, and for how long others have been silent", () => {
  const silence = { cycles: 1, since: 7 };
  const runs: [Finding, SessionMemory][] = [
    [
      { verdict: "alive", answered: a, silence: null },
      { faults: 0, answered: a, silence: null },
    ],
    [
      { verdict: "silent", answered: null, silence },
      { faults: 1, answered: a, silence },
    ],
    [
      { verdict: "dead", answered: b, silence: null },
      { faults: 0, answered: b, silence: null },
    ],
  ];
  let state: CheckState = new Map();
  for (const [finding, wanted] of runs) {
    state = remember(state, "dorm", finding);
    assertEquals(state.get("dorm"), wanted);
  }
});

Deno.test("parseState() reads what formatState() writes", () => {
  const state = new Map([
    ["dorm gw:3335", { faults: 3, answered: null, silence: null }],
    ["__proto__", {
      faults: 0,
      answered: a,
      silence: { hosts: ["192.0.2.9"], cycles: 2, since: 1.5 },
    }],
  ]);
  assertEquals(parseState(formatState(state)), state);
  assertEquals(parseState(formatState(new Map())), new Map());
  assertEquals(parseState(""), new Map());
});

Deno.test("parseState() says what is wrong", () => {
  const rows: [text: string, reason: string][] = [
    ["hello", "it is not a state file of lifesign's"],
    ["[]", "it is not a state file of lifesign's"],
    ["null", "it is not a state file of lifesign's"],
    ["{}", "it is not a state file of lifesign's"],
    ['{"version":1}', "it is not a state file of lifesign's"],
    ...['[{"faults":1}]', '{"a":1}', '{"a":{}}', '{"a":{"faults":0}}', '{"a":']
      .concat([
        '"faults":1.5,"answered":null,"silence":null',
        '"faults":-1,"answered":null,"silence":null',
        '"faults":"2","answered":null,"silence":null',
        '"faults":2,"answered":"gw","silence":null',
        '"faults":2,"answered":1,"silence":null',
        '"faults":2,"answered":null,"silence":{}',
        '"faults":2,"answered":null,"silence":{"cycles":1,"since":"x"}',
        '"faults":2,"answered":null,"silence":{"hosts":["x"],"cycles":1,"since":1}',
        '"faults":2,"answered":null,"silence":{"hosts":"::1","cycles":1,"since":1}',
      ].map((fields) => `{"a":{${fields}}}`))
      .map((sessions): [string, string] => [
        `{"version":1,"sessions":${sessions}}`,
        "it is not a state file of lifesign's",
      ]),
    ['{"version":2,"more":true}', "it was written by a newer lifesign"],
  ];
  for (const [text, reason] of rows) {
    assertEquals(parseState(text), reason, text);
  }
});
