/**
 * The files that a protocol's settings name, such as certificates or headers.
 *
 * @module
 */
import type { ValidSession } from "../config/session.ts";
import { keyOf } from "../config/settings.ts";
import { expandHome } from "../config/sources.ts";
import { distrust, inShell, nameOf } from "../config/trust.ts";
import type { Mistake } from "../errors.ts";
import type { FileContentSetting } from "../protocol/protocol.ts";
import { type Fault, type FileContent, isFault, type World } from "../world.ts";

/** The longest of other files that settings name, in bytes. */
const longestFile = 1024 * 1024;

/** What the files hold that a session's settings name, and what is wrong with them. */
export interface SettingFiles {
  /** Their contents as the protocol reads them, by setting. */
  readonly contents: Readonly<Record<string, unknown>>;
  /** Why some can't be used; none if all can. */
  readonly mistakes: readonly Mistake[];
}

/** Reads them. */
export async function readSettingFiles(
  { protocol, values }: ValidSession,
  world: Pick<World, "environment" | "files">,
): Promise<SettingFiles> {
  const contents: Record<string, unknown> = {};
  const mistakes: Mistake[] = [];
  for (const [setting, kind] of Object.entries(protocol.files)) {
    const named = values[setting];
    const paths = typeof named === "string"
      ? [named]
      : usualPaths(kind, world.environment);
    for (const path of paths) {
      const found = await readSettingFile(path, { setting, kind, world });
      if ("content" in found) {
        contents[setting] = found.content;
        break;
      }
      if (path === named) mistakes.push(found.mistake);
    }
  }
  return { contents, mistakes };
}

/** Where a file may be that no setting names. */
function usualPaths(
  { usual = [] }: FileContentSetting,
  { get }: World["environment"],
): string[] {
  return usual.map((path) =>
    path.startsWith("$") ? get(path.slice(1)) ?? "" : expandHome(path, get)
  ).filter((path) => path !== "");
}

/** What a file holds as its setting means it, or why it can't be used. */
export type Found = { readonly content: unknown } | {
  readonly mistake: Mistake;
};

/** Reads the content of a file that a setting names. */
export async function readSettingFile(
  path: string,
  { setting, kind, world: { files } }: {
    readonly setting: string;
    readonly kind: FileContentSetting;
    readonly world: Pick<World, "files">;
  },
): Promise<Found> {
  const file = await files.read(path, { longest: longestFile, pipes: false });
  return contentOf(file, { path, setting, kind, user: files.user });
}

function contentOf(
  file: FileContent | Fault,
  { path, setting, kind: { isSecret, parse }, user }: {
    readonly path: string;
    readonly setting: string;
    readonly kind: FileContentSetting;
    readonly user: number;
  },
): Found {
  const name = nameOf(path);
  const what = keyOf(setting);
  const mistake = (kind: Mistake["kind"], problem: string) => ({
    mistake: { kind, message: `${name}: Cannot ${problem}` },
  });
  if (isFault(file)) return mistake("noinput", `read ${what}: ${file.message}`);
  // Root gives a service its secrets by the file's group.
  const others = file.owner === 0 ? 0o004 : 0o044;
  const isExposed = isSecret && (file.mode & others) !== 0;
  const reason = distrust(name, file, user) ??
    (isExposed
      ? `others can read the file, \`chmod go-r ${inShell(path)}\` fixes that`
      : null);
  if (reason !== null) return mistake("config", `trust ${what}: ${reason}`);
  try {
    return { content: parse(file.bytes) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return mistake("noinput", `use ${what}: ${error.message}`);
  }
}
