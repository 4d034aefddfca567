/**
 * The configuration files: their paths, whether they can be trusted, and their
 * content.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { isFault, type World } from "../world.ts";
import { isUtf16 } from "./encoding.ts";
import type { Section } from "./file.ts";
import type { Finding } from "./origin.ts";
import { quote } from "./quote.ts";
import { isVerbatim } from "./settings.ts";
import { distrust, nameOf } from "./trust.ts";

/** A file that was read. */
export interface Source {
  /** Its name in messages. */
  readonly file: string;
  /** Its sections. */
  readonly sections: readonly Section[];
}

/** The configuration files; a later one has precedence. */
export interface Sources {
  /** The files that could be read. */
  readonly sources: readonly Source[];
  /** What is wrong inside them. */
  readonly findings: readonly Finding[];
  /** Why files could not be read or trusted. */
  readonly mistakes: readonly Mistake[];
  /** Warnings, which stop nothing. */
  readonly warnings: readonly string[];
}

/** The configuration file of the machine. */
export const systemFile = "/etc/lifesign.conf";

/** The longest configuration file that is read, in bytes. */
export const longestConfig: number = 16 * 1024 * 1024;

/** The file that the user named, or else those of the machine and of the user. */
export function fileNames(
  named: string | undefined,
  get: World["environment"]["get"],
): string[] {
  if (named !== undefined) return [expandHome(named, get)];
  const home = get("HOME");
  const xdg = get("XDG_CONFIG_HOME");
  const folder = xdg?.startsWith("/") ? xdg : home && `${home}/.config`;
  return folder ? [systemFile, `${folder}/lifesign.conf`] : [systemFile];
}

/** Replaces a leading `~` by the user's home, if that is known. */
export function expandHome(
  path: string,
  get: World["environment"]["get"],
): string {
  const home = get("HOME");
  return home ? path.replace(/^~(?=\/|$)/, home) : path;
}

/** Reads the configuration files. A file that the user named has to exist. */
export async function readSources(
  named: string | undefined,
  { files, environment }: Pick<World, "files" | "environment">,
): Promise<Sources> {
  const sources: Source[] = [];
  const findings: Finding[] = [];
  const mistakes: Mistake[] = [];
  const warnings: string[] = [];
  if (named === "-" || named === "") {
    const message = `--config: Cannot read ${
      quote(named)
    }: expected a file, e.g. /etc/lifesign.conf`;
    mistakes.push({ kind: "config", message });
    return { sources, findings, mistakes, warnings };
  }
  for (const path of fileNames(named, environment.get)) {
    const file = nameOf(path);
    const content = await files.read(path, {
      longest: longestConfig,
      pipes: false,
    });
    if (isFault(content)) {
      const message =
        `${file}: Cannot read the configuration: ${content.message}`;
      if (named !== undefined) mistakes.push({ kind: "noinput", message });
      else if (content.code !== "ENOENT") warnings.push(message);
      continue;
    }
    const reason = distrust(file, content, files.user);
    if (reason !== null) {
      const message = `${file}: Cannot trust the configuration: ${reason}`;
      mistakes.push({ kind: "config", message });
      continue;
    }
    if (isUtf16(content.bytes)) {
      const message =
        `${file}: Cannot read the configuration: it is UTF-16, expected UTF-8, e.g. from \`iconv -f UTF-16 -t UTF-8\``;
      mistakes.push({ kind: "config", message });
      continue;
    }
    const { parseFile } = await import("./file.ts");
    const parsed = parseFile(content.bytes, isVerbatim);
    sources.push({ file, sections: parsed.sections });
    for (const { line, column, message } of parsed.mistakes) {
      findings.push({ origin: { type: "file", file, line, column }, message });
    }
  }
  return { sources, findings, mistakes, warnings };
}
