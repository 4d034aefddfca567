/**
 * The files that a protocol's settings name, such as certificates or headers.
 *
 * @module
 */
import type { ValidSession } from "../config/session.ts";
import { keyOf } from "../config/settings.ts";
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
  { files }: Pick<World, "files">,
): Promise<SettingFiles> {
  const contents: Record<string, unknown> = {};
  const mistakes: Mistake[] = [];
  for (const [setting, kind] of Object.entries(protocol.files)) {
    const path = values[setting];
    if (typeof path !== "string") continue;
    const file = await files.read(path, { longest: longestFile, pipes: false });
    const found = contentOf(file, { path, setting, kind, user: files.user });
    if ("mistake" in found) mistakes.push(found.mistake);
    else contents[setting] = found.content;
  }
  return { contents, mistakes };
}

function contentOf(
  file: FileContent | Fault,
  { path, setting, kind: { isSecret, parse }, user }: {
    readonly path: string;
    readonly setting: string;
    readonly kind: FileContentSetting;
    readonly user: number;
  },
): { readonly content: unknown } | { readonly mistake: Mistake } {
  const name = nameOf(path);
  const what = keyOf(setting);
  const mistake = (kind: Mistake["kind"], problem: string) => ({
    mistake: { kind, message: `${name}: Cannot ${problem}` },
  });
  if (isFault(file)) return mistake("noinput", `read ${what}: ${file.message}`);
  const isExposed = isSecret && (file.mode & 0o044) !== 0;
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
