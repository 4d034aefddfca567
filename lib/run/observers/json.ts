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

/** Writes a line for the start, each cycle, late reply and transition, and the end. */
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
      if (report.type !== "ended") emit(report.type, record(session, report));
    },
    onStop: (code) => emit("stop", { exit_code: code }),
  };
}

function record(
  session: OpenSession,
  report: Exclude<Report, { type: "ended" }>,
): Record<string, unknown> {
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
  }
}
