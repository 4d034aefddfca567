/**
 * Files that are written in place: only regular ones that belong to root or to
 * this user, and only by a path that nobody else could have led elsewhere.
 *
 * @module
 */
import type { Fault } from "../world.ts";
import { faultOf, knownFault } from "./os_error.ts";

/** How often to begin again with a file that is another one once it is open. */
const maxAttempts = 100;

/** How many links a path may follow, as in Linux. */
const maxLinks = 40;

/** What is open, and what it was when it was opened. */
export interface OwnFile<File> {
  /** The open file. */
  readonly file: File;
  /** What it is. */
  readonly info: Deno.FileInfo;
}

/** What is needed of an open file. */
export interface Openable {
  /** Looks at it. */
  stat(): Promise<Deno.FileInfo>;
  /** Lets go of it. */
  close(): void;
}

/**
 * Opens a regular file, makes it for this user alone (0600) if there is none.
 * Never rejects. There is no O_NOFOLLOW here: links are followed one by one
 * before, and the open file has to be the one that was found.
 */
export function openOwn<File extends Openable>(
  path: string,
  options: Pick<Deno.OpenOptions, "append" | "read" | "write">,
  open: (path: string, options: Deno.OpenOptions) => Promise<File>,
): Promise<OwnFile<File> | Fault> {
  return openFound(path, options, open)
    .catch((error) => faultOf(error, "write"));
}

async function openFound<File extends Openable>(
  path: string,
  options: Pick<Deno.OpenOptions, "append" | "read" | "write">,
  open: (path: string, options: Deno.OpenOptions) => Promise<File>,
): Promise<OwnFile<File> | Fault> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const place = await follow(path);
    if ("code" in place) return place;
    const obstacle = place.info && await refuse(place.info, place.folder);
    if (obstacle !== null) return obstacle;
    // A file that is made is no link: `createNew` follows none.
    const file = place.info === null
      ? await open(place.path, { ...options, createNew: true, mode: 0o600 })
        .catch(nullIf(Deno.errors.AlreadyExists))
      : await open(place.path, options).catch(nullIf(Deno.errors.NotFound));
    if (file === null) continue;
    const info = await file.stat();
    const isSame = place.info === null ||
      place.info.dev === info.dev && place.info.ino === info.ino;
    if (isSame) return { file, info };
    file.close();
  }
  return { code: "EAGAIN", message: "another process keeps replacing it" };
}

/** Where a path leads. */
interface Place {
  /** The path without links. */
  readonly path: string;
  /** Its folder. */
  readonly folder: string;
  /** What is there; `null` if nothing is. */
  readonly info: Deno.FileInfo | null;
}

/** Follows a path from folder to folder, and no link that somebody else could have put there. */
async function follow(path: string): Promise<Place | Fault> {
  let folder = path.startsWith("/") ? "/" : "./";
  const parts = path.split("/").filter((part) => part !== "");
  for (let links = 0;;) {
    const name = parts.shift() ?? ".";
    const here = folder + name;
    const info = await Deno.lstat(here).catch(nullIf(Deno.errors.NotFound));
    if (info?.isSymlink) {
      if (++links > maxLinks) return knownFault("ELOOP", "write");
      if (!isOurs(info) || await isForeign(folder)) {
        return {
          code: "EPERM",
          message: `${shown(here)} is a link that another user could have made`,
        };
      }
      const there = await Deno.stat(here).catch(() => null);
      // Links of the system's lead to what has no path, such as a pipe.
      if (there !== null && !there.isFile && !there.isDirectory) {
        return irregular;
      }
      const target = await Deno.readLink(here);
      if (target.startsWith("/")) folder = "/";
      parts.unshift(...target.split("/").filter((part) => part !== ""));
    } else if (parts.length === 0) {
      return { path: here, folder, info };
    } else if (info === null) {
      return missing(links > 0 ? here : null);
    } else folder = `${here}/`;
  }
}

/** What is said of what is neither a file nor a folder. */
export const irregular: Fault = {
  code: "EINVAL",
  message: "it is no regular file",
};

/** Says that a folder is missing, and which one, if the path does not tell that. */
function missing(folder: string | null): Fault {
  if (folder === null) return knownFault("ENOENT", "write");
  const message = `it is a link into ${shown(folder)}, which does not exist`;
  return { code: "ENOENT", message };
}

/** Why what is there may not be written; `null` if it may. Opening a pipe would stop everything, a device may do anything. */
async function refuse(
  info: Deno.FileInfo,
  folder: string,
): Promise<Fault | null> {
  if (info.isDirectory) return knownFault("EISDIR", "write");
  if (!info.isFile) return irregular;
  if (!isOurs(info)) {
    const message =
      `it belongs to user ${info.uid}, expected root or user ${Deno.uid()}`;
    return { code: "EPERM", message };
  }
  if (info.nlink === 1 || !await isForeign(folder)) return null;
  const message = "it has another name that another user could have made";
  return { code: "EPERM", message };
}

function shown(path: string): string {
  return path.replace(/^\.\//, "");
}

function isOurs({ uid }: Deno.FileInfo): boolean {
  return uid === null || uid === 0 || uid === Deno.uid();
}

/** Whether another user may put something into a folder. */
async function isForeign(folder: string): Promise<boolean> {
  const info = await Deno.stat(folder);
  return !isOurs(info) || ((info.mode ?? 0) & 0o022) !== 0;
}

function nullIf(
  kind: new (message: string) => Error,
): (error: unknown) => null {
  return (error) => {
    if (error instanceof kind) return null;
    throw error;
  };
}
