/**
 * Files of this machine.
 *
 * @module
 */
import {
  type Fault,
  type FileContent,
  type Files,
  pipeCode,
  type ReadOptions,
} from "../world.ts";
import { lockAtNeed, replacerAtNeed } from "./at_need.ts";
import { faultOf, knownFault } from "./os_error.ts";

/** What stands for stdin, which can't be opened by its path here. */
const stdin = new Set(["-", "/dev/stdin", "/dev/fd/0"]);

/** Files, and what is left to be done at the end. */
export interface HostFiles extends Files {
  /** Ends the processes that still wait for the writer of a pipe. */
  close(): void;
}

/** The files of this machine, seen as the user that this process runs under. */
export function createFiles(): HostFiles {
  const readers: Readers = new Set();
  return {
    async read(path, options) {
      try {
        return stdin.has(path) && options.pipes
          ? await readStdin(options)
          : await readFile(path, { ...options, readers });
      } catch (error) {
        return faultOf(error, "read");
      }
    },
    lock: (path, { longest }) => lockAtNeed(path, longest),
    replace: replacerAtNeed(),
    get user() {
      return currentUser();
    },
    close() {
      for (const reader of readers) reader.kill();
    },
  };
}

/** Processes that read a pipe. */
type Readers = Set<Deno.ChildProcess>;

function currentUser(): number {
  return Deno.uid() ?? 0;
}

async function readFile(
  path: string,
  options: ReadOptions & { readonly readers: Readers },
): Promise<FileContent | Fault> {
  // Opening a pipe without a writer stops the whole process, a device may do anything.
  const about = await Deno.stat(path);
  const { isFile, isFifo, isDirectory } = about;
  if (isDirectory) return knownFault("EISDIR", "read");
  if (isFifo && !options.pipes) {
    return { code: pipeCode, message: "it is a pipe, expected a file" };
  }
  if (!isFile && !isFifo) {
    return { code: "EINVAL", message: "it is neither a file nor a pipe" };
  }
  if (isFifo) return await readPipe(path, about, options);
  using file = await Deno.open(path);
  const info = await file.stat();
  const bytes = await readAll(file, options);
  if (!(bytes instanceof Uint8Array)) return bytes;
  return {
    bytes,
    isRegular: info.isFile,
    owner: info.uid ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
  };
}

/** Lets another process wait for the writer: opening a pipe here would stop everything else. */
async function readPipe(
  path: string,
  { uid, mode }: Deno.FileInfo,
  options: ReadOptions & { readonly readers: Readers },
): Promise<FileContent | Fault> {
  const cat = new Deno.Command("/bin/cat", {
    args: ["--", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  options.readers.add(cat);
  const reader = cat.stdout.getReader();
  let rest = new Uint8Array();
  const bytes = await readAll({
    async read(buffer) {
      if (rest.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        rest = value;
      }
      const part = rest.subarray(0, buffer.length);
      buffer.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  }, options);
  await reader.cancel();
  const { success } = await cat.status;
  options.readers.delete(cat);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (!success) return knownFault("EACCES", "read");
  return {
    bytes,
    isRegular: false,
    owner: uid ?? 0,
    mode: (mode ?? 0) & 0o7777,
  };
}

async function readStdin(options: ReadOptions): Promise<FileContent | Fault> {
  const bytes = await readAll(Deno.stdin, options);
  if (!(bytes instanceof Uint8Array)) return bytes;
  return { bytes, isRegular: false, owner: currentUser(), mode: 0o600 };
}

async function readAll(
  file: { read(buffer: Uint8Array): Promise<number | null> },
  { longest }: ReadOptions,
): Promise<Uint8Array | Fault> {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (;;) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length > longest) {
      const message = `it is longer than ${longest / 1024} KiB`;
      return { code: "EFBIG", message };
    }
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
}
