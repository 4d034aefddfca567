/**
 * What all of it says about the session.
 *
 * @module
 */
import type { Session } from "../../config/session.ts";
import type { Fault } from "../../world.ts";
import { decisive, type Examination } from "./examination.ts";
import { bad, good, open, type Step } from "./step.ts";
import { plural } from "../../words.ts";

/** Tells whether the session is alive; `several` is why a death may be another line's. */
export function sessionStep(
  examination: Examination,
  { uidFile }: Pick<Session, "uidFile">,
  several: Fault | null,
): Step {
  const { verdict, deadReplies } = decisive(examination);
  if (verdict === "alive") {
    return good("session", "alive: the gateway knows the UID");
  }
  if (verdict === "dead") {
    const where = uidFile === null || uidFile === "-"
      ? "and set the new UID"
      : `so that ${uidFile} gets the new UID`;
    return bad(
      "session",
      `dead: the gateway said so ${plural(deadReplies, "time", "times")}`,
      `Log in again, ${where}. If you are logged in, this UID is an older session's`,
    );
  }
  return deadReplies > 0
    ? open(
      "session",
      several === null
        ? "said to be dead, but that was not confirmed"
        : "said to be dead, but nobody knows by which line's gateway",
      several === null ? "Anybody can say so: ask again" : several.message,
    )
    : open("session", "not known: no valid answer, so nothing is said of it");
}
