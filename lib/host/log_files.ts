/**
 * Log files. Lines are appended at once, each in one piece, and nothing waits
 * for the disk. A file that logrotate or another process has moved is made anew.
 *
 * @module
 */
import {
  type Fault,
  isFault,
  type LogFile,
  type LogFileOptions,
  type LogFiles,
  type LogLimits,
} from "../world.ts";
import { fitting, renames } from "./log_rotation.ts";
import { faultOf } from "./os_error.ts";
import { nullIf, openOwn } from "./own_file.ts";

/** Log files, and how to wait for their lines. */
export interface HostLogFiles extends LogFiles {
  /** Resolves when every line has been written or dropped. */
  flush(): Promise<void>;
}

/** What a log file needs of the file system. */
export interface LogDisk extends Pick<typeof Deno, "stat" | "rename"> {
  /** Opens a file. */
  open(path: string, options: Deno.OpenOptions): Promise<OpenLog>;
}

/** What a log file needs of an open file. */
export type OpenLog = Pick<
  Deno.FsFile,
  "write" | "stat" | "truncate" | "tryLock" | "unlock" | "close"
>;

/** Identifies a file, also after it was renamed. */
type FileId = Pick<Deno.FileInfo, "dev" | "ino">;

interface Opened {
  readonly file: OpenLog;
  readonly id: FileId;
}

/** An open file, and its length in bytes. */
interface Measured extends Opened {
  readonly size: number;
}

/** How many bytes may wait. */
const maxQueuedBytes = 1024 * 1024;

const lineFeed = 10;

const encoder = new TextEncoder();

/** The log files of this machine. */
export function createLogFiles(disk: LogDisk = Deno): HostLogFiles {
  const files = new Set<AppendedFile>();
  return {
    async open(path, options) {
      const first = await openLog(path, disk);
      if (isFault(first)) return first;
      const file = new AppendedFile(path, disk, options, {
        first,
        isTorn: await endsWithinLine(path),
        onEnd: () => files.delete(file),
      });
      files.add(file);
      return file;
    },
    async flush() {
      await Promise.all(Array.from(files, (file) => file.drained));
    },
  };
}

async function openLog(
  path: string,
  disk: LogDisk,
): Promise<Measured | Fault> {
  const opened = await openOwn(path, { append: true }, disk.open);
  if (isFault(opened)) return opened;
  const { file, info: { dev, ino, size } } = opened;
  return { file, id: { dev, ino }, size };
}

/** Whether a file ends within a line; false if it can't be read. */
async function endsWithinLine(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path);
    await file.seek(-1, Deno.SeekMode.End);
    const last = new Uint8Array(1);
    return await file.read(last) === 1 && last[0] !== lineFeed;
  } catch {
    return false;
  }
}

/** Lines that wait for the disk, and the numbers of lines that were lost. */
class LineQueue {
  lines: Uint8Array[] = [];
  /** How many were lost before the first one that waits. */
  lost = 0;
  /** How many were lost since the last line was written. */
  missing = 0;
  /** How many were lost behind the last one that waits. */
  private lostBehind = 0;
  private queuedBytes = 0;

  /** Adds a line. Returns false if too much waits already. */
  add(line: Uint8Array): boolean {
    if (
      this.queuedBytes > 0 && this.queuedBytes + line.length > maxQueuedBytes
    ) {
      this.lostBehind++;
      this.missing++;
      return false;
    }
    this.lines.push(line);
    this.queuedBytes += line.length;
    return true;
  }

  /** Removes the first lines. */
  take(count: number): void {
    this.lines = this.lines.slice(count);
    this.queuedBytes = lengthOf(this.lines);
    if (this.lines.length > 0) return;
    this.lost += this.lostBehind;
    this.lostBehind = 0;
  }

  /** Drops all lines. */
  drop(): void {
    this.lost += this.lines.length;
    this.missing += this.lines.length;
    this.take(this.lines.length);
  }
}

/** How a log file begins and ends. */
interface Lifetime {
  /** The file as it was opened. */
  readonly first: Opened;
  /** Whether it ends within a line: its writer was killed. */
  readonly isTorn: boolean;
  /** Called once the file is closed for good. */
  readonly onEnd: () => void;
}

class AppendedFile implements LogFile {
  /** Resolves when no line waits. */
  drained: Promise<void> = Promise.resolve();
  private readonly queue = new LineQueue();
  private readonly onEnd: () => void;
  private limits: LogLimits;
  private opened: Opened | null;
  /** The file that ends within a line. */
  private torn: FileId | null;
  private isStale = false;
  private isClosed = false;
  private isBusy = false;
  private readonly hasFailed = { write: false, rotate: false };

  constructor(
    private readonly path: string,
    private readonly disk: LogDisk,
    private readonly options: LogFileOptions,
    { first, isTorn, onEnd }: Lifetime,
  ) {
    this.limits = options;
    this.opened = first;
    this.torn = isTorn ? first.id : null;
    this.onEnd = onEnd;
  }

  write(line: string): void {
    if (this.isClosed) return;
    if (this.queue.add(encoder.encode(line))) return this.start();
    const message = "too much waits for the disk already";
    this.report("write", { code: "EAGAIN", message });
  }

  reopen(limits: LogLimits): void {
    this.limits = limits;
    this.isStale = true;
    this.start();
  }

  close(): void {
    this.isClosed = true;
    this.start();
  }

  private start(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    this.drained = this.drain();
  }

  private async drain(): Promise<void> {
    while (this.queue.lines.length > 0 || this.isStale) {
      const fault = await this.writeSome()
        .catch((error) => faultOf(error, "write"));
      if (fault === null) continue;
      this.queue.drop();
      this.closeFile();
      this.report("write", fault);
    }
    this.isBusy = false;
    if (!this.isClosed) return;
    this.closeFile();
    this.onEnd();
  }

  private report(what: "write" | "rotate", fault: Fault): void {
    if (this.hasFailed[what]) return;
    this.hasFailed[what] = true;
    this.options.onFault(what, fault);
  }

  private closeFile(): void {
    this.opened?.file.close();
    this.opened = null;
  }

  /** Writes as many lines as fit, or rotates the file before the next one. */
  private async writeSome(): Promise<Fault | null> {
    const { queue, limits } = this;
    const here = await this.current();
    if (isFault(here)) return here;
    // Lines that were logged after `reopen()` belong into the new file.
    if (this.isStale || queue.lines.length === 0) return null;
    const { size } = here;
    const { lost } = queue;
    const lineEnd = isSame(this.torn, here.id) && size > 0 ? "\n" : "";
    const lossLine = lost > 0 ? this.options.lossLine(lost) : "";
    const head = encoder.encode(lineEnd + lossLine);
    const room = limits.maxBytes === 0
      ? Infinity
      : limits.maxBytes - size - head.length;
    const fit = fitting(queue.lines, room);
    const count = size === 0 ? Math.max(fit, 1) : fit;
    if (count === 0 && await this.rotate(here)) return null;
    const heading = await this.append(here, head);
    if (heading.fault !== null) return heading.fault;
    queue.lost -= lost;
    // All of them if the file can't be rotated.
    const lines = queue.lines.slice(0, count === 0 ? undefined : count);
    const { end, fault } = await this.append(here, join(lines));
    queue.take(fitting(queue.lines, end));
    if (fault !== null) return fault;
    if (this.hasFailed.write) this.options.onRecovery?.(queue.missing);
    this.hasFailed.write = false;
    queue.missing = 0;
    return null;
  }

  /** The open file; opens another one if its path leads elsewhere by now. */
  private async current(): Promise<Measured | Fault> {
    const { opened } = this;
    if (opened !== null && !this.isStale) {
      const there = await this.disk.stat(this.path).catch(nullIfMissing);
      if (there !== null && isSame(opened.id, there)) {
        return { ...opened, size: there.size };
      }
    }
    this.closeFile();
    this.isStale = false;
    const next = await openLog(this.path, this.disk);
    if (!isFault(next)) this.opened = next;
    return next;
  }

  /** Resolves to how many bytes were written, and why not all of them. */
  private async append(
    { file, id }: Opened,
    bytes: Uint8Array,
  ): Promise<{ readonly end: number; readonly fault: Fault | null }> {
    let end = 0;
    let fault: Fault | null = null;
    try {
      while (end < bytes.length) end += await file.write(bytes.subarray(end));
    } catch (error) {
      fault = faultOf(error, "write");
    }
    if (end > 0) this.torn = bytes[end - 1] === lineFeed ? null : id;
    return { end, fault };
  }

  /** Resolves to whether there may be room now; reports why if there is none. */
  private async rotate({ file, id, size }: Measured): Promise<boolean> {
    const { path, disk, limits: { backups } } = this;
    // The process with the lock rotates the file; others go on writing.
    if (!await file.tryLock(true)) return false;
    try {
      const there = await disk.stat(path).catch(nullIfMissing);
      const isFull = there !== null && isSame(id, there) && there.size >= size;
      if (!isFull) return true;
      if (backups === 0) await file.truncate(0);
      for (const [from, to] of renames(path, backups)) {
        await disk.rename(from, to).catch(nullIfMissing);
      }
      this.hasFailed.rotate = false;
      return true;
    } catch (error) {
      this.report("rotate", faultOf(error, "write"));
      return false;
    } finally {
      await file.unlock();
    }
  }
}

function isSame(a: FileId | null, b: FileId): boolean {
  return a?.ino === b.ino && a.dev === b.dev;
}

const nullIfMissing = nullIf(Deno.errors.NotFound);

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lengthOf(parts));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
