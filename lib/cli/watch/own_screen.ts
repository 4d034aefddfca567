/**
 * The screen of an agent in this process, which observes its sessions.
 *
 * @module
 */
import {
  clockStep,
  type Instant,
  instantOf,
  wallTimeOf,
} from "../../instant.ts";
import {
  addCycle,
  correctLast,
  recentCycles,
} from "../../status/recent_cycles.ts";
import { sessionStatus } from "../../status/status_document.ts";
import type { TransitionReport } from "../../finding.ts";
import type { World } from "../../world.ts";
import {
  rememberEach,
  type SessionStats,
  type SessionStatsEntry,
} from "../../run/observers/session_stats.ts";
import type { KeepingOptions } from "../../run/keeping.ts";
import type { OpenSession } from "../../run/sessions.ts";
import { explanation } from "../../run/render.ts";
import { type Display, openDisplay } from "./display.ts";
import {
  type Message,
  remember,
  type SeenEvent,
  type WatchState,
} from "./state.ts";
import { milliseconds, plural } from "../../words.ts";
import { version } from "../../version.ts";

/** How much is remembered of a session's cycles, in characters. A wide screen shows more than a status file. */
const longestCycles = 1_000;

/** Something with its time. */
interface Dated {
  readonly at: Instant;
  /** In wall-clock ms. */
  readonly time: number;
}

/** The same, with its time by the clock as it is now. */
function dated<T extends Dated>(it: T, present: Instant): T {
  return { ...it, time: wallTimeOf(it.at, present) };
}

/** Makes a screen. It opens when the sessions start, and closes when they end. */
export function createOwnScreen(
  world: Pick<World, "clock" | "terminal">,
): Pick<KeepingOptions, "observers" | "takeLine"> {
  const { clock } = world;
  let title = "";
  let display: Display | null = null;
  let messages: readonly (Message & Dated)[] = [];
  let events: readonly (SeenEvent & Dated)[] = [];
  const cycles = new Map<string, string>();

  function now(): Dated {
    const at = instantOf(clock);
    return { at, time: at.wall };
  }

  function cyclesOf({ name }: { readonly name: string }): string {
    return cycles.get(name) ?? "";
  }

  /** Makes each status only once, until the clock is set. */
  const statuses = () =>
    rememberEach((entry: SessionStatsEntry) => {
      const present = instantOf(clock);
      const next = entry.next === null
        ? null
        : present.wall + entry.next - clock.now();
      const { name, target, gateway, answered, recorder } = entry;
      const { login: known } = recorder.counters;
      const ahead = present.wall - clock.now();
      const at = known?.at == null ? null : known.at + ahead;
      const login = known && { ...known, at };
      return sessionStatus(
        { name, target, gateway, answered, next, login },
        recorder.read(present),
      );
    });
  let drawn = instantOf(clock);
  let statusOf = statuses();

  function stateOf({ entries }: SessionStats): WatchState {
    const present = instantOf(clock);
    if (clockStep(drawn, present) !== 0) statusOf = statuses();
    drawn = present;
    return {
      title,
      isOver: false,
      sessions: [...entries].map((entry) => ({
        status: statusOf(entry),
        get cycles() {
          return recentCycles(cyclesOf(entry));
        },
      })),
      events: events.map((it) => dated(it, present)),
      messages: messages.map((it) => dated(it, present)),
    };
  }

  return {
    takeLine(level, text) {
      messages = remember(messages, { ...now(), level, text });
      display?.update();
      return display !== null;
    },
    observers: (sessionStats, stop, ask) => [{
      onStart(sessions) {
        const what = plural(sessions.length, "session", "sessions");
        title = sessions.length === 1
          ? `lifesign ${version} keeps ${what} alive`
          : `lifesign ${version}, ${what}`;
        display = openDisplay({
          world,
          state: () => stateOf(sessionStats),
          onQuit: () => stop(0),
          onAsk: ask,
        });
      },
      onReport(session, report, { at }) {
        const { name } = session;
        switch (report.type) {
          case "cycle":
            cycles.set(
              name,
              addCycle(cyclesOf(session), report.result, longestCycles),
            );
            break;
          case "late":
            cycles.set(name, correctLast(cyclesOf(session), report.rtt));
            break;
          case "transition": {
            const { from, to } = report;
            const why = reasonOf(session, report);
            const transition = {
              at,
              time: at.wall,
              session: name,
              from,
              to,
              why,
            };
            events = remember(events, transition);
            break;
          }
          case "reconnect": {
            const why = report.reason;
            const event = { at, time: at.wall, session: name, to: null, why };
            events = remember(events, event);
            break;
          }
          case "login":
          case "unnamed":
          case "ended":
            break;
        }
        display?.update();
      },
      onStop(code) {
        title = code === 0 || code === 130
          ? `lifesign ${version}: stopped`
          : `lifesign ${version}: ended with status ${code}`;
        display?.close();
        display = null;
      },
    }],
  };
}

/** Why a verdict changed its class. */
function reasonOf(session: OpenSession, { cause }: TransitionReport): string {
  if (cause === null) return "logging in is given up";
  return cause.type === "cycle"
    ? explanation(session, cause.result)
    : `answered after ${milliseconds(cause.answerTime)} ms`;
}
