/**
 * The file that holds the settings of a lifesign that somebody else starts.
 *
 * @module
 */
import type { SettingText } from "../../config/layers.ts";
import type { Finding, Origin } from "../../config/origin.ts";
import { fileNames, longestConfig } from "../../config/sources.ts";
import { control, quote } from "../../config/quote.ts";
import { distrust, inShell, nameOf } from "../../config/trust.ts";
import { type FileContent, isFault, type World } from "../../world.ts";
import type { Arguments } from "../arguments.ts";

/** The one file that holds the settings. */
export interface ConfigFile extends FileContent {
  /** Its path. */
  readonly path: string;
  /** What names it. */
  readonly origin: Origin;
  /** The path of another file with settings; `undefined` if there is none. */
  readonly rival: string | undefined;
}

/** The file that a flag or else the environment names. */
export function namedConfig(
  { layer }: Arguments,
  { environment }: Pick<World, "environment">,
): SettingText | undefined {
  const name = "LIFESIGN_CONFIG";
  const text = environment.get(name);
  const origin = { type: "environment", name } as const;
  return layer["config"] ?? (text === undefined ? undefined : { text, origin });
}

/** Finds the file that was named, or the first of the usual ones; `null` if there is none. */
export async function findConfig(
  named: SettingText | undefined,
  { files, environment }: Pick<World, "environment" | "files">,
): Promise<ConfigFile | null> {
  const origin = named?.origin ?? { type: "default" };
  const found: (FileContent & { path: string })[] = [];
  for (const path of fileNames(named?.text, environment.get)) {
    const options = { longest: longestConfig, pipes: false };
    const content = await files.read(path, options);
    if (!isFault(content)) found.push({ ...content, path });
  }
  const [first, second] = found;
  return first === undefined ? null : { ...first, origin, rival: second?.path };
}

/** What is wrong if none of the usual files is there. */
export const noConfig: Finding = {
  origin: { type: "default" },
  message:
    "Cannot start without a file with the settings: expected /etc/lifesign.conf, ~/.config/lifesign.conf or --config FILE",
};

/** What is wrong with a path that means another file in another folder. */
export function relativePath({ text, origin }: SettingText): Finding[] {
  if (text.startsWith("/") && !control.test(text)) return [];
  const what = text === "-" ? "stdin" : quote(text);
  const message =
    `Cannot use ${what} in a unit: expected a path that begins with /, e.g. /var/lib/lifesign/file`;
  return [{ origin, message }];
}

/** Why a user can't use the file. */
export function unfitConfig(
  config: ConfigFile,
  user: number,
  nameOfUser: (user: number) => string,
): Finding[] {
  const { path, origin, owner, mode, rival } = config;
  const findings = relativePath({ text: path, origin });
  const complain = (message: string) =>
    findings.push({ origin: { type: "default" }, message });
  if (rival !== undefined) {
    complain(
      `Cannot start with both ${nameOf(path)} and ${
        nameOf(rival)
      }: expected one file, e.g. --config ${inShell(path)}`,
    );
  }
  const reason = distrust(nameOf(path), config, user);
  if (reason !== null) {
    complain(
      `Cannot start as ${nameOfUser(user)} with ${nameOf(path)}: ${reason}`,
    );
  }
  if (owner !== user && (mode & 0o044) === 0) {
    complain(
      `Cannot read ${nameOf(path)} as ${
        nameOfUser(user)
      }: only its owner can, \`chmod go+r ${
        inShell(nameOf(path))
      }\` fixes that`,
    );
  }
  return findings;
}
