/**
 * The files that tell what `run` found out: the status for `lifesign status`,
 * the metrics for Prometheus.
 *
 * @module
 */
import type { AgentSettings } from "../../config/settings.ts";
import { expandHome } from "../../config/sources.ts";
import { nameOf } from "../../config/trust.ts";
import type { Mistake } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { instantOf, wallTimeOf } from "../../instant.ts";
import { keepFile, type KeptFile } from "../../status/kept_file.ts";
import { formatMetrics } from "../../status/metrics.ts";
import {
  formatDocument,
  sessionStatus,
  timeOf,
} from "../../status/status_document.ts";
import type { World } from "../../world.ts";
import type { Ledger, LedgerEntry } from "./session_stats.ts";
import type { Observer } from "./observer.ts";
import { version } from "../../version.ts";

/** What the files are made of. */
export interface StatusFilesOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "environment" | "files" | "pid">;
  /** Whom to ask; it has to stand before this one. */
  readonly ledger: Ledger;
  /** Where to tell what can't be written. */
  readonly log: Log;
  /** Where the files are to be at present, as far as that is known. */
  readonly settings: () => Partial<AgentSettings>;
}

/** Of so few sessions all is written before the first heartbeat. */
const few = 100;

/** How an agent ended. */
interface End {
  readonly code: number | null;
}

/** One of the files. */
interface Kind {
  readonly setting: "statusFile" | "metricsFile";
  /** What it holds, in messages. */
  readonly noun: string;
  /** All that it is to hold, once the agent has ended if it has; it may stay so for so many ms longer than usual. */
  readonly render: (longer: number, end?: End) => Iterable<string>;
  /** What it is to hold at the start if sessions are many; absent for all that it is to hold. */
  readonly first?: () => Iterable<string>;
  /** What is left when another file takes its place. */
  readonly leave: () => Iterable<string>;
}

/** Keeps the files up to date; they are written when something has changed, once at the start and once at the end. */
export function statusFiles(
  { world, ledger, log, settings }: StatusFilesOptions,
): Observer {
  const { clock, environment } = world;
  const started = instantOf(clock);
  let bootId: string | null = null;
  const kinds: readonly Kind[] = [
    {
      setting: "statusFile",
      noun: "status",
      render: status,
      leave: () => status(0, { code: null }),
    },
    {
      setting: "metricsFile",
      noun: "metrics",
      render: metrics,
      first: () => formatMetrics(version, () => []),
      // The same metrics in two files would be a mistake of both.
      leave: () => "",
    },
  ];
  const kept = new Map<Kind, KeptFile>();

  /** Tells monotonic times by the wall clock as it is now: asking it for each would take most of the time. */
  function wallClock(): (time: number | null) => number | null {
    const ahead = clock.wallTime() - clock.now();
    return (time) => time === null ? null : Math.round(time + ahead);
  }

  function metrics(longer: number): Iterable<string> {
    const now = instantOf(clock);
    const monotonic = clock.now();
    return formatMetrics(
      version,
      () =>
        ledger.entries.map(({ name, recorder: { counters }, staleAfter }) => ({
          name,
          now,
          staleIn: later(staleAfter, longer - monotonic),
          counters,
        })),
    );
  }

  function status(longer: number, end?: End): Iterable<string> {
    const toWall = wallClock();
    const stale = firstStale(ledger.entries);
    const present = instantOf(clock);
    const now = present.wall;
    return formatDocument(
      {
        version,
        pid: world.pid,
        started: timeOf(wallTimeOf(started, present)),
        updated: timeOf(now),
        uptime_ms: present.uptime,
        boot_id: bootId,
        stale_after: end ? null : timeOf(toWall(later(stale, longer))),
        stopped: end ? timeOf(now) : null,
        exit_code: end?.code ?? null,
      },
      ledger.entries.map(({ name, gateway, answered, recorder, next }) =>
        sessionStatus(
          { name, gateway, answered, next: end ? null : toWall(next) },
          recorder.read(present),
        )
      ),
    );
  }

  /** Where a file is to be; `null` if none is wanted. */
  function pathOf({ setting }: Kind): string | null {
    const path = settings()[setting] ?? null;
    return path === null ? null : expandHome(path, environment.get);
  }

  /** Keeps a file from now on; `null` if none is wanted. */
  function keep(kind: Kind): KeptFile | null {
    const path = pathOf(kind);
    if (path === null) return null;
    const file = keepFile({
      world,
      path,
      render: (longer) => kind.render(longer),
      onFault(fault) {
        const name = nameOf(file.path);
        if (fault === null) log.info(`${name}: is written again`);
        else {
          log.warn(
            `${name}: Cannot write the ${kind.noun}: ${fault.message}; that is tried again and again`,
          );
        }
      },
    });
    kept.set(kind, file);
    return file;
  }

  /** Finds out which boot this is, where somebody wants to know. */
  async function learnBoot(): Promise<void> {
    if (kinds.some((kind) => pathOf(kind) !== null)) {
      bootId = await clock.bootId();
    }
  }

  async function open(kind: Kind, isMany: boolean): Promise<Mistake[]> {
    const file = keep(kind);
    const first = isMany ? kind.first?.() : undefined;
    const fault = await file?.open(first) ?? null;
    if (file === null || fault === null) return [];
    const message = `${
      nameOf(file.path)
    }: Cannot write the ${kind.noun}: ${fault.message}`;
    return [{ kind: "cantcreat", message }];
  }

  /** Goes on with another file, if another one is wanted. */
  function move(kind: Kind): void {
    const before = kept.get(kind);
    if (pathOf(kind) === (before?.path ?? null)) return before?.touch();
    kept.delete(kind);
    before?.close(kind.leave());
    keep(kind)?.touch();
  }

  return {
    async prepare({ length }) {
      await learnBoot();
      const opened = kinds.map((kind) => open(kind, length > few));
      return (await Promise.all(opened)).flat();
    },
    onReload() {
      for (const kind of kinds) move(kind);
      learnBoot();
    },
    onReport() {
      for (const file of kept.values()) file.touch();
    },
    async onStop(code) {
      await Promise.all(
        kept.entries().map(([{ render }, file]) =>
          file.close(render(0, { code }))
        ),
      );
    },
  };
}

function later(time: number | null, by: number): number | null {
  return time === null ? null : time + by;
}

/** When the first of the sessions that go on will have reported; `null` if none does. Each report is written, and puts this off. */
function firstStale(entries: Iterable<LedgerEntry>): number | null {
  let first = Infinity;
  for (const { staleAfter } of entries) {
    if (staleAfter !== null) first = Math.min(first, staleAfter);
  }
  return first === Infinity ? null : first;
}
