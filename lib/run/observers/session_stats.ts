/**
 * What each session went through, for the observers that tell it in numbers.
 *
 * @module
 */
import { cycleBudget } from "../../probe/datagram/cycle.ts";
import { streamBudget } from "../../probe/stream/talk.ts";
import { firstSlot } from "../../session/schedule.ts";
import { prepareLimit, targetOf } from "../../session/session_state.ts";
import { formatAddress } from "../../parsers.ts";
import { createArena } from "../../status/rolling_share.ts";
import { createRecorder, type Recorder } from "../../status/statistics.ts";
import { classOf } from "../../verdict.ts";
import type { Clock } from "../../world.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";
import type { Report } from "../../finding.ts";

/** How late a report may be on a busy machine, in ms. */
const longestDelayMs = 10_000;

/** What is known of a session, another object whenever something happened to it; times in monotonic ms. */
export interface SessionStatsEntry {
  /** Its name. */
  readonly name: string;
  /** Its target as a URL. */
  readonly target: string;
  /** Its gateway, as it was set. */
  readonly gateway: string;
  /** What it went through. */
  readonly recorder: Recorder;
  /** The address of its gateway that answered last, maybe an earlier process; `null` if none has. */
  readonly answered: string | null;
  /** The slot of its next cycle, or of the one under way; `null` once it is over. */
  readonly next: number | null;
  /** When it reports again at the latest, unless the agent is gone; `null` once it is over. */
  readonly staleAfter: number | null;
}

/** An observer that later observers read. */
export interface SessionStats extends Observer {
  /** What is known of each session, in their order. */
  readonly entries: IteratorObject<SessionStatsEntry>;
}

/** A class, since there are thousands: most is worked out when somebody asks. */
class Entry implements SessionStatsEntry {
  constructor(
    private readonly session: OpenSession,
    readonly recorder: Recorder,
    readonly next: number | null,
    readonly answered: string | null,
  ) {}

  get name(): string {
    return this.session.name;
  }

  get target(): string {
    return targetOf(this.session);
  }

  get gateway(): string {
    return formatAddress(this.session.gateway);
  }

  get staleAfter(): number | null {
    return this.next === null
      ? null
      : this.next + longestReportTime(this.session);
  }
}

/** Makes empty statistics. Counts go on when a session restarts. `answeredBefore` returns what an earlier process knew. */
export function createSessionStats(
  clock: Clock,
  answeredBefore: (session: OpenSession) => string | null = () => null,
): SessionStats {
  const arena = createArena();
  let entries = new Map<string, SessionStatsEntry>();

  /** Keeps just these; new ones are about to start. */
  function keep(sessions: readonly OpenSession[]): void {
    const now = clock.now();
    const known = entries;
    const of = sessions.filter(({ name }) => !known.has(name)).length;
    let place = 0;
    entries = new Map(sessions.map((session) => {
      const before = known.get(session.name);
      const next = before === undefined
        ? now + firstSlot({ place: place++, of, interval: session.interval })
        : before.next;
      const recorder = before?.recorder ??
        createRecorder(session.protocol, arena);
      const answered = before?.answered ?? answeredBefore(session);
      const entry = new Entry(session, recorder, next, answered);
      return [session.name, isSame(before, entry) ? before! : entry];
    }));
  }

  return {
    get entries() {
      return entries.values();
    },
    prepare(sessions) {
      keep(sessions);
      return Promise.resolve([]);
    },
    onReload: keep,
    onReport(session, report, { at, next }) {
      const { name } = session;
      const before = entries.get(name);
      const recorder = before?.recorder ??
        createRecorder(session.protocol, arena);
      recorder.record(report, at);
      const answered = answeredIn(session, report) ?? before?.answered ?? null;
      entries.set(name, new Entry(session, recorder, next, answered));
    },
  };
}

/** The address that a report says has answered; a stream's peer is where it was alive. */
function answeredIn(
  { protocol: { carrier } }: OpenSession,
  report: Report,
): string | null {
  if (report.type !== "cycle") return null;
  const { verdict, address } = report.result;
  const hasAnswered = carrier === "stream"
    ? verdict === "alive"
    : classOf(verdict) !== "fault";
  return hasAnswered ? address?.host ?? null : null;
}

function isSame(
  a: SessionStatsEntry | undefined,
  b: SessionStatsEntry,
): boolean {
  return a?.target === b.target && a.staleAfter === b.staleAfter &&
    a.answered === b.answered;
}

/** How long after its slot a cycle is reported at the latest, in ms. The UID may be read before and after it. */
function longestReportTime(session: OpenSession): number {
  const budget = session.protocol.carrier === "stream"
    ? streamBudget(session)
    : cycleBudget(session);
  return session.jitter + 2 * prepareLimit + budget + longestDelayMs;
}

/** Caches what `make` returns for an entry: most sessions have not changed since the last look. */
export function rememberEach<T>(
  make: (entry: SessionStatsEntry) => T,
): (entry: SessionStatsEntry) => T {
  const made = new WeakMap<SessionStatsEntry, T>();
  return (entry) => {
    const value = made.get(entry) ?? make(entry);
    made.set(entry, value);
    return value;
  };
}
