/**
 * Log files: lines are appended at once, in one piece each, and whatever is
 * wrong with the disk can't hurt. Moved away by logrotate or by another
 * process, a file is made anew.
 *
 * @module
 */
import {
  type Fault,
  isFault,
  type LogFile,
  type LogFileOptions,
  type LogFiles,
} from "../world.ts";
import { fitting, renames } from "./log_rotation.ts";
import { faultOf } from "./os_error.ts";
import { openOwn } from "./own_file.ts";

/** Log files, and what is left to be done at the end. */
export interface HostLogFiles extends LogFiles {
  /** Resolves when every line has been written or dropped. */
  flush(): Promise<void>;
}

/** What a log file needs of the file system. */
export interface LogDisk {
  /** Looks at a file. */
  stat(path: string): Promise<FileId & { readonly size: number }>;
  /** Opens one. */
  open(path: string, options: Deno.OpenOptions): Promise<OpenLog>;
  /** Gives one another name. */
  rename(from: string, to: string): Promise<void>;
}

/** What a log file needs of an open file. */
export type OpenLog = Pick<
  Deno.FsFile,
  "write" | "stat" | "truncate" | "tryLock" | "unlock" | "close"
>;

/** What tells files apart that have the same name, one after the other. */
export type FileId = Pick<Deno.FileInfo, "dev" | "ino">;

/** An open file, and which one it is. */
interface Opened {
  readonly file: OpenLog;
  readonly id: FileId;
}

/** How much may wait, in bytes. */
const longestQueue = 1024 * 1024;

const lineFeed = 10;

/** The log files of this machine. */
export function createLogFiles(disk: LogDisk = Deno): HostLogFiles {
  const files = new Set<() => Promise<void>>();
  return {
    async open(path, options) {
      try {
        const first = await openLog(path, disk);
        if (isFault(first)) return first;
        const { flush, ...file } = createLogFile(path, {
          ...options,
          first,
          isTorn: await endsInLine(path),
          disk,
          onEnd: () => files.delete(flush),
        });
        files.add(flush);
        return file;
      } catch (error) {
        return faultOf(error, "write");
      }
    },
    async flush() {
      await Promise.all(Array.from(files, (flush) => flush()));
    },
  };
}

/** Opens a log file for appending. Rejects with what the system says. */
async function openLog(
  path: string,
  disk: LogDisk,
): Promise<Opened & { readonly size: number } | Fault> {
  const opened = await openOwn(path, { append: true }, disk.open);
  if (isFault(opened)) return opened;
  const { file, info: { dev, ino, size } } = opened;
  return { file, id: { dev, ino }, size };
}

/** Whether a file ends in the middle of a line, as far as that can be read. */
async function endsInLine(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    await file.seek(-1, Deno.SeekMode.End);
    const last = new Uint8Array(1);
    return await file.read(last) === 1 && last[0] !== lineFeed;
  } catch {
    return false;
  }
}

/** What an open log file works with. */
interface Parts extends LogFileOptions {
  /** The file as it was opened. */
  readonly first: Opened;
  /** Whether it ends in the middle of a line, which somebody was killed in. */
  readonly isTorn: boolean;
  readonly disk: LogDisk;
  /** Is told when it has let go of the file for good. */
  readonly onEnd: () => void;
}

function createLogFile(
  path: string,
  { first, isTorn, disk, onFault, lossLine, onRecovery, onEnd, ...options }:
    Parts,
): LogFile & { flush(): Promise<void> } {
  const encoder = new TextEncoder();
  let limits = { maxBytes: options.maxBytes, backups: options.backups };
  let open: Opened | null = first;
  let queue: Uint8Array[] = [];
  let waiting = 0;
  /** Lines that were lost before the first one that waits, and behind the last one. */
  let lost = 0;
  let lostBehind = 0;
  /** Lines that were lost since lines are. */
  let missing = 0;
  /** The file that ends in the middle of a line. */
  let torn: FileId | null = isTorn ? first.id : null;
  let isStale = false;
  let isClosed = false;
  let isBusy = false;
  let drained = Promise.resolve();
  const isWrong = { write: false, rotate: false };

  function tell(what: "write" | "rotate", fault: Fault): void {
    if (isWrong[what]) return;
    isWrong[what] = true;
    onFault(what, fault);
  }

  function start(): void {
    if (isBusy) return;
    isBusy = true;
    drained = drain();
  }

  async function drain(): Promise<void> {
    while (queue.length > 0 || isStale) {
      try {
        await writeSome();
      } catch (error) {
        lost += queue.length;
        missing += queue.length;
        take(queue.length);
        letGo();
        tell("write", faultOf(error, "write"));
      }
    }
    isBusy = false;
    if (!isClosed) return;
    letGo();
    onEnd();
  }

  function take(count: number): void {
    queue = queue.slice(count);
    waiting = queue.reduce((sum, { length }) => sum + length, 0);
    if (queue.length > 0) return;
    lost += lostBehind;
    lostBehind = 0;
  }

  function letGo(): void {
    open?.file.close();
    open = null;
  }

  /** Writes as many lines as fit, or rotates the file before the next one. */
  async function writeSome(): Promise<void> {
    const { size, ...here } = await current();
    // What was logged after `reopen()` belongs into the file that is there since.
    if (isStale || queue.length === 0) return;
    const told = lost;
    const head = headOf(told, isSame(torn, here.id) && size > 0);
    const room = limits.maxBytes === 0
      ? Infinity
      : limits.maxBytes - size - head.length;
    const count = size === 0
      ? Math.max(fitting(queue, room), 1)
      : fitting(queue, room);
    if (count === 0 && await rotate(here, size)) return;
    const heading = await append(here, head);
    if (heading.error !== null) throw heading.error;
    lost -= told;
    // Where it can't be rotated, all of them.
    const lines = join(queue.slice(0, count === 0 ? queue.length : count));
    const { end, error } = await append(here, lines);
    take(fitting(queue, end));
    if (error !== null) throw error;
    if (isWrong.write) onRecovery?.(missing);
    isWrong.write = false;
    missing = 0;
  }

  /** The open file, unless another one is at its path by now. */
  async function current(): Promise<Opened & { readonly size: number }> {
    if (open !== null && !isStale) {
      const there = await disk.stat(path).catch(nullIfMissing);
      if (there !== null && isSame(open.id, there)) {
        return { ...open, size: there.size };
      }
    }
    letGo();
    isStale = false;
    const next = await openLog(path, disk);
    if (isFault(next)) throw new Error(next.message);
    return open = next;
  }

  /** What has to be said before the next line. */
  function headOf(lost: number, isTorn: boolean): Uint8Array {
    const loss = lost > 0 ? lossLine(lost) : "";
    return encoder.encode(isTorn ? `\n${loss}` : loss);
  }

  /** Resolves to how many bytes were written, and why not all of them. */
  async function append(
    { file, id }: Opened,
    bytes: Uint8Array,
  ): Promise<{ end: number; error: unknown }> {
    let end = 0;
    let error: unknown = null;
    try {
      while (end < bytes.length) end += await file.write(bytes.subarray(end));
    } catch (reason) {
      error = reason;
    }
    if (end > 0) torn = bytes[end - 1] === lineFeed ? null : id;
    return { end, error };
  }

  /** Returns whether there may be room now; says why if there isn't. */
  async function rotate(
    { file, id }: Opened,
    size: number,
  ): Promise<boolean> {
    // Who holds the lock rotates the file; lines may be written meanwhile.
    if (!await file.tryLock(true)) return false;
    try {
      const there = await disk.stat(path).catch(nullIfMissing);
      const isFull = there !== null && isSame(id, there) && there.size >= size;
      if (!isFull) return true;
      if (limits.backups === 0) await file.truncate(0);
      for (const [from, to] of renames(path, limits.backups)) {
        await disk.rename(from, to).catch(nullIfMissing);
      }
      isWrong.rotate = false;
      return true;
    } catch (error) {
      tell("rotate", faultOf(error, "write"));
      return false;
    } finally {
      await file.unlock();
    }
  }

  return {
    write(line) {
      if (isClosed) return;
      const bytes = encoder.encode(line);
      if (waiting > 0 && waiting + bytes.length > longestQueue) {
        lostBehind++;
        missing++;
        const message = "too much waits for the disk already";
        return tell("write", { code: "EAGAIN", message });
      }
      queue.push(bytes);
      waiting += bytes.length;
      start();
    },
    reopen(now) {
      limits = { maxBytes: now.maxBytes, backups: now.backups };
      isStale = true;
      start();
    },
    close() {
      isClosed = true;
      start();
    },
    flush: () => drained,
  };
}

function isSame(a: FileId | null, b: FileId): boolean {
  return a?.ino === b.ino && a.dev === b.dev;
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
