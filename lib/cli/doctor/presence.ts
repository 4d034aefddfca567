/**
 * What TCP connections tell of a host that answers no heartbeat.
 *
 * @module
 */
import { isFault, refusedCode } from "../../world.ts";
import type { Contact } from "./examination.ts";
import { milliseconds } from "../../words.ts";

/** What is known of a host. */
export interface Presence {
  /**
   * It answers at once (`there`), only what was repeated (`slow`), it is known
   * not to be reachable (`absent`), or nothing is known (`unknown`).
   */
  readonly type: "there" | "slow" | "absent" | "unknown";
  /** What it did, such as `refused TCP at port 80 after 1 ms`; nothing if it did nothing. */
  readonly text: string;
}

/** What is answered later was answered only when it had been repeated, which TCP does after a second. */
const repeatTime = 900;

const unreachable = new Set(["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH"]);

/** Judges connections that were tried. */
export function hostFrom(contacts: readonly Contact[]): Presence {
  const touched = contacts.filter(({ answer }) =>
    answer !== null && (!isFault(answer) || answer.code === refusedCode)
  ).toSorted((a, b) => a.after - b.after);
  const [first] = touched;
  const last = touched.at(-1);
  if (first !== undefined && last !== undefined) {
    return last.after < repeatTime
      ? { type: "there", text: describe(first) }
      : { type: "slow", text: describe(last) };
  }
  const isAbsent = contacts.some(({ answer }) =>
    answer !== null && isFault(answer) && unreachable.has(answer.code)
  );
  return { type: isAbsent ? "absent" : "unknown", text: "" };
}

function describe({ port, answer, after }: Contact): string {
  const what = answer !== null && isFault(answer) ? "refused" : "accepted";
  return `${what} a TCP connection to port ${port} after ${
    milliseconds(after)
  } ms`;
}
