/**
 * What `run` tells people: transitions are news, single cycles are of interest
 * only when something is to be found out.
 *
 * @module
 */
import { formatDuration } from "../../parsers.ts";
import type { Log, LogLevel } from "../../log.ts";
import { classOf } from "../../verdict.ts";
import { sessionLine, whereOf } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import { loginWords } from "../../status/login_words.ts";
import { milliseconds } from "../../words.ts";
import type { Report, TransitionReport } from "../../finding.ts";
import { version } from "../../version.ts";

/** Writes to the log. */
export function logLines(log: Log): Observer {
  /** What sessions have been warned of, by name. */
  const warned = new Map<string, string>();

  /** Warns once of what is not as it was expected, since that is no transition. */
  function warn(name: string, warning: string | null): void {
    if (warning === (warned.get(name) ?? null)) return;
    if (warning === null) warned.delete(name);
    else {
      warned.set(name, warning);
      log.warn(`${name}: ${warning}`, name);
    }
  }

  return {
    onStart: (sessions) =>
      log.info(`lifesign ${version} keeps alive: ${greetingOf(sessions)}`),
    onReload: () => log.info("read the settings again"),
    onReport(session, report) {
      write(log, session, report);
      if (report.type !== "cycle") return;
      const { stream, verdict } = report.result;
      if (stream && verdict === "alive") warn(session.name, stream.warning);
    },
    onStop(code) {
      if (code === 0 || code === 130) log.info("stopped");
      else log.error(`ends with status ${code}`);
    },
  };
}

/** More sessions than this are only counted. */
export const mostNames = 5;

/** What is kept alive, in one line. */
export function greetingOf(sessions: readonly OpenSession[]): string {
  const list = sessions.map((session) =>
    `${session.name} at ${whereOf(session)} every ${
      formatDuration(session.interval)
    }`
  );
  return list.length > mostNames ? `${list.length} sessions` : list.join(", ");
}

function write(log: Log, session: OpenSession, report: Report): void {
  const { name } = session;
  const line = report.type === "transition"
    ? transitionLine(session, report)
    : reportLine(session, report);
  if (line !== null) log[levelOf(report)](line, name);
}

const levels = { alive: "info", fault: "warn", dead: "error" } as const;

function levelOf(report: Report): LogLevel {
  switch (report.type) {
    case "cycle":
    case "late":
    case "unnamed":
      return "debug";
    case "transition":
      return levels[classOf(report.to)];
    case "login":
      return report.status.state === "over" ? "error" : "info";
    case "reconnect":
    case "ended":
      return "info";
  }
}

function transitionLine(
  session: OpenSession,
  { from, to, cause }: TransitionReport,
): string {
  const was = from === "none" ? "" : `, was ${from}`;
  const line = cause?.type === "cycle"
    ? sessionLine(session, cause.result)
    : `${session.name}: ${to}`;
  return line + was;
}

/** A report in one line; `null` if there is nothing to tell. */
export function reportLine(
  session: OpenSession,
  report: Exclude<Report, TransitionReport>,
): string | null {
  const { name } = session;
  switch (report.type) {
    case "cycle":
      return sessionLine(session, report.result);
    case "late":
      return `${name}: alive after all, answered after ${
        milliseconds(report.answerTime)
      } ms`;
    case "reconnect":
      return `${name}: connected again (${report.reason})`;
    case "login": {
      const { status, wait } = report;
      // One that is due at once starts right after that.
      const words = wait === 0 ? null : loginWords(status, wait);
      return words === null ? null : `${name}: ${words}`;
    }
    case "unnamed":
      return `${name}: nothing to ask with yet`;
    case "ended":
      return `${name}: ended, ${report.verdict}`;
  }
}
