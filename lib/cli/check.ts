/**
 * `lifesign check`: one cycle per session.
 *
 * @module
 */
import {
  type AgentSession,
  type AgentWorld,
  keepAlive,
} from "../agent/agent.ts";
import type { CycleResult } from "../agent/cycle.ts";
import { createSockets } from "../agent/sockets.ts";
import { load } from "../config/load.ts";
import { fileSettings, sessionSettings } from "../config/settings.ts";
import { exitCodeOf, worst } from "../exit_code.ts";
import {
  type Command,
  jsonSwitch,
  quietSwitch,
  requestOf,
} from "./invocation.ts";
import { sessionLine, sessionRecord } from "./render.ts";
import { openSessions } from "./sessions.ts";

/** What only a session that goes on has a use for is left out. */
const { count: _count, giveUpAfter: _giveUpAfter, ...settings } =
  sessionSettings;

/** One cycle per session, then the verdict as the exit code. */
export const check: Command = {
  name: "check",
  operands: "[SESSION…]",
  summary: "one cycle per session, then exit with the verdict",
  settings: { ...settings, ...fileSettings },
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    const { terminal } = world;
    const warnings: string[] = [];
    const loaded = await load(requestOf(args, "check"), world);
    const sessions = await openSessions(loaded, world, {
      mistakes: args.mistakes,
      warn: (message) => warnings.push(`lifesign: ${message}\n`),
    });
    const found = await Promise.all(
      sessions.map(async (session) => ({
        session,
        result: await oneCycle(session, world),
      })),
    );
    const verdict = worst(found.map(({ result }) => result.verdict)) ?? "alive";
    const exitCode = exitCodeOf(verdict);
    const isSilent = args.switches.has(quietSwitch.flag) && exitCode === 0;
    if (!isSilent) {
      terminal.writeError(warnings.join(""));
      terminal.write(
        args.switches.has(jsonSwitch.flag)
          ? `${
            JSON.stringify({
              verdict,
              exit_code: exitCode,
              sessions: found.map(({ session, result }) =>
                sessionRecord(session, result)
              ),
            })
          }\n`
          : found.map(({ session, result }) =>
            `${sessionLine(session, result)}\n`
          ).join(""),
      );
    }
    return exitCode;
  },
};

function oneCycle(
  session: AgentSession,
  world: AgentWorld,
): Promise<CycleResult> {
  return new Promise((resolve) => {
    const sockets = createSockets(world);
    keepAlive({ ...session, count: 1, giveUpAfter: null }, {
      world,
      sockets,
      onReport(report) {
        if (report.type === "cycle") resolve(report.result);
      },
    });
  });
}
