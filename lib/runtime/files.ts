/**
 * Files.
 *
 * @module
 */
import { errors } from "./errors.ts";
import { type Metadata, native } from "./native.ts";
import type { FileInfo, FsFile, OpenOptions } from "./offered.ts";

const kindMask = 0o170000;

/** What the system says of a file. */
class Info implements FileInfo {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  readonly isFifo: boolean;
  readonly isSocket: boolean;
  readonly mode: number;
  readonly size: number;
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
  readonly nlink: number;

  constructor([mode, size, dev, ino, uid, nlink]: Metadata) {
    const kind = mode & kindMask;
    this.isFile = kind === 0o100000;
    this.isDirectory = kind === 0o040000;
    this.isSymlink = kind === 0o120000;
    this.isFifo = kind === 0o010000;
    this.isSocket = kind === 0o140000;
    this.mode = mode;
    this.size = size;
    this.dev = dev;
    this.ino = ino;
    this.uid = uid;
    this.nlink = nlink;
  }
}

/** An open file whose permissions can be set. */
export interface ModalFile extends FsFile {
  /** Sets its permissions, whatever its path leads to by now. */
  setMode(mode: number): Promise<void>;
}

class OpenFile implements ModalFile {
  constructor(private fd: number) {}

  async read(buffer: Uint8Array): Promise<number | null> {
    return await (buffer.length === 0
      ? 0
      : native.read(this.fd, buffer) || null);
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await this.writeSync(bytes);
  }

  writeSync(bytes: Uint8Array): number {
    return native.write(this.fd, bytes, 0);
  }

  async seek(offset: number, whence: number): Promise<number> {
    return await this.seekSync(offset, whence);
  }

  seekSync(offset: number, whence: number): number {
    return native.seek(this.fd, offset, whence);
  }

  async truncate(length?: number): Promise<void> {
    await this.truncateSync(length);
  }

  truncateSync(length = 0): void {
    native.truncate(this.fd, length);
  }

  async stat(): Promise<FileInfo> {
    return await new Info(native.stat(this.fd));
  }

  async sync(): Promise<void> {
    await native.sync(this.fd);
  }

  async tryLock(exclusive?: boolean): Promise<boolean> {
    return await this.tryLockSync(exclusive);
  }

  tryLockSync(exclusive = false): boolean {
    const operation = exclusive ? native.LOCK_EX : native.LOCK_SH;
    return native.lock(this.fd, operation | native.LOCK_NB);
  }

  async unlock(): Promise<void> {
    await native.lock(this.fd, native.LOCK_UN);
  }

  async setMode(mode: number): Promise<void> {
    await native.setMode(this.fd, mode);
  }

  close(): void {
    native.close(this.fd);
    this.fd = -1;
  }

  [Symbol.dispose](): void {
    if (this.fd >= 0) this.close();
  }
}

/** Throws what Deno does for files that no program of this kind should write. */
function refuseSystem(path: string): void {
  if (!/^\/+(dev|proc|sys)(\/|$)/.test(path) || path === "/dev/null") return;
  throw new errors.NotCapable(`Requires write access to "${path}"`);
}

/** Opens a file; for reading alone if nothing else is said. */
export function openSync(
  path: string,
  { read, write, append, createNew, mode }: OpenOptions = { read: true },
): ModalFile {
  const isWritten = write || append;
  if (isWritten) refuseSystem(path);
  const flags = (isWritten ? read ? native.O_RDWR : native.O_WRONLY : 0) |
    (append ? native.O_APPEND : 0) |
    (createNew ? native.O_CREAT | native.O_EXCL : 0);
  return new OpenFile(native.open(path, flags, mode ?? 0o666));
}

/** Metadata of what a path leads to. */
export function statSync(path: string): FileInfo {
  return new Info(native.statPath(path, true));
}

/** Metadata of what has a path, be it a link. */
export function lstatSync(path: string): FileInfo {
  return new Info(native.statPath(path, false));
}

/** Removes a file. */
export function removeSync(path: string): void {
  refuseSystem(path);
  native.unlink(path);
}

/** Renames a file. */
export function renameSync(from: string, to: string): void {
  refuseSystem(from);
  refuseSystem(to);
  native.rename(from, to);
}

/** The names in a folder. */
export async function* readDir(
  path: string,
): AsyncGenerator<{ name: string }> {
  for (const name of await native.readFolder(path)) yield { name };
}
