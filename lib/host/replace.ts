/**
 * Replaces files of this machine as a whole.
 *
 * @module
 */
import type { Fault, Files, ReplaceOptions } from "../world.ts";
import { makeFile, type NewFile } from "./new_file.ts";
import { codeOf, faultOf, knownFault } from "./os_error.ts";
import { irregular } from "./own_file.ts";

/** How many bytes are written at a time. */
const bufferSize = 65_536;

/** The name of a new file until it is whole, with the id of the process that makes it. */
const temporary = /^\.lifesign-(\d+)-[\da-f]{8}\.tmp$/;

/** Makes the function that replaces files. It first removes what killed processes have left in the folder. */
export function createReplacer(): Files["replace"] {
  const swept = new Map<string, Promise<void>>();
  const making = new Set<string>();
  return async (path, text, options) => {
    try {
      const folder = folderOf(path);
      const fault = await refuse(path);
      if (fault !== null) return fault;
      const sweeping = swept.get(folder) ?? sweep(folder, making);
      swept.set(folder, sweeping);
      await sweeping;
      await replace(path, text, { ...options, folder, making });
      return null;
    } catch (error) {
      return replaceFault(error);
    }
  };
}

function replaceFault(error: unknown): Fault {
  if (error instanceof Deno.errors.NotCapable) {
    const message =
      "nothing can be replaced in /dev, /proc and /sys, expected another folder, e.g. /run";
    return { code: "EACCES", message };
  }
  return faultOf(error, "replace");
}

/** The folder of a file, with a slash behind it unless it is the present one. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Why something must not be replaced; `null` for a regular file, a link to one, or nothing. */
async function refuse(path: string): Promise<Fault | null> {
  const about = await Deno.stat(path).catch((error) => {
    if (codeOf(error) !== "ENOENT") throw error;
    return null;
  });
  if (about === null || about.isFile) return null;
  return about.isDirectory ? knownFault("EISDIR", "replace") : irregular;
}

/** Where a file is made. */
interface Workplace {
  /** Its folder. */
  readonly folder: string;
  /** The names of the files that this process makes now, in whichever folder. */
  readonly making: Set<string>;
}

async function replace(
  path: string,
  text: string | Iterable<string>,
  { mode, isDurable, folder, making }: ReplaceOptions & Workplace,
): Promise<void> {
  const chance = crypto.randomUUID().slice(0, 8);
  const base = `.lifesign-${Deno.pid}-${chance}.tmp`;
  const name = folder + base;
  making.add(base);
  try {
    const file = await makeFile(name);
    try {
      await writeParts(file, typeof text === "string" ? [text] : text);
      await file.setMode(mode);
      if (isDurable) await file.sync();
    } finally {
      await file.close();
    }
    await Deno.rename(name, path);
  } catch (error) {
    await Deno.remove(name).catch(() => {});
    throw error;
  } finally {
    making.delete(base);
  }
  if (!isDurable) return;
  using directory = await Deno.open(folder === "" ? "." : folder);
  await directory.sync();
}

/** Writes texts one after the other, through one buffer: many texts take little memory. */
async function writeParts(
  file: Pick<NewFile, "write">,
  parts: Iterable<string>,
): Promise<void> {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(bufferSize);
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const { read, written } = encoder.encodeInto(part.slice(at), buffer);
      at += read;
      for (let done = 0; done < written;) {
        done += await file.write(buffer.subarray(done, written));
      }
    }
  }
}

/** Removes this user's unfinished files that nobody is making. Ignores errors. */
async function sweep(
  folder: string,
  making: ReadonlySet<string>,
): Promise<void> {
  try {
    // Without a view of processes, none is known to be gone.
    if (!await exists(`/proc/${Deno.pid}`)) return;
    for await (const { name } of Deno.readDir(folder === "" ? "." : folder)) {
      const [, process] = temporary.exec(name) ?? [];
      if (process === undefined || making.has(name)) continue;
      const { isFile, uid } = await Deno.lstat(folder + name);
      const isOurs = isFile && uid === Deno.uid();
      // A process that is gone may have had this one's id.
      const isGone = Number(process) === Deno.pid ||
        !await exists(`/proc/${process}`);
      if (isOurs && isGone) await Deno.remove(folder + name);
    }
  } catch {
    // Another process may be at it as well.
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
