/**
 * What `run` tells programs: a line of JSON for each event, on stdout.
 *
 * @module
 */
import type { World } from "../../world.ts";
import { sessionRecord } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import { milliseconds } from "../../words.ts";
import type { Report } from "../../finding.ts";

/** Writes a line for the start, each cycle, late reply, transition and login, and the end. */
export function jsonLines(
  { clock, terminal }: Pick<World, "clock" | "terminal">,
): Observer {
  function emit(event: string, fields: Record<string, unknown>): void {
    const time = new Date(clock.wallTime()).toISOString();
    terminal.write(`${JSON.stringify({ event, time, ...fields })}\n`);
  }
  return {
    onStart(sessions) {
      emit("start", { sessions: sessions.map(({ name }) => name) });
    },
    onReport(session, report) {
      const fields = record(session, report);
      if (fields !== null) emit(report.type, fields);
    },
    onStop: (code) => emit("stop", { exit_code: code }),
  };
}

/** What there is to tell of a report; `null` for nothing. */
function record(
  session: OpenSession,
  report: Report,
): Record<string, unknown> | null {
  switch (report.type) {
    case "cycle":
      return sessionRecord(session, report.result);
    case "late": {
      const { verdict, rtt, answerTime } = report;
      return {
        session: session.name,
        verdict,
        rtt_ms: rtt === null ? null : milliseconds(rtt),
        answer_ms: milliseconds(answerTime),
      };
    }
    case "reconnect":
      return { session: session.name, reason: report.reason };
    case "transition":
      return { session: session.name, from: report.from, to: report.to };
    case "login": {
      const { status: { state, reason, attempt, lastExit }, wait } = report;
      return {
        session: session.name,
        state,
        reason,
        attempt,
        wait_ms: wait === null ? null : milliseconds(wait),
        last_exit: lastExit,
      };
    }
    case "unnamed":
    case "ended":
      return null;
  }
}
