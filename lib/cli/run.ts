/**
 * `lifesign run`: keeps sessions alive until they die or somebody stops it.
 *
 * @module
 */
import { createFleet } from "../agent/fleet.ts";
import type { CycleResult } from "../agent/cycle.ts";
import type { Report } from "../agent/session_state.ts";
import { load } from "../config/load.ts";
import { formatAddress, formatDuration } from "../config/parsers.ts";
import {
  agentSettings,
  fileSettings,
  type SessionSettings,
  sessionSettings,
} from "../config/settings.ts";
import { LifesignError } from "../errors.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import { createLog, type Log, type LogLevel } from "../log.ts";
import { classOf } from "../verdict.ts";
import type { World } from "../world.ts";
import {
  type Command,
  jsonSwitch,
  quietSwitch,
  requestOf,
} from "./invocation.ts";
import { milliseconds, sessionLine, sessionRecord } from "./render.ts";
import { type OpenSession, openSessions } from "./sessions.ts";
import { version } from "./version.ts";

/** Keeps sessions alive. */
export const run: Command = {
  name: "run",
  operands: "[SESSION…]",
  summary: "keep the sessions alive until they die or you stop it",
  details:
    `SIGTERM ends it with 0. SIGHUP reads all settings again, and disturbs no session
whose settings are the same; on a terminal it ends it like SIGTERM.`,
  settings: { ...sessionSettings, ...agentSettings, ...fileSettings },
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    const isQuiet = args.switches.has(quietSwitch.flag);
    const emit = args.switches.has(jsonSwitch.flag)
      ? jsonLines(world)
      : () => {};
    let log = logOf("info");
    let current: ReadonlyMap<string, OpenSession> = new Map();

    function logOf(level: LogLevel): Log {
      return createLog({
        level: isQuiet ? "error" : level,
        wallTime: world.clock.wallTime,
        write: world.terminal.writeError,
      });
    }

    /** Reads everything, and keeps what there was if anything is wrong. */
    async function read(): Promise<readonly OpenSession[]> {
      const loaded = await load(requestOf(args, "run"), world);
      const sessions = await openSessions(loaded, world, {
        mistakes: args.mistakes,
        warn: (message) => log.warn(message),
        before: current,
      });
      if ("settings" in loaded.agent) {
        log = logOf(loaded.agent.settings.logLevel);
      }
      current = new Map(sessions.map((session) => [session.name, session]));
      return sessions;
    }

    const { signals, terminal } = world;
    // A terminal that has hung up does not look like one any more.
    const { isInteractive } = terminal;
    const stop = Promise.withResolvers<ExitCode>();
    signals.listen("SIGTERM", () => stop.resolve(0));
    signals.listen("SIGINT", () => stop.resolve(130));
    // What comes before the settings have been read for the first time is no news.
    let reload = () => {};
    signals.listen("SIGHUP", () => isInteractive ? stop.resolve(0) : reload());
    // Somebody may still have to type the UID.
    const sessions = await Promise.race([read(), stop.promise]);
    if (typeof sessions === "number") return sessions;

    log.info(greeting(sessions));
    emit("start", { sessions: sessions.map(({ name }) => name) });
    const results = new WeakMap<OpenSession, CycleResult>();
    const fleet = createFleet<OpenSession>({
      world,
      onReport(session, report) {
        if (report.type === "cycle") results.set(session, report.result);
        writeLog(log, session, report, results.get(session));
        if (report.type !== "ended") emit(report.type, record(session, report));
      },
      onEnd: (verdicts) => stop.resolve(exitCodeOf(worst(verdicts) ?? "alive")),
    }, isSame);

    async function readAgain(): Promise<void> {
      try {
        fleet.keep(await read());
        log.info("read the settings again");
      } catch (error) {
        if (!(error instanceof LifesignError)) throw error;
        for (const { message } of error.mistakes) log.error(message);
        log.error("the settings are wrong; the old ones stay in force");
      }
    }

    let reading = Promise.resolve();
    reload = () => {
      reading = reading.then(readAgain).catch(stop.reject);
    };
    fleet.keep(sessions);
    const code = await stop.promise;
    fleet.stop();
    if (code === 0 || code === 130) log.info("stopped");
    else log.error(`ends with status ${code}`);
    emit("stop", { exit_code: code });
    // A script waits for the status, even where nobody reads the rest.
    terminal.hurry();
    return code;
  },
};

/** Whether two sessions are set alike; a UID that a file holds is read anew anyway. */
function isSame(a: OpenSession, b: OpenSession): boolean {
  return settingsOf(a) === settingsOf(b);
}

function settingsOf(session: OpenSession): string {
  const names = Object.keys(sessionSettings) as (keyof SessionSettings)[];
  return JSON.stringify(names.map((name) => {
    const value = session.uidFile !== null && name === "uid"
      ? null
      : session[name];
    return typeof value === "bigint" ? `${value}` : value;
  }));
}

/** More sessions than this are only counted. */
const mostNames = 5;

function greeting(sessions: readonly OpenSession[]): string {
  const list = sessions.map(({ name, gateway, interval }) =>
    `${name} at ${formatAddress(gateway)} every ${formatDuration(interval)}`
  );
  const what = list.length > mostNames
    ? `${list.length} sessions`
    : list.join(", ");
  return `lifesign ${version} keeps alive: ${what}`;
}

type Emit = (event: string, fields: Record<string, unknown>) => void;

function jsonLines({ clock, terminal }: World): Emit {
  return (event, fields) => {
    const time = new Date(clock.wallTime()).toISOString();
    terminal.write(`${JSON.stringify({ event, time, ...fields })}\n`);
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
      const { verdict, rtt } = report;
      return { session: session.name, verdict, rtt_ms: milliseconds(rtt) };
    }
    case "transition":
      return { session: session.name, from: report.from, to: report.to };
  }
}

/** Transitions are news; single cycles are of interest only when something is to be found out. */
function writeLog(
  log: Log,
  session: OpenSession,
  report: Report,
  result: CycleResult | undefined,
): void {
  const { name } = session;
  switch (report.type) {
    case "cycle":
      return log.debug(sessionLine(session, report.result));
    case "late":
      return log.debug(
        `${name}: alive after all, answered after ${
          milliseconds(report.rtt)
        } ms`,
      );
    case "transition": {
      const level = { alive: "info", fault: "warn", dead: "error" } as const;
      const was = report.from === "none" ? "" : `, was ${report.from}`;
      const line = result?.verdict === report.to
        ? sessionLine(session, result)
        : `${name}: ${report.to}`;
      return log[level[classOf(report.to)]](line + was);
    }
    case "ended":
      return log.info(`${name}: ended, ${report.verdict}`);
  }
}
