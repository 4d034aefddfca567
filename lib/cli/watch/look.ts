/**
 * Looks at an agent of another process through its status file.
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
  eventsBetween,
  type Message,
  remember,
  type SeenEvent,
  type WatchState,
} from "./state.ts";
import { presentOf, readStatus } from "../../run/read_status.ts";

/** From one look to the next, in ms. */
const periodMs = 1_000;

/** What to look at. */
export interface LookOptions {
  /** The path of the status file. */
  readonly path: string;
  /** The names of the sessions; none for all. */
  readonly names: readonly string[];
}

/** What was seen so far. */
interface Seen {
  /** The state of the agent; `null` before the first look. */
  readonly state: AgentState | null;
  /** The last status; `null` if there was none. */
  readonly document: StatusDocument | null;
  /** The sessions in it, as far as they are to be shown. */
  readonly sessions: readonly SessionRecord[];
  /** What happened from look to look, the newest last. */
  readonly events: readonly SeenEvent[];
}

const nothingSeen: Seen = {
  state: null,
  document: null,
  sessions: [],
  events: [],
};

/** Looks once more. Rejects with a `LifesignError` if the status can't be trusted or read. */
async function look(
  before: Seen,
  { path, names }: LookOptions,
  world: World,
): Promise<Seen> {
  const document = await readStatus(path, world);
  const state = agentState(document, await presentOf(world));
  if (document === null) return { ...before, state };
  const sessions = selectSessions(document, names);
  const known = new Map(before.sessions.map((it) => [it.session, it]));
  let { events } = before;
  for (const session of sessions) {
    const old = known.get(session.session);
    if (old === undefined) continue;
    for (const event of eventsBetween(old, session)) {
      events = remember(events, event);
    }
  }
  return { state, document, sessions, events };
}

/**
 * Looks at an agent until somebody stops it, on a screen, or with a line for
 * each transition without a terminal. Rejects with a `LifesignError` if the
 * first status can't be trusted or read.
 */
export async function lookAtAgent(
  options: LookOptions,
  world: World,
): Promise<ExitCode> {
  const { clock, signals, terminal } = world;
  const stop = Promise.withResolvers<ExitCode>();
  let seen = await look(nothingSeen, options, world);
  let trouble = "";
  let messages: readonly Message[] = [];
  let display: Display | null = null;
  let isOver = false;
  let cancel = () => {};

  async function lookAgain(): Promise<void> {
    try {
      seen = await look(seen, options, world);
      trouble = "";
    } catch (error) {
      if (!(error instanceof LifesignError)) throw error;
      // The last status gets old as if nothing had come.
      const state = agentState(seen.document, await presentOf(world));
      seen = { ...seen, state };
      if (error.message !== trouble) warn(error.message);
      trouble = error.message;
    }
  }

  function warn(text: string): void {
    if (display === null) return terminal.writeError(`${text}\n`);
    const time = clock.wallTime();
    messages = remember(messages, { time, level: "warn", text });
  }

  function titleNow({ document, state }: Seen): string {
    return document === null || state === null || state === "absent"
      ? absentLine(options.path)
      : agentTitle(document, state, clock.wallTime());
  }

  function stateNow(): WatchState {
    const sessions = seen.sessions.map((status) => ({
      status,
      cycles: recentCycles(status.recent),
    }));
    return {
      title: titleNow(seen),
      isOver: seen.state !== "running",
      sessions,
      events: seen.events,
      messages,
    };
  }

  function say(text: string): void {
    terminal.write(`${formatTime(clock.wallTime())} ${text}\n`);
  }

  /** Writes as lines what a screen would show. */
  function writeLines(before: Seen): void {
    if (seen.state !== before.state) say(titleNow(seen));
    const known = new Set(before.sessions.map(({ session }) => session));
    for (const { session, verdict } of seen.sessions) {
      if (known.has(session)) continue;
      say(`${show(session)}: ${verdict ?? "no verdict yet"}`);
    }
    for (const event of seen.events) {
      if (before.events.includes(event)) continue;
      say(`${show(event.session)}: ${changeOf(event)}`);
    }
  }

  function goOn(): void {
    cancel = clock.setTimer(clock.now() + periodMs, () => {
      const before = seen;
      lookAgain().then(() => {
        if (isOver) return;
        if (display === null) writeLines(before);
        else display.update();
        goOn();
      }).catch(stop.reject);
    });
  }

  const onQuit = () => stop.resolve(0);
  signals.listen("SIGTERM", onQuit);
  signals.listen("SIGINT", () => stop.resolve(130));
  if (terminal.isInteractive || terminal.isTerminal) {
    signals.listen("SIGHUP", onQuit);
  }
  if (canDraw(world)) display = openDisplay({ world, state: stateNow, onQuit });
  else writeLines(nothingSeen);
  goOn();
  const code = await stop.promise;
  isOver = true;
  cancel();
  display?.close();
  terminal.hurry();
  return code;
}

function changeOf(event: SeenEvent): string {
  if (event.to === null) return "connected again";
  const { from, to } = event;
  return from === "none" ? to : `${to}, was ${from}`;
}
