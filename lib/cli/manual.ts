/**
 * The manual page, from the tables of commands, settings and exit codes.
 *
 * @module
 */
import {
  agentSettings,
  fileSettings,
  keyOf,
  sessionSettings,
  variableOf,
} from "../config/settings.ts";
import { systemFile } from "../config/sources.ts";
import { hookVariables, loginVariables } from "../config/variables.ts";
import { plainExitCodes } from "./exit_codes.ts";
import { type Flag, flagsOf, settingFlags } from "./flags.ts";
import { type Command, listed } from "./invocation.ts";
import { escape, literal, macro, prose, tagged, word } from "./mdoc.ts";
import type { Setting, SettingsTable } from "../setting.ts";

/** The day when somebody last read the words that stand here and in no table. */
const date = "November 21, 2026";

/** The settings that the manual explains once, for all commands. */
const shared: SettingsTable<Record<string, unknown>> = {
  ...sessionSettings,
  ...agentSettings,
  ...fileSettings,
};

/** The manual page for these commands, in mdoc. */
export function manual(commands: readonly Command[]): string {
  const shown = listed(commands);
  return [
    macro("Dd", date),
    ".Dt LIFESIGN 1",
    ".Os",
    ".Sh NAME",
    ".Nm lifesign",
    `.Nd ${
      escape("keep sessions alive, and tell dead ones from a dead network")
    }`,
    ".Sh SYNOPSIS",
    ...shown.flatMap(synopsis),
    ".Nm",
    `.Fl ${word("-version")}`,
    ".Sh DESCRIPTION",
    ...prose(description),
    ".Sh COMMANDS",
    ...prose(aboutCommands),
    ...shown.flatMap(commandSection),
    ".Sh SETTINGS",
    ...prose(aboutSettings),
    ".Ss Of a session",
    ...settingsList(sessionSettings),
    ".Ss Of the program",
    ...settingsList(agentSettings),
    ".Ss Of the command line",
    ...settingsList(fileSettings),
    ".Sh ENVIRONMENT",
    ...tagged(
      variables.map(([names, text]) => [
        names.map((name) => `Ev ${word(name)}`).join(" , "),
        text,
      ]),
    ),
    ".Sh FILES",
    ...tagged(files.map(([name, text]) => [`Pa ${word(name)}`, text])),
    ".Sh EXIT STATUS",
    ...prose(aboutExitCodes),
    ...tagged(
      plainExitCodes().map(({ code, name, means, from }) => [
        name ? `${code} ${word(name)}` : `${code}`,
        `${means} (${from})`,
      ]),
    ),
    ".Sh EXAMPLES",
    ...examples.flatMap(([text, code], at) => [
      ...at === 0 ? [] : [".Pp"],
      ...prose(text),
      ...literal(code),
    ]),
    ".Sh SEE ALSO",
    // With the macro for it, lint would ask for these manuals on every machine.
    ...prose("crontab(5), systemd.service(5), logrotate(8)"),
  ].map((line) => `${line}\n`).join("");
}

const description =
  `lifesign asks from time to time whether a session is alive, which keeps
it alive, and tells by its exit status whether the session died or only the
network did. The session is a login at a gateway or a portal, a WebSocket, or any
TCP server. A gateway gets datagrams from fresh ports, others get connections,
several times until an answer comes. A death is believed only when the peer has said so
several times, to several ports or on several connections; whatever else the network does is a fault, of
which nothing follows for the session.`;

const aboutCommands =
  `With -h or --help each command explains itself instead. A value in parentheses
is the one by default.`;

const aboutSettings =
  `Each setting has a key in files, flags, and an environment variable. Defaults
give way to ${systemFile}, that to ~/.config/lifesign.conf, that to the
environment, and that to flags; -c FILE replaces both files. A file has a line "key = value" for each
setting, comments that begin with # or ;, and a section such as [dorm] for each
session, in which a line beats the same above all sections; without sections
there is one session, called default. A TIME has a unit, as in 500ms, 60s or
1h30m. A SIZE is a number of bytes, or of KiB, MiB or GiB. Files that somebody
else could write are refused.`;

const aboutExitCodes =
  `The tens digit is the class: 0 is alive, 1 is dead, 2 is a faulty network, 3 is
an agent that is gone, 6 and 7 are mistakes of the user's. Of several sessions
the dead beat the faulty, and those the living.`;

const variables: readonly [names: readonly string[], text: string][] = [
  [
    ["LIFESIGN_KEY"],
    "The setting KEY, as listed above. A name that is nearly one gets a warning.",
  ],
  [
    ["HOME", "XDG_CONFIG_HOME"],
    "Where the user's configuration is, and what ~ means in the name of a file.",
  ],
  [["XAUTHORITY"], "A file with the cookies of X servers."],
  [
    ["NOTIFY_SOCKET", "WATCHDOG_USEC"],
    "Set by systemd: where run tells that it is ready, its last verdict, and that it goes on.",
  ],
  [
    hookVariables,
    "What on_dead, on_fault, on_alive and on_cycle are told of what happened; login is told EVENT, SESSION and GATEWAY.",
  ],
  [
    loginVariables,
    "What login is told besides: which one it is in a row, why it runs (start or dead), and how the last one ended.",
  ],
];

const files: readonly [name: string, text: string][] = [
  [systemFile, "The settings of the machine."],
  ["~/.config/lifesign.conf", "Those of the user, which come before them."],
];

const examples: readonly [text: string, code: string][] = [
  [
    "Ask once:",
    "lifesign check --gateway 172.16.202.201 --uid-file ~/session.uid",
  ],
  [
    "Log in again when, and only when, the session has died:",
    `while lifesign run --gateway 172.16.202.201 --uid-file ~/session.uid; code=$?
  [ $code -eq 10 ]
do
  log_in_again; sleep 10
done`,
  ],
  [
    "Try things without a gateway:",
    `lifesign gateway --listen 127.0.0.1:3335 --loss 0.3 </dev/null &
lifesign check --gateway 127.0.0.1 --uid 77 --json`,
  ],
];

function synopsis({ name, operands = "" }: Command): string[] {
  return [
    ".Nm",
    macro("Cm", name),
    ".Op Ar flag ...",
    ...operands.split(" ").filter(Boolean).map(operandMacro),
  ];
}

/** An operand from help: brackets mean that it may be absent, capitals a name, bars a choice. */
function operandMacro(operand: string): string {
  const words = operand.replace(/^\[(.*)\]$/, "$1").replace(/…$/, " …")
    .split(/ |(\|)/).filter(Boolean);
  const macros = words.map((text, at) =>
    text === "|" || text === "…"
      ? escape(text)
      : at > 0 && isName(text) === isName(words[at - 2] ?? "")
      ? word(text)
      : `${isName(text) ? "Ar" : "Cm"} ${word(text)}`
  ).join(" ");
  return operand.startsWith("[") ? `.Op ${macros}` : `.${macros}`;
}

function isName(text: string): boolean {
  return text === text.toUpperCase();
}

function commandSection(command: Command): string[] {
  const { name, summary, details, settings } = command;
  const isShared = (setting: string) =>
    Object.hasOwn(shared, setting) && settings[setting] === shared[setting];
  const own = flagsOf(command).filter(({ setting }) =>
    setting === undefined || !isShared(setting)
  );
  const others = Object.keys(settings).filter(isShared)
    .map((setting) => settingFlags(setting, settings[setting]!)[0]!)
    .map(({ names }) => names.find((name) => name.startsWith("--"))!);
  return [
    macro("Ss", name),
    ...prose(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`),
    ...details === undefined ? [] : [".Pp", ...paragraphs(details)],
    ...own.length === 0
      ? []
      : tagged(own.map((flag) => [flagMacros(flag), flag.help])),
    ...others.length === 0 ? [] : [
      ".Pp",
      ...prose("It takes these flags of settings:"),
      ...others.map((flag, at) =>
        `${macro("Fl", flag.slice(1))} ${at < others.length - 1 ? "," : "."}`
      ),
    ],
  ];
}

/** Filled lines, and from the first indented line on the lines as they are. */
function paragraphs(text: string): string[] {
  const at = text.search(/^ {2}/m);
  return at < 0 ? prose(text) : [
    ...prose(text.slice(0, at).trimEnd()),
    ...literal(text.slice(at).replace(/^ {2}/gm, "")),
  ];
}

function settingsList<T>(table: SettingsTable<T>): string[] {
  const isInFiles = !Object.is(table, fileSettings);
  return tagged(
    Object.entries<Setting<unknown>>(table).flatMap(([setting, row]) =>
      settingFlags(setting, row).map((flag, at): [string, string] => {
        const term = [
          ...at === 0 && isInFiles ? [`Ic ${word(keyOf(setting))}`] : [],
          flagMacros(flag),
          ...at === 0 ? [`Ev ${word(variableOf(setting))}`] : [],
        ];
        return [term.join(" , "), flag.help];
      })
    ),
  );
}

function flagMacros({ names, value }: Flag): string {
  const flags = names.map((name) => `Fl ${word(name.slice(1))}`).join(" , ");
  return value === undefined ? flags : `${flags} Ar ${word(value)}`;
}
