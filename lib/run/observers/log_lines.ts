/**
 * What `run` tells people: transitions are news, single cycles are of interest
 * only when something is to be found out.
 *
 * @module
 */
import { formatDuration } from "../../parsers.ts";
import type { Log } from "../../log.ts";
import { classOf } from "../../verdict.ts";
import { sessionLine, whereOf } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import { loginWords } from "../../status/login_words.ts";
import { milliseconds } from "../../words.ts";
import type { LoginReport, Report } from "../../finding.ts";
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
  switch (report.type) {
    case "cycle":
      return log.debug(sessionLine(session, report.result), name);
    case "late":
      return log.debug(
        `${name}: alive after all, answered after ${
          milliseconds(report.answerTime)
        } ms`,
        name,
      );
    case "reconnect":
      return log.info(
        `${name}: connected again (${report.reason})`,
        name,
      );
    case "transition": {
      const level = { alive: "info", fault: "warn", dead: "error" } as const;
      const { from, to, cause } = report;
      const was = from === "none" ? "" : `, was ${from}`;
      const line = cause?.type === "cycle"
        ? sessionLine(session, cause.result)
        : `${name}: ${to}`;
      return log[level[classOf(to)]](line + was, name);
    }
    case "login":
      return writeLogin(log, name, report);
    case "unnamed":
      return log.debug(`${name}: nothing to ask with yet`, name);
    case "ended":
      return log.info(`${name}: ended, ${report.verdict}`, name);
  }
}

/** What to say of a login; `null` for nothing: one that is due at once starts right after that. */
export function loginNews({ status, wait }: LoginReport): string | null {
  return wait === 0 ? null : loginWords(status, wait);
}

function writeLogin(log: Log, name: string, report: LoginReport): void {
  const { status } = report;
  const words = loginNews(report);
  if (words === null) return;
  const level = status.state === "over" ? "error" : "info";
  log[level](`${name}: ${words}`, name);
}
