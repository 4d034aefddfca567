/**
 * What `run` tells the service manager that started it (sd_notify(3)): that it is
 * ready, what it found out, and that it is still running.
 *
 * @module
 */
import type { Log } from "../../log.ts";
import { classOf, type Verdict, type VerdictClass } from "../../verdict.ts";
import { type Fault, isFault, type World } from "../../world.ts";
import { sessionLine } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import { loginWords } from "../../status/login_words.ts";
import { plural } from "../../words.ts";

/** The shortest time between two status messages, in ms. */
const statusPeriod = 1_000;

/** The longest status, in UTF-16 units. */
const longestStatus = 1_000;

/** Notifies the service manager, if `NOTIFY_SOCKET` names one. */
export function notifyLines(
  { clock, environment, notifications, pid }: Pick<
    World,
    "clock" | "environment" | "notifications" | "pid"
  >,
  log: Pick<Log, "warn">,
): Observer {
  const to = environment.get("NOTIFY_SOCKET");
  if (!to) return {};
  const state = createStatus();
  let hasWarned = false;
  let send = (_message: string): void => {};
  let lastStatus = "";
  let cancelStatus: (() => void) | null = null;
  let cancelWatchdog = () => {};

  function warn({ message }: Pick<Fault, "message">): void {
    if (hasWarned) return;
    hasWarned = true;
    log.warn(
      `NOTIFY_SOCKET: Cannot notify the service manager: ${message}`,
    );
  }

  function open(socket: string): void {
    const [folder] = (environment.get("RUNTIME_DIRECTORY") ?? "").split(":");
    if (!folder) {
      return warn({
        message:
          "RUNTIME_DIRECTORY names no folder for a socket, expected a unit with RuntimeDirectory=lifesign",
      });
    }
    const notifier = notifications.open(socket, folder, warn);
    if (isFault(notifier)) warn(notifier);
    else send = notifier.send;
  }

  /** A message with the present status. */
  function withStatus(message: string): string {
    lastStatus = state.text();
    return `${message}\nSTATUS=${lastStatus}`;
  }

  function tellStatus(): void {
    if (cancelStatus !== null || state.text() === lastStatus) return;
    lastStatus = state.text();
    send(`STATUS=${lastStatus}`);
    cancelStatus = clock.setTimer(clock.now() + statusPeriod, () => {
      cancelStatus = null;
      tellStatus();
    });
  }

  function guard(period: number, at: number): void {
    cancelWatchdog = clock.setTimer(at, () => {
      send("WATCHDOG=1");
      guard(period, Math.max(at, clock.now()) + period);
    });
  }

  return {
    onStart(sessions) {
      open(to);
      state.keep(sessions);
      send(withStatus("READY=1"));
      const period = watchdogPeriod(environment.get, pid);
      if (period !== null) guard(period, clock.now() + period);
    },
    onReloading() {
      // Its clock is CLOCK_MONOTONIC, which is never ahead of the uptime.
      const usec = (clock.uptime() + 1_000) * 1_000;
      send(`RELOADING=1\nMONOTONIC_USEC=${usec}`);
    },
    onReload(sessions) {
      state.keep(sessions);
      send(withStatus("READY=1"));
    },
    onReloadFailed: () => send(withStatus("READY=1")),
    onReport(session, report) {
      switch (report.type) {
        case "cycle":
          state.set(
            session,
            report.result.verdict,
            sessionLine(session, report.result),
          );
          break;
        case "late":
          state.set(session, report.verdict, `${session.name}: alive`);
          break;
        case "ended":
          state.set(
            session,
            report.verdict,
            `${session.name}: ended, ${report.verdict}`,
          );
          break;
        case "login": {
          const words = loginWords(report.status, report.wait);
          if (words !== null) state.say(`${session.name}: ${words}`);
        }
      }
      tellStatus();
    },
    onStop() {
      cancelStatus?.();
      cancelWatchdog();
      send(withStatus("STOPPING=1"));
    },
  };
}

/** The time between two watchdog messages, in ms: half of `WATCHDOG_USEC`; `null` if this process needs to send none. */
export function watchdogPeriod(
  get: World["environment"]["get"],
  pid: number,
): number | null {
  const usec = get("WATCHDOG_USEC") ?? "";
  const process = get("WATCHDOG_PID");
  if (!/^\d{1,15}$/.test(usec) || Number(usec) === 0) return null;
  if (process && process !== `${pid}`) return null;
  return Number(usec) / 2_000;
}

/** What is said of a session before its first verdict. */
const unknown = "not asked yet";

/** The last verdicts in words. */
interface Status {
  /** Forgets all other sessions. */
  keep(sessions: readonly OpenSession[]): void;
  /** A session's last verdict; `line` tells it if the session is the only one. */
  set(session: OpenSession, verdict: Verdict, line: string): void;
  /** Tells something else, if there is only one session. */
  say(line: string): void;
  /** One line. */
  text(): string;
}

function createStatus(): Status {
  const classes = new Map<string, VerdictClass | null>();
  const counts = { dead: 0, fault: 0, alive: 0 };
  let last = "";

  function change(name: string, to: VerdictClass | null): void {
    const from = classes.get(name) ?? null;
    if (from !== null) counts[from]--;
    if (to !== null) counts[to]++;
    classes.set(name, to);
  }

  return {
    keep(sessions) {
      const names = new Set(sessions.map(({ name }) => name));
      for (const name of classes.keys()) {
        if (names.has(name)) continue;
        change(name, null);
        classes.delete(name);
        last = "";
      }
      for (const name of names) {
        if (classes.has(name)) continue;
        change(name, null);
        last = "";
      }
    },
    set({ name }, verdict, line) {
      change(name, classOf(verdict));
      last = line;
    },
    say(line) {
      last = line;
    },
    text() {
      const all = classes.size;
      for (const [name, known] of all === 1 ? classes : []) {
        return oneLine(last || `${name}: ${known ?? unknown}`);
      }
      const { dead, fault, alive } = counts;
      const rest = all - dead - fault - alive;
      const parts = [
        ...dead > 0 ? [`${dead} dead`] : [],
        ...fault > 0 ? [plural(fault, "fault", "faults")] : [],
        ...alive > 0 ? [`${alive} alive`] : [],
        ...rest > 0 ? [`${rest} ${unknown}`] : [],
      ];
      return `${all} sessions: ${parts.join(", ")}`;
    },
  };
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").slice(0, longestStatus);
}
