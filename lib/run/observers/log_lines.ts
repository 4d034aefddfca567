/**
 * What `run` tells people: transitions are news, single cycles are of interest
 * only when something is to be found out.
 *
 * @module
 */
import { formatAddress, formatDuration } from "../../parsers.ts";
import type { Log } from "../../log.ts";
import { classOf } from "../../verdict.ts";
import { sessionLine } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import { milliseconds } from "../../words.ts";
import type { Report } from "../../finding.ts";
import { version } from "../../version.ts";

/** Writes to the log. */
export function logLines(log: Log): Observer {
  return {
    onStart: (sessions) => log.info(greeting(sessions)),
    onReload: () => log.info("read the settings again"),
    onReport: (session, report) => write(log, session, report),
    onStop(code) {
      if (code === 0 || code === 130) log.info("stopped");
      else log.error(`ends with status ${code}`);
    },
  };
}

/** More sessions than this are only counted. */
export const mostNames = 5;

function greeting(sessions: readonly OpenSession[]): string {
  const list = sessions.map(({ name, gateway, interval }) =>
    `${name} at ${formatAddress(gateway)} every ${formatDuration(interval)}`
  );
  const what = list.length > mostNames
    ? `${list.length} sessions`
    : list.join(", ");
  return `lifesign ${version} keeps alive: ${what}`;
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
        `${name}: connected again, since the peer ${report.reason}`,
        name,
      );
    case "transition": {
      const level = { alive: "info", fault: "warn", dead: "error" } as const;
      const { from, to, cause } = report;
      const was = from === "none" ? "" : `, was ${from}`;
      const line = cause.type === "cycle"
        ? sessionLine(session, cause.result)
        : `${name}: ${to}`;
      return log[level[classOf(to)]](line + was, name);
    }
    case "ended":
      return log.info(`${name}: ended, ${report.verdict}`, name);
  }
}
