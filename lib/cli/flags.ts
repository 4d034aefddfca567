/**
 * Flags, as help shows them and shells offer them.
 *
 * @module
 */
import { flagOf } from "../config/settings.ts";
import { protocols } from "../protocol/protocols.ts";
import type { Grammar, Switch } from "./arguments.ts";
import type { Setting } from "../setting.ts";

/** A flag with its names, its value and its help. */
export interface Flag {
  /** With hyphens, in the order in which they are shown. */
  readonly names: readonly string[];
  /** The setting that it sets; absent if there is none. */
  readonly setting?: string;
  /** What stands for its value, such as `FILE`; absent if it takes none. */
  readonly value?: string;
  /** The words that its value may be; absent if it may be another one. */
  readonly words?: readonly string[];
  /** Whether it may be repeated with other values. */
  readonly isRepeatable: boolean;
  /** One line for people. */
  readonly help: string;
}

/** The flags of a command, in the order in which they are shown. */
export function flagsOf({ settings, switches }: Grammar): Flag[] {
  return [
    ...Object.entries(settings).flatMap(([name, row]) =>
      settingFlags(name, row)
    ),
    ...switches.map(switchFlag),
  ];
}

/** A flag that belongs to no setting. */
export function switchFlag({ flag, short, help }: Switch): Flag {
  return { names: both(flag, short), isRepeatable: false, help };
}

/** The flags of a setting. */
export function settingFlags(
  setting: string,
  row: Setting<unknown>,
): Flag[] {
  const { value, short, help, default: standard, parse } = row;
  const isRepeatable = row.repeatable ?? false;
  const switches = Object.entries(row.switches ?? {});
  if (value === undefined) {
    const names = switches.map(([name]) => name);
    return [{ names, setting, isRepeatable, help }];
  }
  const own = {
    names: both(flagOf(setting), short),
    setting,
    value,
    ...parse.words === undefined ? {} : { words: parse.words },
    isRepeatable,
    help: standard === null
      ? help
      : `${help} (${[standard, ...defaultsOf(setting)].join("; ")})`,
  };
  const same = Map.groupBy(switches, ([, text]) => text);
  return [
    own,
    ...same.entries().map(([text, names]) => ({
      names: names.map(([name]) => name),
      setting,
      isRepeatable,
      help: `the same as ${flagOf(setting)}=${text}`,
    })),
  ];
}

/** What some protocols have by default in place of the usual: `streams 3s`. */
function defaultsOf(setting: string): string[] {
  const others = protocols.filter(({ defaults }) =>
    Object.hasOwn(defaults, setting)
  );
  const streams = protocols.filter(({ carrier }) => carrier === "stream");
  const byText = Map.groupBy(others, ({ defaults }) => defaults[setting]!);
  return [...byText].map(([text, same]) =>
    same.length === streams.length
      ? `streams ${text}`
      : `${same.map(({ scheme }) => scheme).join(", ")} ${text}`
  );
}

function both(long: string, short: string | undefined): string[] {
  return short === undefined ? [long] : [short, long];
}
