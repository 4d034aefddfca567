/**
 * Whether the session is alive, after all other steps.
 *
 * @module
 */
import { disagreeCode } from "../../finding.ts";
import type { Fault } from "../../world.ts";
import { decisiveResult, type Examination } from "./examination.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { plural } from "../../words.ts";
import { identityFileOf, type OpenSession } from "../../run/sessions.ts";

/** Tells whether the session is alive. `severalLines` is why a death may be another line's; `null` if it can't be. */
export function sessionStep(
  examination: Examination,
  session: OpenSession,
  severalLines: Fault | null,
): Outcome {
  const { verdict, deadReplies, fault } = decisiveResult(examination);
  const { identity } = session.protocol;
  const noun = identity?.noun ?? "session";
  if (verdict === "alive") return good(`alive: the gateway knows the ${noun}`);
  if (verdict === "dead") {
    const said = `dead: the gateway said so ${
      plural(deadReplies, "time", "times")
    }`;
    if (identity === null) return bad(said, "Log in again");
    const file = identityFileOf(session);
    const where = file === null || file === "-"
      ? `and set the new ${noun}`
      : `so that ${file} gets the new ${noun}`;
    return bad(
      said,
      `Log in again, ${where}. If you are logged in, this ${noun} is an older session's`,
    );
  }
  if (fault?.code === disagreeCode) {
    return unknown(`not known: ${fault.message}`);
  }
  if (deadReplies === 0) {
    return unknown("not known: no valid answer came");
  }
  return severalLines === null
    ? unknown(
      "said to be dead, but that was not confirmed",
      "Anybody can forge that: ask again",
    )
    : unknown(
      "said to be dead, but it is unknown which line's gateway said so",
      severalLines.message,
    );
}
