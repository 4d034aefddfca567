import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import {
  type CheckState,
  formatState,
  parseState,
  remember,
} from "./check_state.ts";

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
    state = remember(state, session, verdict);
    return state.get(session)?.faults ?? 0;
  });
  assertEquals(counts, [1, 0, 2, 1, 3, 0]);
  assertEquals([...remember(state, "a", "alive")], []);
});

Deno.test("parseState() reads what formatState() writes", () => {
  const state = new Map([
    ["dorm gw:3335", { faults: 3 }],
    ["__proto__", { faults: 1 }],
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
    ...['[{"faults":1}]', '{"a":1}', '{"a":{}}', '{"a":{"faults":0}}']
      .concat(['{"a":{"faults":1.5}}', '{"a":{"faults":"2"}}', '{"a":'])
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
