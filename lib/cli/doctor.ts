/**
 * `lifesign doctor`: why a gateway does not work, step by step.
 *
 * @module
 */
import { load } from "../config/load.ts";
import { fileSettings } from "../config/settings.ts";
import type { ValidSession } from "../config/session.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { exitCodeOf, worst } from "../exit_code.ts";
import type { Switch } from "./arguments.ts";
import { onceSettings } from "./check.ts";
import { singleCount } from "./doctor/examination.ts";
import { explain, type Explaining } from "./doctor/explain.ts";
import { longestIdle } from "./doctor/idle.ts";
import { conclusionOf } from "./doctor/conclusion.ts";
import { paragraph, type Step, stepLines } from "./doctor/step.ts";
import {
  type Command,
  jsonSwitch,
  requestOf,
  revealSwitch,
} from "./invocation.ts";
import { sessionLine, sessionRecord, whereOf } from "../run/render.ts";
import { openSessions } from "../run/sessions.ts";
import type { Verdict } from "../verdict.ts";
import { waitingLine } from "./waiting_line.ts";

/** A measurement of its own, since it takes long. */
const idleSwitch: Switch = {
  flag: "--idle-limit",
  help: `WebSockets, ZeroMQ: wait for the end of an idle connection, ${
    longestIdle / 1_000
  } s at most`,
};

// Nothing is tolerated here: everything is shown.
const { tolerate: _tolerate, ...settings } = onceSettings;

/** Explains step by step what works and what does not. */
export const doctor: Command = {
  name: "doctor",
  operands: "[TARGET|SESSION…]",
  summary: "why does this gateway not work? step by step",
  details:
    `It asks as check does. A gateway then gets ${singleCount} heartbeats one by one, to see how
many are lost, and a silent one is also asked in the other address family and
at the usual port. If nothing comes back at all, TCP connections to the port,
to 80 and to 443 are tried: a host that is up answers these. Of streams it says
how far a connection comes: accepted, secured, answered as it should be. The
kernel is asked for the route (\`ip route get\`). The exit status is that of
check.

A server, or a proxy before it, may end a connection that is idle. --idle-limit
opens one to a WebSocket or a ZeroMQ socket, says nothing on it but answers to
pings, and waits for the end, for ${longestIdle / 1_000} s at most. The interval
has to be shorter than that took.

A tick marks a step that is right, a cross one that is wrong, and a dash one
that could not be examined.`,
  settings: { ...settings, ...fileSettings },
  switches: [idleSwitch, jsonSwitch, revealSwitch],
  async run(args, world) {
    const { terminal } = world;
    const warn = (message: string) =>
      terminal.writeError(`lifesign: ${message}\n`);
    const loaded = await load(requestOf(args, "check"), world);
    const measuresIdle = args.switches.has(idleSwitch.flag);
    const mistakes = [
      ...args.mistakes,
      ...measuresIdle ? withoutConnection(loaded.valid) : [],
    ];
    const sessions = await openSessions(loaded, world, { mistakes, warn })
      .catch((error) => {
        if (error instanceof LifesignError) terminal.writeError(unusable);
        throw error;
      });
    const isJson = args.switches.has(jsonSwitch.flag);
    const reveals = args.switches.has(revealSwitch.flag);
    const say = (line: string) => {
      if (!isJson) terminal.write(`${line}\n`);
    };
    const isShown = terminal.isTerminal && !isJson;
    const waiting = waitingLine(
      isShown ? terminal.write : () => {},
      "asking, which may take half a minute",
    );
    const verdicts: Verdict[] = [];
    const records: object[] = [];
    for (const session of sessions) {
      const { name } = session;
      if (records.length > 0) say("");
      say(`${name} at ${whereOf(session)}`);
      const { resolved } = loaded.sessions.find((it) => it.name === name)!;
      const steps: Step[] = [];
      const explaining: Explaining = {
        origins: resolved.origins,
        reveals,
        measuresIdle,
        world,
        add(name, outcome) {
          const step = { step: name, ...outcome };
          steps.push(step);
          waiting.end();
          stepLines(step, terminal.hasColours).forEach(say);
          waiting.begin();
        },
      };
      waiting.begin();
      const result = await explain(session, explaining);
      waiting.end();
      say(sessionLine(session, result));
      const advice = conclusionOf(steps, result.verdict);
      if (advice !== null) paragraph("", advice).forEach(say);
      verdicts.push(result.verdict);
      records.push({
        ...sessionRecord(session, result, reveals),
        steps,
        advice,
      });
    }
    world.revokeRun();
    const verdict = worst(verdicts) ?? "alive";
    const exit_code = exitCodeOf(verdict);
    if (isJson) {
      const record = { verdict, exit_code, sessions: records };
      terminal.write(`${JSON.stringify(record)}\n`);
    }
    return exit_code;
  },
};

/** What is wrong with sessions that have no connection to be idle. */
function withoutConnection(sessions: readonly ValidSession[]): Mistake[] {
  const schemes = sessions.map(({ protocol }) => protocol)
    .filter((protocol) =>
      protocol.carrier === "datagram" || protocol.hold === "never"
    )
    .map(({ scheme }) => scheme);
  return [...new Set(schemes)].map((scheme) => ({
    kind: "config",
    message:
      `--idle-limit: Cannot use --idle-limit: ${scheme}:// has nothing that rests, expected ws://, wss:// or zmtp://`,
  }));
}

const unusable = "✗ settings  they cannot be used as they are:\n";
