/**
 * The files that tell what `run` found out: the status for `lifesign status`,
 * the metrics for Prometheus.
 *
 * @module
 */
import type { AgentSettings } from "../../config/settings.ts";
import type { Mistake } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type Instant, instantOf, wallTimeOf } from "../../instant.ts";
import { keepFile, type KeptFile } from "../../status/kept_file.ts";
import { formatMetrics } from "../../status/metrics.ts";
import {
  formatDocument,
  sessionStatus,
  timeOf,
} from "../../status/status_document.ts";
import type { World } from "../../world.ts";
import { cannotWrite, writingNews } from "../kept_words.ts";
import type { SessionStats, SessionStatsEntry } from "./session_stats.ts";
import type { Observer } from "./observer.ts";
import { version } from "../../version.ts";

/** What the files are made of. */
export interface StatusFilesOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "files" | "pid">;
  /** The source of the figures; it has to be an earlier observer. */
  readonly sessionStats: SessionStats;
  /** Where to tell what can't be written. */
  readonly log: Log;
  /** The settings in force. */
  readonly settings: () => Partial<AgentSettings>;
}

/** With more sessions than this, the first heartbeat does not wait for all metrics. */
const mostAtStart = 100;

/** How an agent ended. */
interface End {
  readonly code: number | null;
}

/** What one of the files holds. */
interface Kind {
  readonly setting: "statusFile" | "metricsFile";
  /** What it holds, in messages. */
  readonly noun: string;
  /** Its content, after the `end` of the agent if there is one. It becomes stale `longer` ms later than usual. */
  readonly render: (longer: number, end?: End) => Iterable<string>;
  /** Its content at the start if there are many sessions; the usual one if absent. */
  readonly first?: () => Iterable<string>;
  /** Its last content when another file replaces it. */
  readonly leave: () => Iterable<string>;
}

/** Keeps the files up to date; they are written when something has changed, once at the start and once at the end. */
export function statusFiles(options: StatusFilesOptions): Observer {
  const { clock } = options.world;
  const started = instantOf(clock);
  let bootId: string | null = null;
  const status = (longer: number, end?: End) =>
    statusOf(options, { started, bootId, longer, end });
  const files = [
    new AgentFile(options, {
      setting: "statusFile",
      noun: "status",
      render: status,
      leave: () => status(0, { code: null }),
    }),
    new AgentFile(options, {
      setting: "metricsFile",
      noun: "metrics",
      render: (longer) => metricsOf(options, longer),
      first: () => formatMetrics(version, () => []),
      // The same metrics in two files would be a mistake of both.
      leave: () => "",
    }),
  ];

  /** Finds out which boot this is, if there is any file to write. */
  async function learnBoot(): Promise<void> {
    if (files.some(({ path }) => path !== null)) bootId = await clock.bootId();
  }

  return {
    async prepare({ length }) {
      await learnBoot();
      const opened = files.map((file) => file.open(length > mostAtStart));
      return (await Promise.all(opened)).flat();
    },
    onReload() {
      for (const file of files) file.move();
      learnBoot();
    },
    onReport() {
      for (const file of files) file.touch();
    },
    async onStop(code) {
      await Promise.all(files.map((file) => file.close({ code })));
    },
  };
}

/** One of the files, wherever the settings want it at present. */
class AgentFile {
  private kept: KeptFile | null = null;

  constructor(
    private readonly options: StatusFilesOptions,
    private readonly kind: Kind,
  ) {}

  /** The path that the settings say; `null` for none. */
  get path(): string | null {
    return this.options.settings()[this.kind.setting] ?? null;
  }

  async open(isMany: boolean): Promise<Mistake[]> {
    const { noun, first } = this.kind;
    const file = this.keep();
    const fault = await file?.open(isMany ? first?.() : undefined) ?? null;
    if (file === null || fault === null) return [];
    const message = cannotWrite(file.path, noun, fault);
    return [{ kind: "cantcreat", message }];
  }

  /** Goes on with another file if the path has changed. */
  move(): void {
    const before = this.kept;
    if (this.path !== (before?.path ?? null)) {
      before?.close(this.kind.leave());
      this.keep();
    }
    this.touch();
  }

  touch(): void {
    this.kept?.touch();
  }

  async close(end: End): Promise<void> {
    await this.kept?.close(this.kind.render(0, end));
  }

  /** Keeps the file that the settings name. */
  private keep(): KeptFile | null {
    const { world, log } = this.options;
    const { noun, render } = this.kind;
    const { path } = this;
    if (path === null) return this.kept = null;
    return this.kept = keepFile({
      world,
      path,
      render: (longer) => render(longer),
      onFault: (fault) =>
        log[fault === null ? "info" : "warn"](writingNews(path, noun, fault)),
    });
  }
}

/** The metrics of now. They become stale `longer` ms later than usual. */
export function metricsOf(
  { world: { clock }, sessionStats }: {
    readonly world: Pick<World, "clock">;
    readonly sessionStats: SessionStats;
  },
  longer: number,
): Iterable<string> {
  const now = instantOf(clock);
  const monotonic = clock.now();
  return formatMetrics(
    version,
    () =>
      sessionStats.entries.map((
        { name, target, recorder: { counters }, staleAfter },
      ) => ({
        name,
        target,
        now,
        staleIn: later(staleAfter, longer - monotonic),
        loginIn: later(counters.login?.at ?? null, -monotonic),
        counters,
      })),
  );
}

function statusOf(
  { world: { clock, pid }, sessionStats }: StatusFilesOptions,
  { started, bootId, longer, end }: {
    readonly started: Instant;
    readonly bootId: string | null;
    readonly longer: number;
    readonly end: End | undefined;
  },
): Iterable<string> {
  const present = instantOf(clock);
  // Asking for the time of each would take most of the time.
  const ahead = present.wall - clock.now();
  const toWall = (time: number | null) =>
    time === null ? null : Math.round(time + ahead);
  const stale = later(firstStale(sessionStats.entries), longer);
  return formatDocument(
    {
      version,
      pid,
      started: timeOf(wallTimeOf(started, present)),
      updated: timeOf(present.wall),
      uptime_ms: present.uptime,
      boot_id: bootId,
      stale_after: end ? null : timeOf(toWall(stale)),
      stopped: end ? timeOf(present.wall) : null,
      exit_code: end?.code ?? null,
    },
    sessionStats.entries.map((entry) => {
      const { name, target, gateway, answered, recorder } = entry;
      const next = end ? null : toWall(entry.next);
      const { login: known } = recorder.counters;
      const login = known && { ...known, at: end ? null : toWall(known.at) };
      return sessionStatus(
        { name, target, gateway, answered, next, login },
        recorder.read(present),
      );
    }),
  );
}

function later(time: number | null, by: number): number | null {
  return time === null ? null : time + by;
}

/** When the first session reports at the latest; `null` if none goes on. Each report moves this. */
function firstStale(entries: Iterable<SessionStatsEntry>): number | null {
  let first = Infinity;
  for (const { staleAfter } of entries) {
    if (staleAfter !== null) first = Math.min(first, staleAfter);
  }
  return first === Infinity ? null : first;
}
