/**
 * The history that `run` keeps: a line for each cycle, appended to a file that
 * is rotated like the log.
 *
 * @module
 */
import type { AgentSettings } from "../../config/settings.ts";
import { nameOf } from "../../config/trust.ts";
import type { Mistake } from "../../errors.ts";
import type { Log } from "../../log.ts";
import {
  bootDigits,
  cycleRecord,
  formatRecord,
  type HistoryRecord,
} from "../../status/history.ts";
import { isFault, type LogFile, type World } from "../../world.ts";
import { whereOf } from "../render.ts";
import type { Observer } from "./observer.ts";
import { createWatches } from "./watches.ts";
import { plural } from "../../words.ts";

/** What the history is made of. */
export interface HistoryOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "files" | "logFiles" | "routes">;
  /** Where to tell what can't be written. */
  readonly log: Log;
  /** The settings in force. */
  readonly settings: () => Partial<AgentSettings>;
}

/** Keeps the history. */
export function historyLines(
  { world, log, settings }: HistoryOptions,
): Observer {
  const { clock, logFiles } = world;
  let watches = createWatches(world);
  let path: string | null = null;
  let file: LogFile | null = null;
  let reloading = Promise.resolve();
  let isOver = false;
  let bootId: string | null = null;

  function limits() {
    const { logMaxBytes: maxBytes = 0, logBackups: backups = 0 } = settings();
    return { maxBytes, backups };
  }

  /** Goes on in the file that the settings name; resolves to why it can't be written, or to `null`. */
  async function move(): Promise<string | null> {
    const { historyFile: nextPath = null } = settings();
    if (nextPath === path) {
      file?.reopen(limits());
      return null;
    }
    // Another file has yet to say how sessions are watched.
    const nextWatches = createWatches(world);
    if (nextPath !== null) {
      [bootId] = await Promise.all([clock.bootId(), nextWatches.prepare()]);
    }
    const next = nextPath === null ? null : await open(nextPath);
    if (next !== null && isFault(next)) {
      return `${nameOf(nextPath!)}: Cannot write the history: ${next.message}`;
    }
    if (isOver) next?.close();
    else {
      file?.close();
      file = next;
      path = nextPath;
      watches = nextWatches;
    }
    return null;
  }

  function open(path: string) {
    const name = nameOf(path);
    return logFiles.open(path, {
      ...limits(),
      onFault(what, { message }) {
        const then = what === "write"
          ? "cycles are missing in it until that has changed"
          : "it grows until that has changed";
        log.warn(`${name}: Cannot ${what} the history: ${message}; ${then}`);
      },
      // A gap in it tells nobody that it is one.
      lossLine: () => "",
      onRecovery: (lost) =>
        log.info(
          `${name}: The history is written again; ${
            plural(lost, "line is", "lines are")
          } missing in it`,
        ),
    });
  }

  return {
    async prepare(): Promise<Mistake[]> {
      const message = await move();
      return message === null ? [] : [{ kind: "cantcreat", message }];
    },
    onReload() {
      reloading = reloading.then(move).then((message) => {
        if (message !== null) log.warn(`${message}; the old file stays in use`);
      });
    },
    onReport(subject, report, { at, next }) {
      if (file === null) return;
      const { name: session } = subject;
      const time = at.wall;
      const boot = bootId?.slice(0, bootDigits);
      const up = boot === undefined ? null : { boot, uptime: at.uptime };
      const line = { time, up, session };
      const write = (record: HistoryRecord) =>
        file?.write(formatRecord(record));
      if (report.type === "late") {
        const { verdict: late, rtt, answerTime: answer } = report;
        write({ ...line, late, rtt, answer });
      }
      if (report.type === "login" && report.isEnd) {
        const { lastExit: login } = report.status;
        if (login !== null) write({ ...line, login });
      }
      if (report.type !== "cycle") return;
      const watch = watches.news(subject, report.result.address);
      if (watch !== null) write({ ...line, watch });
      const facts = {
        ...line,
        gateway: whereOf(subject),
        next: next === null ? null : next - clock.now(),
      };
      write(cycleRecord(facts, report.result));
    },
    onStop() {
      isOver = true;
      file?.close();
    },
  };
}
