/**
 * What all of it says about the session.
 *
 * @module
 */
import type { Fault } from "../../world.ts";
import { decisive, type Examination } from "./examination.ts";
import { bad, good, open, type Step } from "./step.ts";
import { plural } from "../../words.ts";
import { identityFileOf, type OpenSession } from "../../run/sessions.ts";

/** Tells whether the session is alive; `several` is why a death may be another line's. */
export function sessionStep(
  examination: Examination,
  session: OpenSession,
  several: Fault | null,
): Step {
  const { verdict, deadReplies } = decisive(examination);
  const { identity } = session.protocol;
  const noun = identity?.noun ?? "session";
  if (verdict === "alive") {
    return good("session", `alive: the gateway knows the ${noun}`);
  }
  if (verdict === "dead") {
    const said = `dead: the gateway said so ${
      plural(deadReplies, "time", "times")
    }`;
    if (identity === null) return bad("session", said, "Log in again");
    const file = identityFileOf(session);
    const where = file === null || file === "-"
      ? `and set the new ${noun}`
      : `so that ${file} gets the new ${noun}`;
    return bad(
      "session",
      said,
      `Log in again, ${where}. If you are logged in, this ${noun} is an older session's`,
    );
  }
  return deadReplies > 0
    ? open(
      "session",
      several === null
        ? "said to be dead, but that was not confirmed"
        : "said to be dead, but it is unknown which line's gateway said so",
      several === null ? "Anybody can forge that: ask again" : several.message,
    )
    : open("session", "not known: no valid answer came");
}
