/**
 * Files that are written in place. They are regular and belong to root or this
 * user, and no other user can have put a link into their path.
 *
 * @module
 */
import type { Fault } from "../world.ts";
import { faultOf, knownFault } from "./os_error.ts";

/** How often to try again if the open file is not the one that was found. */
const maxAttempts = 100;

/** How many links a path may follow, as in Linux. */
const maxLinks = 40;

/** An open file, and what it was when it was opened. */
export interface OwnFile<File> {
  /** The open file. */
  readonly file: File;
  /** Its metadata. */
  readonly info: Deno.FileInfo;
}

/**
 * Opens a regular file, or makes it for this user alone (0600). Never rejects.
 * Deno has no O_NOFOLLOW: links are followed one by one before, and the open
 * file has to be the one that was found.
 */
export async function openOwn<
  File extends Pick<Deno.FsFile, "stat" | "close">,
>(
  path: string,
  options: Pick<Deno.OpenOptions, "append" | "read" | "write">,
  open: (path: string, options: Deno.OpenOptions) => Promise<File>,
): Promise<OwnFile<File> | Fault> {
  try {
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
      const info = await file.stat().catch((error) => {
        file.close();
        throw error;
      });
      const isSame = place.info === null ||
        place.info.dev === info.dev && place.info.ino === info.ino;
      if (isSame) return { file, info };
      file.close();
    }
    return { code: "EAGAIN", message: "another process keeps replacing it" };
  } catch (error) {
    return faultOf(error, "write");
  }
}

/** Where a path leads. */
interface Place {
  /** The path without links. */
  readonly path: string;
  /** Its folder. */
  readonly folder: string;
  /** What is there; `null` if nothing is there. */
  readonly info: Deno.FileInfo | null;
}

/** Follows a path from folder to folder, without links that another user could have made. */
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
      // Links of the system may lead to something without a path, such as a pipe.
      if (there !== null && !there.isFile && !there.isDirectory) {
        return irregular;
      }
      const target = await Deno.readLink(here);
      if (target.startsWith("/")) folder = "/";
      parts.unshift(...target.split("/").filter((part) => part !== ""));
    } else if (parts.length === 0) {
      return { path: here, folder, info };
    } else if (info === null) {
      if (links === 0) return knownFault("ENOENT", "write");
      const message = `it is a link into ${shown(here)}, which does not exist`;
      return { code: "ENOENT", message };
    } else folder = `${here}/`;
  }
}

/** The fault for something that is neither a file nor a folder. */
export const irregular: Fault = {
  code: "EINVAL",
  message: "it is no regular file",
};

/** Why something may not be written; `null` if it may. Opening a pipe would stop everything, a device may do anything. */
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

/** Whether another user can put something into a folder. */
async function isForeign(folder: string): Promise<boolean> {
  const info = await Deno.stat(folder);
  return !isOurs(info) || ((info.mode ?? 0) & 0o022) !== 0;
}

/** A handler that turns errors of one class into `null`. */
export function nullIf(
  kind: new (message: string) => Error,
): (error: unknown) => null {
  return (error) => {
    if (error instanceof kind) return null;
    throw error;
  };
}
