/**
 * Looking at an agent of another process by its status file.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import { LifesignError } from "../../errors.ts";
import type { ExitCode } from "../../exit_code.ts";
import { formatTime } from "../../log.ts";
import { recentCycles } from "../../status/recent_cycles.ts";
import type {
  SessionRecord,
  StatusDocument,
} from "../../status/status_document.ts";
import type { World } from "../../world.ts";
import {
  absentLine,
  type AgentState,
  agentState,
  agentTitle,
  selectSessions,
} from "../status_file.ts";
import { canDraw, type Display, openDisplay } from "./display.ts";
import {
  type Message,
  remember,
  type SeenTransition,
  transitionBetween,
  type WatchState,
} from "./state.ts";
import { presentOf, readStatus } from "../../run/read_status.ts";

/** From one look to the next, in ms. */
const period = 1_000;

/** Where to look. */
export interface Lookout {
  /** The status file. */
  readonly path: string;
  /** The sessions that are of interest; none for all. */
  readonly names: readonly string[];
}

/** What was seen so far. */
interface Seen {
  /** The last status; `null` before the first. */
  readonly document: StatusDocument | null;
  /** Its sessions, as far as somebody wants to see them. */
  readonly sessions: readonly SessionRecord[];
  /** The transitions from look to look, the newest last. */
  readonly transitions: readonly SeenTransition[];
}

/** Before the first look. */
const nothingSeen: Seen = { document: null, sessions: [], transitions: [] };

/** What was seen after one more look, at a status with these sessions of interest. */
function look(
  before: Seen,
  document: StatusDocument,
  sessions: readonly SessionRecord[],
): Seen {
  const known = new Map(before.sessions.map((it) => [it.session, it]));
  const transitions = sessions.map((session) => {
    const old = known.get(session.session);
    return old === undefined ? null : transitionBetween(old, session);
  }).filter((transition) => transition !== null);
  return {
    document,
    sessions,
    transitions: transitions.reduce(
      remember<SeenTransition>,
      before.transitions,
    ),
  };
}

/**
 * Looks until somebody stops it, whatever becomes of the agent: on a screen, or
 * with a line for each transition where there is none. Rejects with a
 * `LifesignError` if the status can't be relied on at first.
 */
export async function lookAtAgent(
  { path, names }: Lookout,
  world: World,
): Promise<ExitCode> {
  const { clock, signals, terminal } = world;
  const stop = Promise.withResolvers<ExitCode>();
  let seen: Seen = nothingSeen;
  let state: AgentState = "absent";
  let trouble = "";
  let messages: readonly Message[] = [];
  let display: Display | null = null;
  let isOver = false;
  let cancel = () => {};

  async function take(): Promise<void> {
    const document = await readStatus(path, world);
    state = agentState(document, await presentOf(world));
    if (document === null) return;
    seen = look(seen, document, selectSessions(document, names));
  }

  async function takeAgain(): Promise<void> {
    try {
      await take();
      trouble = "";
    } catch (error) {
      if (!(error instanceof LifesignError)) throw error;
      // What was read last is to be believed no longer than if nothing had come.
      state = agentState(seen.document, await presentOf(world));
      const { message } = error;
      if (message === trouble) return;
      trouble = message;
      warn(message);
    }
  }

  function warn(text: string): void {
    if (display === null) return terminal.writeError(`${text}\n`);
    const time = clock.wallTime();
    messages = remember(messages, { time, level: "warn", text });
  }

  function titleNow(): string {
    return seen.document === null || state === "absent"
      ? absentLine(path)
      : agentTitle(seen.document, state, clock.wallTime());
  }

  function stateNow(): WatchState {
    const { transitions } = seen;
    const isOver = state !== "running";
    const sessions = seen.sessions.map((status) => ({
      status,
      cycles: recentCycles(status.recent),
    }));
    return { title: titleNow(), isOver, sessions, transitions, messages };
  }

  function say(text: string): void {
    terminal.write(`${formatTime(clock.wallTime())} ${text}\n`);
  }

  /** Tells in lines what a screen would show. */
  function tell(before: Seen, was: AgentState | null): void {
    if (state !== was) say(titleNow());
    const known = new Set(before.sessions.map(({ session }) => session));
    for (const { session, verdict } of seen.sessions) {
      if (known.has(session)) continue;
      say(`${show(session)}: ${verdict ?? "no verdict yet"}`);
    }
    for (const transition of seen.transitions) {
      if (before.transitions.includes(transition)) continue;
      const { session, from, to } = transition;
      say(`${show(session)}: ${to}${from === "none" ? "" : `, was ${from}`}`);
    }
  }

  function lookAgain(at: number): void {
    cancel = clock.setTimer(at, () => {
      const before = seen;
      const was = state;
      takeAgain().then(() => {
        if (isOver) return;
        if (display === null) tell(before, was);
        else display.update();
        lookAgain(clock.now() + period);
      }).catch(stop.reject);
    });
  }

  await take();
  signals.listen("SIGTERM", () => stop.resolve(0));
  signals.listen("SIGINT", () => stop.resolve(130));
  const onQuit = () => stop.resolve(0);
  if (terminal.isInteractive || terminal.isTerminal) {
    signals.listen("SIGHUP", onQuit);
  }
  if (canDraw(world)) display = openDisplay({ world, state: stateNow, onQuit });
  else tell(nothingSeen, null);
  lookAgain(clock.now() + period);
  const code = await stop.promise;
  isOver = true;
  cancel();
  display?.close();
  terminal.hurry();
  return code;
}
