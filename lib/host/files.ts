/**
 * Files of this machine.
 *
 * @module
 */
import {
  type Fault,
  type FileContent,
  type Files,
  isFault,
  pipeCode,
  type ReadOptions,
} from "../world.ts";
import { lockAtNeed, replacerAtNeed } from "./at_need.ts";
import { endChild } from "./end_child.ts";
import { fileContent, type Readable, readBytes } from "./file_content.ts";
import { faultOf, knownFault } from "./os_error.ts";

/** The names of stdin, which can't be opened by its path here. */
const stdin = new Set(["-", "/dev/stdin", "/dev/fd/0"]);

/** Files, and how to give up those that are still read. */
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
          : await readFile(path, options, readers);
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
      for (const reader of readers) endChild(reader);
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
  options: ReadOptions,
  readers: Readers,
): Promise<FileContent | Fault> {
  // Opening a pipe without a writer stops the whole process, a device may do anything.
  const info = await Deno.stat(path);
  if (info.isDirectory) return knownFault("EISDIR", "read");
  if (info.isFifo && !options.pipes) {
    return { code: pipeCode, message: "it is a pipe, expected a file" };
  }
  if (!info.isFile && !info.isFifo) {
    return { code: "EINVAL", message: "it is neither a file nor a pipe" };
  }
  if (info.isFifo) return await readPipe(path, options, { info, readers });
  using file = await Deno.open(path);
  const opened = await file.stat();
  const bytes = await readWhole(file, options);
  return isFault(bytes) ? bytes : fileContent(bytes, opened);
}

/** Lets another process wait for the writer: opening a pipe here would stop everything else. */
async function readPipe(
  path: string,
  options: ReadOptions,
  { info, readers }: {
    readonly info: Deno.FileInfo;
    readonly readers: Readers;
  },
): Promise<FileContent | Fault> {
  const cat = new Deno.Command("/bin/cat", {
    args: ["--", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  readers.add(cat);
  const reader = cat.stdout.getReader();
  let unread = new Uint8Array();
  const bytes = await readWhole({
    async read(buffer) {
      if (unread.length === 0) {
        const { value, done } = await reader.read();
        if (done) return null;
        unread = value;
      }
      const part = unread.subarray(0, buffer.length);
      buffer.set(part);
      unread = unread.subarray(part.length);
      return part.length;
    },
  }, options);
  await reader.cancel();
  // It waits as long as the writer does.
  if (isFault(bytes)) endChild(cat);
  const { success } = await cat.status;
  readers.delete(cat);
  if (isFault(bytes)) return bytes;
  return success ? fileContent(bytes, info) : knownFault("EACCES", "read");
}

async function readStdin(options: ReadOptions): Promise<FileContent | Fault> {
  const bytes = await readWhole(Deno.stdin, options);
  if (isFault(bytes)) return bytes;
  return { bytes, isRegular: false, owner: currentUser(), mode: 0o600 };
}

async function readWhole(
  file: Readable,
  { longest }: ReadOptions,
): Promise<Uint8Array | Fault> {
  const bytes = await readBytes(file, longest);
  if (bytes.length <= longest) return bytes;
  return { code: "EFBIG", message: `it is longer than ${longest / 1024} KiB` };
}
