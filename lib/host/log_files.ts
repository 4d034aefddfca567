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
  type LogLimits,
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
        isTorn: await endsInLine(path),
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

/** Opens a log file for appending. */
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

/** Lines that wait for the disk, and how many did not get that far. */
class LineQueue {
  lines: Uint8Array[] = [];
  /** Lines that were lost before the first one that waits. */
  lost = 0;
  /** Lines that were lost since lines are. */
  missing = 0;
  /** Lines that were lost behind the last one that waits. */
  private lostBehind = 0;
  private waiting = 0;

  /** Adds a line, unless too much waits already; returns whether it did. */
  add(line: Uint8Array): boolean {
    if (this.waiting > 0 && this.waiting + line.length > longestQueue) {
      this.lostBehind++;
      this.missing++;
      return false;
    }
    this.lines.push(line);
    this.waiting += line.length;
    return true;
  }

  /** Removes the first lines. */
  take(count: number): void {
    this.lines = this.lines.slice(count);
    this.waiting = lengthOf(this.lines);
    if (this.lines.length > 0) return;
    this.lost += this.lostBehind;
    this.lostBehind = 0;
  }

  /** Loses all that wait. */
  drop(): void {
    this.lost += this.lines.length;
    this.missing += this.lines.length;
    this.take(this.lines.length);
  }
}

/** What a log file begins with. */
interface Beginning {
  /** The file as it was opened. */
  readonly first: Opened;
  /** Whether it ends in the middle of a line, which somebody was killed in. */
  readonly isTorn: boolean;
  /** Is told when it has let go of the file for good. */
  readonly onEnd: () => void;
}

class AppendedFile implements LogFile {
  /** Resolves when nothing waits any more. */
  drained: Promise<void> = Promise.resolve();
  private readonly queue = new LineQueue();
  private readonly onEnd: () => void;
  private limits: LogLimits;
  private opened: Opened | null;
  /** The file that ends in the middle of a line. */
  private torn: FileId | null;
  private isStale = false;
  private isClosed = false;
  private isBusy = false;
  private readonly isWrong = { write: false, rotate: false };

  constructor(
    private readonly path: string,
    private readonly disk: LogDisk,
    private readonly options: LogFileOptions,
    { first, isTorn, onEnd }: Beginning,
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
    this.tell("write", { code: "EAGAIN", message });
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
      this.letGo();
      this.tell("write", fault);
    }
    this.isBusy = false;
    if (!this.isClosed) return;
    this.letGo();
    this.onEnd();
  }

  private tell(what: "write" | "rotate", fault: Fault): void {
    if (this.isWrong[what]) return;
    this.isWrong[what] = true;
    this.options.onFault(what, fault);
  }

  private letGo(): void {
    this.opened?.file.close();
    this.opened = null;
  }

  /** Writes as many lines as fit, or rotates the file before the next one. */
  private async writeSome(): Promise<Fault | null> {
    const { queue, limits } = this;
    const here = await this.current();
    if (isFault(here)) return here;
    // What was logged after `reopen()` belongs into the file that is there since.
    if (this.isStale || queue.lines.length === 0) return null;
    const { size } = here;
    const told = queue.lost;
    const head = this.headOf(told, isSame(this.torn, here.id) && size > 0);
    const room = limits.maxBytes === 0
      ? Infinity
      : limits.maxBytes - size - head.length;
    const fit = fitting(queue.lines, room);
    const count = size === 0 ? Math.max(fit, 1) : fit;
    if (count === 0 && await this.rotate(here)) return null;
    const heading = await this.append(here, head);
    if (heading.fault !== null) return heading.fault;
    queue.lost -= told;
    // Where it can't be rotated, all of them.
    const lines = queue.lines.slice(0, count === 0 ? undefined : count);
    const { end, fault } = await this.append(here, join(lines));
    queue.take(fitting(queue.lines, end));
    if (fault !== null) return fault;
    if (this.isWrong.write) this.options.onRecovery?.(queue.missing);
    this.isWrong.write = false;
    queue.missing = 0;
    return null;
  }

  /** The open file, unless another one is at its path by now. */
  private async current(): Promise<
    Opened & { readonly size: number } | Fault
  > {
    const { opened } = this;
    if (opened !== null && !this.isStale) {
      const there = await this.disk.stat(this.path).catch(nullIfMissing);
      if (there !== null && isSame(opened.id, there)) {
        return { ...opened, size: there.size };
      }
    }
    this.letGo();
    this.isStale = false;
    const next = await openLog(this.path, this.disk);
    if (!isFault(next)) this.opened = next;
    return next;
  }

  /** What has to be said before the next line. */
  private headOf(lost: number, isTorn: boolean): Uint8Array {
    const loss = lost > 0 ? this.options.lossLine(lost) : "";
    return encoder.encode(isTorn ? `\n${loss}` : loss);
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

  /** Resolves to whether there may be room now; tells why if there isn't. */
  private async rotate(
    { file, id, size }: Opened & { readonly size: number },
  ): Promise<boolean> {
    const { path, disk, limits: { backups } } = this;
    // Who holds the lock rotates the file; lines may be written meanwhile.
    if (!await file.tryLock(true)) return false;
    try {
      const there = await disk.stat(path).catch(nullIfMissing);
      const isFull = there !== null && isSame(id, there) && there.size >= size;
      if (!isFull) return true;
      if (backups === 0) await file.truncate(0);
      for (const [from, to] of renames(path, backups)) {
        await disk.rename(from, to).catch(nullIfMissing);
      }
      this.isWrong.rotate = false;
      return true;
    } catch (error) {
      this.tell("rotate", faultOf(error, "write"));
      return false;
    } finally {
      await file.unlock();
    }
  }
}

function isSame(a: FileId | null, b: FileId): boolean {
  return a?.ino === b.ino && a.dev === b.dev;
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

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
