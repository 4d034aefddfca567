/**
 * The screen of an agent in this process: an observer of the sessions that it
 * keeps alive.
 *
 * @module
 */
import type { ExitCode } from "../../exit_code.ts";
import type { LogLevel } from "../../log.ts";
import { clockStep, instantOf } from "../../instant.ts";
import { sessionStatus } from "../../status/status_document.ts";
import type { World } from "../../world.ts";
import {
  type Ledger,
  type LedgerEntry,
  rememberEach,
} from "../observers/ledger.ts";
import type { Observer } from "../observers/observer.ts";
import { explanation, milliseconds, plural } from "../render.ts";
import type { OpenSession } from "../sessions.ts";
import { version } from "../version.ts";
import { type Display, openDisplay } from "./display.ts";
import type { CycleMark } from "./sparkline.ts";
import {
  addCycle,
  mendLast,
  type Message,
  remember,
  type SeenTransition,
  type WatchState,
} from "./state.ts";

/** A screen for an agent. */
export interface OwnScreen {
  /** Takes a line of the log; returns whether it is on the screen, which it is not before the start and after the end. */
  takeLine(level: LogLevel, text: string): boolean;
  /** What shows the sessions of a ledger, which has to stand before it, from the start to the end. */
  observer(ledger: Ledger, stop: (code: ExitCode) => void): Observer;
}

/** Makes a screen; it is opened when the sessions start. */
export function createOwnScreen(
  world: Pick<World, "clock" | "terminal">,
): OwnScreen {
  const { clock } = world;
  let title = "";
  let display: Display | null = null;
  let messages: readonly Message[] = [];
  let transitions: readonly SeenTransition[] = [];
  const cycles = new Map<string, readonly CycleMark[]>();
  const reasons = new WeakMap<OpenSession, string>();

  function cyclesOf({ name }: { readonly name: string }) {
    return cycles.get(name) ?? [];
  }

  function takeLine(level: LogLevel, text: string): boolean {
    const message = { time: clock.wallTime(), level, text };
    messages = remember(messages, message);
    display?.update();
    return display !== null;
  }

  /** Makes each status only once, as long as nobody sets the clock. */
  const statuses = () =>
    rememberEach((entry: LedgerEntry) => {
      const now = instantOf(clock);
      const next = entry.next === null
        ? null
        : now.wall + entry.next - clock.now();
      const { name, gateway, recorder } = entry;
      return sessionStatus({ name, gateway, next }, recorder.read(now));
    });
  let dated = instantOf(clock);
  let statusOf = statuses();

  return {
    takeLine,
    observer(ledger, stop) {
      const state = (): WatchState => {
        const present = instantOf(clock);
        if (clockStep(dated, present) !== 0) statusOf = statuses();
        dated = present;
        return {
          title,
          isOver: false,
          sessions: [...ledger.entries].map((entry) => ({
            status: statusOf(entry),
            cycles: cyclesOf(entry),
          })),
          transitions,
          messages,
        };
      };
      return {
        onStart(sessions) {
          const what = plural(sessions.length, "session", "sessions");
          title = `lifesign ${version} keeps ${what} alive`;
          display = openDisplay({ world, state, onQuit: () => stop(0) });
        },
        onReport(session, report) {
          switch (report.type) {
            case "cycle": {
              const { verdict, rtt, tries } = report.result;
              const cycle = { verdict, rtt, tries };
              cycles.set(session.name, addCycle(cyclesOf(session), cycle));
              reasons.set(session, explanation(session, report.result));
              break;
            }
            case "late":
              cycles.set(
                session.name,
                mendLast(cyclesOf(session), report.rtt),
              );
              reasons.set(
                session,
                `answered after ${milliseconds(report.answerTime)} ms`,
              );
              break;
            case "transition":
              transitions = remember(transitions, {
                time: clock.wallTime(),
                session: session.name,
                from: report.from,
                to: report.to,
                why: reasons.get(session) ?? null,
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
