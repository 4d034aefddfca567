/**
 * The screen of an agent in this process: an observer of the sessions that it
 * keeps alive.
 *
 * @module
 */
import type { ExitCode } from "../../exit_code.ts";
import type { LogLevel } from "../../log.ts";
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
import type { Observer } from "../../run/observers/observer.ts";
import { explanation } from "../../run/render.ts";
import type { OpenSession } from "../../run/sessions.ts";
import { type Display, openDisplay } from "./display.ts";
import {
  type Message,
  remember,
  type SeenTransition,
  type WatchState,
} from "./state.ts";
import { milliseconds, plural } from "../../words.ts";
import { version } from "../../version.ts";

/** A screen for an agent. */
export interface OwnScreen {
  /** Takes a line of the log; returns whether it is on the screen, which it is not before the start and after the end. */
  takeLine(level: LogLevel, text: string): boolean;
  /** Shows the sessions from the start to the end; `sessionStats` has to stand before it. */
  observer(
    sessionStats: SessionStats,
    stop: (code: ExitCode) => void,
  ): Observer;
}

/** How much is remembered of a session's cycles, in characters: a wide screen shows more of them than a status file holds. */
const longestCycles = 1_000;

/** Something that is told with its time. */
interface Dated {
  readonly at: Instant;
  /** In wall-clock ms. */
  readonly time: number;
}

/** The same with its time by the clock as it is now. */
function dated<T extends Dated>(it: T, present: Instant): T {
  return { ...it, time: wallTimeOf(it.at, present) };
}

/** Makes a screen; it is opened when the sessions start. */
export function createOwnScreen(
  world: Pick<World, "clock" | "terminal">,
): OwnScreen {
  const { clock } = world;
  let title = "";
  let display: Display | null = null;
  let messages: readonly (Message & Dated)[] = [];
  let transitions: readonly (SeenTransition & Dated)[] = [];
  const cycles = new Map<string, string>();

  function here(): Dated {
    const at = instantOf(clock);
    return { at, time: at.wall };
  }

  function cyclesOf({ name }: { readonly name: string }) {
    return cycles.get(name) ?? "";
  }

  function takeLine(level: LogLevel, text: string): boolean {
    const message = { ...here(), level, text };
    messages = remember(messages, message);
    display?.update();
    return display !== null;
  }

  /** Makes each status only once, as long as nobody sets the clock. */
  const statuses = () =>
    rememberEach((entry: SessionStatsEntry) => {
      const now = instantOf(clock);
      const next = entry.next === null
        ? null
        : now.wall + entry.next - clock.now();
      const { name, gateway, answered, recorder } = entry;
      return sessionStatus(
        { name, gateway, answered, next },
        recorder.read(now),
      );
    });
  let drawn = instantOf(clock);
  let statusOf = statuses();

  return {
    takeLine,
    observer(sessionStats, stop) {
      const state = (): WatchState => {
        const present = instantOf(clock);
        if (clockStep(drawn, present) !== 0) statusOf = statuses();
        drawn = present;
        return {
          title,
          isOver: false,
          sessions: [...sessionStats.entries].map((entry) => ({
            status: statusOf(entry),
            get cycles() {
              return recentCycles(cyclesOf(entry));
            },
          })),
          transitions: transitions.map((it) => dated(it, present)),
          messages: messages.map((it) => dated(it, present)),
        };
      };
      return {
        onStart(sessions) {
          const what = plural(sessions.length, "session", "sessions");
          title = `lifesign ${version} keeps ${what} alive`;
          display = openDisplay({ world, state, onQuit: () => stop(0) });
        },
        onReport(session, report, { at }) {
          switch (report.type) {
            case "cycle":
              cycles.set(
                session.name,
                addCycle(cyclesOf(session), report.result, longestCycles),
              );
              break;
            case "late":
              cycles.set(
                session.name,
                correctLast(cyclesOf(session), report.rtt),
              );
              break;
            case "transition":
              transitions = remember(transitions, {
                at,
                time: at.wall,
                session: session.name,
                from: report.from,
                to: report.to,
                why: reasonOf(session, report),
              });
              break;
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
      };
    },
  };
}

/** Why a verdict changed its class. */
function reasonOf(session: OpenSession, { cause }: TransitionReport): string {
  return cause.type === "cycle"
    ? explanation(session, cause.result)
    : `answered after ${milliseconds(cause.answerTime)} ms`;
}
