/**
 * Files of this machine.
 *
 * @module
 */
import type { Fault, Files, FileText } from "../world.ts";
import { codeOf, messageOf } from "./os_error.ts";

/** No file that is read here has any business to be longer, in bytes. */
const longest = 64 * 1024;

const sentences: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "reading it is not permitted",
  EPERM: "reading it is not permitted",
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links go in a circle",
};

/** The files of this machine, seen as the user that this process runs under. */
export const files: Files = {
  async read(path) {
    try {
      return path === "-" ? await readStdin() : await readFile(path);
    } catch (error) {
      const code = codeOf(error);
      return { code, message: sentences[code] ?? messageOf(error) };
    }
  },
  get user() {
    return Deno.uid() ?? 0;
  },
};

async function readFile(path: string): Promise<FileText | Fault> {
  // Opening a device or a socket may do anything, and to open a directory makes no sense.
  const { isFile, isFifo, isDirectory } = await Deno.stat(path);
  if (isDirectory) return { code: "EISDIR", message: sentences["EISDIR"]! };
  if (!isFile && !isFifo) {
    return { code: "EINVAL", message: "it is neither a file nor a pipe" };
  }
  using file = await Deno.open(path);
  const info = await file.stat();
  return {
    text: await readText(file),
    isRegular: info.isFile,
    owner: info.uid ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
  };
}

async function readStdin(): Promise<FileText> {
  const text = await readText(Deno.stdin);
  return { text, isRegular: false, owner: files.user, mode: 0o600 };
}

async function readText(
  file: { read(buffer: Uint8Array): Promise<number | null> },
): Promise<string> {
  const bytes = new Uint8Array(longest);
  let length = 0;
  while (length < longest) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}
