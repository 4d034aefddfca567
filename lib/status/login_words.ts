/**
 * What a session's logins are at, for people.
 *
 * @module
 */
import type { LoginStatus } from "../finding.ts";
import { ordinal, span } from "../words.ts";

/**
 * What a session's logins are at: `dead, logs in again in 40 s (3rd time)`. The
 * next one starts in `wait` ms; `null` if none is due. `null` if there is nothing
 * to tell.
 */
export function loginWords(
  { state, reason, attempt }: Pick<LoginStatus, "state" | "reason" | "attempt">,
  wait: number | null,
): string | null {
  const why = reason === "dead" ? "dead" : "not logged in yet";
  const again = reason === "dead" || attempt > 1 ? " again" : "";
  const time = `(${ordinal(attempt)} time)`;
  switch (state) {
    case "idle":
      return null;
    case "due":
      return wait === null || wait <= 0
        ? `${why}, logs in${again} now ${time}`
        : `${why}, logs in${again} in ${span(wait, "short")} ${time}`;
    case "running":
      return `${why}, is logging in${again} ${time}`;
    case "hopeful":
      return `has logged in${again} ${time}, and asks whether that has helped`;
    case "over":
      return `${why}, and logging in is given up after the ${
        ordinal(attempt)
      } time`;
  }
}
