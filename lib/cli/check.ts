/**
 * `lifesign check`: one cycle per session.
 *
 * @module
 */
import { createSockets } from "../probe/datagram/sockets.ts";
import type { Resolution } from "../session/targets.ts";
import { originOf } from "../config/layers.ts";
import { load, type LoadedSession } from "../config/load.ts";
import { placeOf } from "../config/origin.ts";
import {
  agentSettings,
  fileSettings,
  sessionSettings,
} from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import {
  type ExitCode,
  exitCodeOf,
  type PluginCode,
  worst,
} from "../exit_code.ts";
import type { CheckState } from "../status/check_state.ts";
import type { Verdict } from "../verdict.ts";
import type { World } from "../world.ts";
import { visible } from "../visible.ts";
import type { Arguments, Grammar } from "./arguments.ts";
import {
  type Command,
  exclude,
  jsonSwitch,
  quietSwitch,
  requestOf,
  revealSwitch,
} from "./invocation.ts";
import { oneCycle } from "../run/one_cycle.ts";
import { sessionLine, sessionRecord, whereOf } from "../run/render.ts";
import { type OpenSession, openSessions } from "../run/sessions.ts";
import { plural } from "../words.ts";
import type { CycleResult } from "../finding.ts";
import { exampleOf } from "../setting.ts";

const {
  count: _count,
  giveUpAfter: _giveUpAfter,
  recover: _recover,
  login: _login,
  loginTries: _loginTries,
  onDead: _onDead,
  onFault: _onFault,
  onAlive: _onAlive,
  onCycle: _onCycle,
  onFaultAfter: _onFaultAfter,
  onFaultEvery: _onFaultEvery,
  hookTimeout: _hookTimeout,
  ...single
} = sessionSettings;

/** The settings of a session that is asked once, without those that only `run` uses. */
export const onceSettings: Grammar["settings"] = single;

/** What was found out about a session. */
interface Finding {
  readonly session: OpenSession;
  readonly result: CycleResult;
  /** Which tolerated fault in a row this is; `null` if it is none. */
  readonly tolerated: number | null;
}

const nagiosSwitch = {
  flag: "--nagios",
  help:
    "one line and exit status 0, 2 or 3, for Nagios, Icinga, Sensu and monit",
};

/** One cycle per session, then the verdict as the exit code. */
export const check: Command = {
  name: "check",
  operands: "[TARGET|SESSION…]",
  summary: "one cycle per session, then exit with the verdict",
  settings: { ...onceSettings, state: agentSettings.state, ...fileSettings },
  switches: [jsonSwitch, quietSwitch, revealSwitch, nagiosSwitch],
  async run(args, world) {
    if (!args.switches.has(nagiosSwitch.flag)) return await ask(args, world);
    const { pluginMistake } = await import("./nagios.ts");
    try {
      for (const { flag } of [jsonSwitch, quietSwitch]) {
        refuse(exclude(args, [nagiosSwitch.flag, flag]));
      }
      return await ask(args, world);
    } catch (error) {
      if (!(error instanceof LifesignError)) throw error;
      const messages = error.mistakes.map(({ message }) => visible(message));
      world.terminal.write(pluginMistake(messages));
      return 3;
    }
  },
};

/** Asks, prints what was found out, and resolves to the exit status. */
async function ask(
  args: Arguments,
  world: World,
): Promise<ExitCode | PluginCode> {
  const { terminal } = world;
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(`lifesign: ${message}\n`);
  const loaded = await load(requestOf(args, "check"), world);
  const path = "settings" in loaded.agent ? loaded.agent.settings.state : null;
  const sessions = await openSessions(loaded, world, {
    mistakes: [
      ...args.mistakes,
      ...path === null ? loaded.sessions.flatMap(forgetful) : [],
    ],
    warn,
  });
  world.routes.onAbsence(({ message }) => warn(message));
  const sockets = createSockets(world);
  const memory = path === null ? null : await openMemory(path, world);
  const isWaitedFor = !args.switches.has(quietSwitch.flag) &&
    terminal.isErrorTerminal;
  const endTelling = isWaitedFor ? tellWhileAsking(sessions, world) : null;
  const results = await Promise.all(
    sessions.map(async (session) => {
      let resolution = memory?.resolutionOf(session);
      const result = await oneCycle(session, world, {
        sockets,
        ...resolution && { resolution },
        onLocated: (found) => resolution = found,
      });
      return { session, result, resolution };
    }),
  );
  endTelling?.();
  // Only now, since each try and each death asks `ip` for the way.
  const isKept = world.revokeRun();
  if (
    !isKept && "settings" in loaded.agent &&
    loaded.agent.settings.logLevel === "debug"
  ) {
    warn(
      "this kernel has no seccomp, so only lifesign itself keeps that it starts no more programs",
    );
  }
  const state: CheckState | undefined = await memory?.add(results, warn);
  const found = results.map(({ session, result }): Finding => {
    // A session that is alive or dead has no faults in a row.
    const inARow = state?.get(keyOf(session))?.faults || Infinity;
    const tolerated = inARow <= session.tolerate ? inARow : null;
    return { session, result, tolerated };
  });
  const counted = found.filter(({ tolerated }) => tolerated === null);
  const exitCode = exitCodeOf(verdictOf(counted));
  if (args.switches.has(quietSwitch.flag) && exitCode === 0) return exitCode;
  terminal.writeError(warnings.join(""));
  if (args.switches.has(jsonSwitch.flag)) {
    const record = {
      verdict: verdictOf(found),
      exit_code: exitCode,
      sessions: found.map((finding) =>
        recordOf(finding, {
          hasState: path !== null,
          reveals: args.switches.has(revealSwitch.flag),
        })
      ),
    };
    terminal.write(`${JSON.stringify(record)}\n`);
  } else if (args.switches.has(nagiosSwitch.flag)) {
    const { pluginCode, pluginText } = await import("./nagios.ts");
    const verdict = verdictOf(counted);
    const sessions = found.map((finding) => ({
      name: finding.session.name,
      line: line(finding),
      result: finding.result,
    }));
    terminal.write(pluginText(verdict, sessions));
    return pluginCode(verdict);
  } else {
    terminal.write(found.map((finding) => `${line(finding)}\n`).join(""));
  }
  return exitCode;
}

/** How long a check may take in ms until somebody who waits at a terminal is told. */
const patience = 2_000;

/** Says on stderr, a terminal, who is still asked. Returns how to end that. */
function tellWhileAsking(
  sessions: readonly OpenSession[],
  { clock, terminal }: World,
): () => void {
  let end: (() => void) | null = clock.setTimer(
    clock.now() + patience,
    async () => {
      const { waitingLine } = await import("./waiting_line.ts");
      if (end === null) return;
      const whom = sessions.length === 1
        ? whereOf(sessions[0]!)
        : `${sessions.length} sessions`;
      const line = waitingLine(terminal.writeError, `asking ${whom}`);
      line.begin();
      end = line.end;
    },
  );
  return () => {
    end?.();
    end = null;
  };
}

/** What earlier checks remembered in a file; most checks have no file. */
async function openMemory(path: string, world: World) {
  const { memoryOf, recall, rememberFindings, resolutionOf } = await import(
    "../run/check_memory.ts"
  );
  const before = await recall(path, world);
  return {
    resolutionOf(session: OpenSession): Resolution {
      const { host } = session.gateway;
      return resolutionOf(before.get(keyOf(session)), host, world.clock);
    },
    add(
      results: readonly {
        readonly session: OpenSession;
        readonly result: CycleResult;
        readonly resolution: Resolution | undefined;
      }[],
      warn: (message: string) => void,
    ) {
      const findings = results.map((it) => ({
        key: keyOf(it.session),
        verdict: it.result.verdict,
        ...memoryOf(it.resolution!, world.clock),
      }));
      return rememberFindings(path, findings, { world, warn });
    },
  };
}

function verdictOf(found: readonly Finding[]): Verdict {
  return worst(found.map(({ result }) => result.verdict)) ?? "alive";
}

/** A session for programs; `tolerated` is there only with a state. */
function recordOf(
  { session, result, tolerated }: Finding,
  { hasState, reveals }: {
    readonly hasState: boolean;
    readonly reveals: boolean;
  },
): Record<string, unknown> {
  return {
    ...sessionRecord(session, result, reveals),
    ...tolerated === null ? {} : { exit_code: 0 },
    ...hasState ? { tolerated } : {},
  };
}

function line({ session, result, tolerated }: Finding): string {
  const suffix = tolerated === null
    ? ""
    : `, tolerated ${tolerated} of ${session.tolerate}`;
  return sessionLine(session, result, suffix);
}

/** What a session is remembered by. Its name is not enough, since several configurations may share a file. */
function keyOf(session: OpenSession): string {
  return `${session.name} ${whereOf(session)}`;
}

/** What is wrong with a tolerance on the command line if nothing remembers faults. */
export function forgetful({ resolved }: LoadedSession): Mistake[] {
  if (!("settings" in resolved)) return [];
  const { tolerate } = resolved.settings;
  const origin = originOf(resolved.origins, "tolerate");
  if (tolerate === 0 || origin.type !== "flag") return [];
  const message = `${placeOf(origin)}: Cannot tolerate ${
    plural(tolerate, "fault", "faults")
  } in a row: a single check remembers none, expected --state FILE, e.g. --state ${
    exampleOf(agentSettings.state)
  }`;
  return [{ kind: "config", message }];
}
