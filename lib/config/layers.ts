/**
 * From texts to settings. The text of a later layer wins, a setting without a
 * text has its default, and every mistake is reported.
 *
 * @module
 */
import { control, maskNumbers, quote } from "./quote.ts";
import { UrlError } from "../parsers.ts";
import { protocolOf, protocols } from "../protocol/protocols.ts";
import type { Finding, Origin } from "./origin.ts";
import { flagOf, keyOf, variableOf } from "./settings.ts";
import type { SettingsTable } from "../setting.ts";
import { inShell } from "./trust.ts";

/** The text of a setting, and where it comes from. */
export interface SettingText {
  /** The text. */
  readonly text: string;
  /** Where it comes from. */
  readonly origin: Origin;
}

/** The texts of one layer by their settings; others are absent. */
export type Layer = Readonly<Record<string, SettingText | undefined>>;

/** Valid settings, or what is wrong with them, and where they come from. */
export type Resolved<T> =
  & { readonly origins: Layer }
  & ({ readonly settings: T } | { readonly findings: readonly Finding[] });

/** Where the text of a setting comes from. */
export function originOf(layer: Layer, setting: string): Origin {
  return layer[setting]?.origin ?? { type: "default" };
}

/** Reads the layer of environment variables for the settings of a table. */
export function environmentLayer<T>(
  table: SettingsTable<T>,
  get: (name: string) => string | undefined,
): Layer {
  const layer: Record<string, SettingText> = {};
  for (const setting of Object.keys(table)) {
    const name = variableOf(setting);
    const text = get(name);
    if (text === undefined) continue;
    layer[setting] = { text, origin: { type: "environment", name } };
  }
  return layer;
}

/**
 * Reads each setting from the last layer that has it. Values whose texts are
 * the same in `like` are taken from there, since sessions share most settings.
 */
export function resolve<T>(
  table: SettingsTable<T>,
  layers: readonly Layer[],
  like?: Resolved<T>,
): Resolved<T> {
  const origins = merge(layers);
  const findings: Finding[] = [];
  const settings: Record<string, unknown> = {};
  const known = like !== undefined && "settings" in like ? like : null;
  for (const name of Object.keys(table) as (keyof T & string)[]) {
    if (known !== null && known.origins[name] === origins[name]) {
      settings[name] = known.settings[name];
      continue;
    }
    const { parse, default: standard, secret } = table[name];
    const { text, origin } = origins[name] ??
      { text: standard, origin: { type: "default" } };
    if (text === null) {
      settings[name] = null;
      continue;
    }
    try {
      refuseControls(text);
      settings[name] = parse(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const shown = quote(secret ? maskNumbers(text) : withoutPassword(text));
      const message = error instanceof UrlError
        ? `${shown} is a URL: use ${corrected(name, origin, error)}`
        : `Cannot read ${shown}: ${error.message}`;
      findings.push({ origin, message });
    }
  }
  if (findings.length > 0) return { findings, origins };
  return { settings: settings as T, origins };
}

/** What layers say together. */
export function merge(layers: readonly Layer[]): Layer {
  return Object.assign({}, ...layers.map(withoutRivals));
}

/** A URL without its password. */
function withoutPassword(text: string): string {
  return text.replace(/^([^/]*:\/\/)[^/?#]*@/, "$1***@");
}

/** Refuses control characters: files can't hold them, and a terminal might obey them. */
function refuseControls(text: string): void {
  if (!control.test(text)) return;
  throw new RangeError("expected text without control characters");
}

/** What to write in place of a URL, where the setting's text stands. */
function corrected(
  setting: string,
  { type }: Origin,
  { scheme, host }: UrlError,
): string {
  const line = (setting: string, text: string) => {
    if (type === "file") return `${keyOf(setting)} = ${text}`;
    if (type === "environment") return `${variableOf(setting)}=${text}`;
    return `${flagOf(setting)} ${inShell(text)}`;
  };
  const isTarget = setting === "gateway" && protocolOf(scheme) !== undefined;
  return isTarget
    ? `${line(setting, host)} (or ${line("target", `${scheme}://${host}`)})`
    : line(setting, host);
}

/** A layer that also removes, from the layers before it, the rivals of its settings. */
function withoutRivals(layer: Layer): Layer {
  const displaced: Record<string, undefined> = {};
  for (const [one, other] of rivals) {
    if (layer[one]) displaced[other] = undefined;
    if (layer[other]) displaced[one] = undefined;
  }
  return { ...displaced, ...layer };
}

/** Pairs of settings of which only one is used, such as `uid` and `uid_file`. */
const rivals: readonly (readonly [string, string])[] = [
  ["target", "gateway"],
  ...protocols.flatMap(({ identity }) =>
    identity === null ? [] : [[identity.value, identity.file] as const]
  ),
];
