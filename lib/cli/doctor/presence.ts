/**
 * What TCP connections say about a host that answers no heartbeat.
 *
 * @module
 */
import { refusedCode } from "../../world.ts";
import type { Contact } from "./examination.ts";
import { milliseconds } from "../../words.ts";

/** What is known of a host. */
export interface Presence {
  /** `there`: answers at once. `slow`: answers only what was repeated. `absent`: can't be reached. `unknown`: no answer. */
  readonly type: "there" | "slow" | "absent" | "unknown";
  /** What it did, such as `refused TCP at port 80 after 1 ms`; empty if it did nothing. */
  readonly text: string;
}

/** From here on an answer came only after TCP had asked again, in ms; TCP does that after a second. */
const repeatTime = 900;

/** The codes of faults that say that a host can't be reached. */
export const unreachable: ReadonlySet<string> = new Set([
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
]);

/** Judges the TCP connections that were tried. */
export function presenceOf(contacts: readonly Contact[]): Presence {
  const answered = contacts.filter(({ answer }) =>
    answer === "accepted" || answer?.code === refusedCode
  ).toSorted((a, b) => a.after - b.after);
  const [first] = answered;
  const last = answered.at(-1);
  if (first !== undefined && last !== undefined) {
    return last.after < repeatTime
      ? { type: "there", text: describe(first) }
      : { type: "slow", text: describe(last) };
  }
  const isAbsent = contacts.some(({ answer }) =>
    answer !== null && answer !== "accepted" && unreachable.has(answer.code)
  );
  return { type: isAbsent ? "absent" : "unknown", text: "" };
}

function describe({ port, answer, after }: Contact): string {
  const what = answer === "accepted" ? answer : "refused";
  return `${what} a TCP connection to port ${port} after ${
    milliseconds(after)
  } ms`;
}
