/**
 * `lifesign run`: keeps sessions alive until they die or somebody stops it.
 *
 * @module
 */
import {
  type Command,
  jsonSwitch,
  quietSwitch,
  requestOf,
} from "./invocation.ts";
import { keepingSettings, keepSessions } from "../run/keeping.ts";
import { heartbeatLines } from "../run/observers/heartbeat_lines.ts";
import { jsonLines } from "../run/observers/json.ts";

/** Keeps sessions alive. */
export const run: Command = {
  name: "run",
  operands: "[TARGET|SESSION…]",
  summary: "keep the sessions alive until they die or you stop it",
  details:
    `SIGTERM ends it with 0. SIGHUP reads all settings again and reopens the log
file. Sessions whose settings are the same go on undisturbed. On a terminal
SIGHUP ends it like SIGTERM. SIGUSR1 writes the counters of each session to the
log, SIGUSR2 asks all sessions now. In a terminal it writes a line for each
heartbeat, and a summary at the end, as ping does.`,
  settings: keepingSettings,
  switches: [jsonSwitch, quietSwitch],
  run(args, world) {
    const { switches } = args;
    const isQuiet = switches.has(quietSwitch.flag);
    const isJson = switches.has(jsonSwitch.flag);
    const { isTerminal, isErrorTerminal } = world.terminal;
    const speaks = isTerminal && !isQuiet && !isJson;
    return keepSessions(requestOf(args, "run"), world, {
      isQuiet,
      showsSessions: speaks && isErrorTerminal,
      observers: () =>
        isJson ? [jsonLines(world)] : speaks ? [heartbeatLines(world)] : [],
    });
  },
};
