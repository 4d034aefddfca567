/**
 * `lifesign doctor`: why a gateway does not work, step by step.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import type { Layer } from "../config/layers.ts";
import { load } from "../config/load.ts";
import { formatAddress } from "../parsers.ts";
import { fileSettings } from "../config/settings.ts";
import { LifesignError } from "../errors.ts";
import { exitCodeOf, worst } from "../exit_code.ts";
import { type Fault, isFault, type World } from "../world.ts";
import { onceSettings } from "./check.ts";
import { answerStep } from "./doctor/answer.ts";
import { contentStep, protocolStep } from "./doctor/content.ts";
import {
  askForWay,
  decisive,
  examine,
  probe,
  singles,
} from "./doctor/examination.ts";
import { sessionStep } from "./doctor/session_step.ts";
import { stepLines } from "./doctor/step_lines.ts";
import type { Step } from "./doctor/step.ts";
import {
  nameStep,
  routeStep,
  sendingStep,
  settingsStep,
} from "./doctor/way.ts";
import { type Command, jsonSwitch, requestOf } from "./invocation.ts";
import { sessionLine, sessionRecord } from "../run/render.ts";
import { type OpenSession, openSessions } from "../run/sessions.ts";
import type { CycleResult } from "../finding.ts";

// Nothing is tolerated here: all of it is told.
const { tolerate: _tolerate, ...settings } = onceSettings;

/** What was found out about a session. */
interface Finding {
  readonly session: OpenSession;
  readonly result: CycleResult;
  readonly steps: readonly Step[];
}

/** Explains step by step what works and what does not. */
export const doctor: Command = {
  name: "doctor",
  operands: "[SESSION…]",
  summary: "why does this gateway not work? step by step",
  details:
    `It asks as check does, then sends ${singles} heartbeats one by one to see how many are
lost. A silent gateway is also asked in the other address family and at the
usual port, and by TCP at its port, 80 and 443: a host that is up answers these.
The kernel is asked for the route (\`ip route get\`). The exit status is that of
check.

A tick marks a step that is right, a cross one that is wrong, and a dash one
that could not be examined.`,
  settings: { ...settings, ...fileSettings },
  switches: [jsonSwitch],
  async run(args, world) {
    const { terminal } = world;
    const warn = (message: string) =>
      terminal.writeError(`lifesign: ${message}\n`);
    const loaded = await load(requestOf(args, "check"), world);
    const { mistakes } = args;
    const sessions = await openSessions(loaded, world, { mistakes, warn })
      .catch((error) => {
        if (error instanceof LifesignError) terminal.writeError(unusable);
        throw error;
      });
    const isJson = args.switches.has(jsonSwitch.flag);
    const say = (line: string) => {
      if (!isJson) terminal.write(`${line}\n`);
    };
    const found: Finding[] = [];
    for (const session of sessions) {
      const { name, gateway } = session;
      say(
        `${found.length > 0 ? "\n" : ""}${name} at ${formatAddress(gateway)}`,
      );
      const { origins } = loaded.sessions.find((it) =>
        it.name === name
      )!.resolved;
      const finding = await explain(session, {
        origins,
        world,
        tell: (step) => stepLines(step).forEach(say),
      });
      say(sessionLine(session, finding.result));
      found.push(finding);
    }
    world.revokeRun();
    const verdict = worst(found.map(({ result }) => result.verdict)) ?? "alive";
    const exitCode = exitCodeOf(verdict);
    if (isJson) {
      const sessions = found.map(({ session, result, steps }) => ({
        ...sessionRecord(session, result),
        steps,
      }));
      const record = { verdict, exit_code: exitCode, sessions };
      terminal.write(`${JSON.stringify(record)}\n`);
    }
    return exitCode;
  },
};

const unusable = "✗ settings  they cannot be used as they are:\n";

async function explain(
  session: OpenSession,
  { origins, world, tell }: {
    readonly origins: Layer;
    readonly world: World;
    readonly tell: (step: Step) => void;
  },
): Promise<Finding> {
  const steps: Step[] = [];
  const add = (...more: Step[]) => {
    steps.push(...more);
    more.forEach(tell);
  };
  const { gateway: { host }, bind } = session;
  const { interfaces } = world;
  add(settingsStep(session, origins));
  const asked = Promise.withResolvers<readonly string[] | Fault>();
  const cycle = probe(session, world, asked.resolve);
  const answer = familyOf(host) === null
    ? await Promise.race([asked.promise, cycle.then(() => null)])
    : [host];
  const hosts = answer === null || isFault(answer) ? [] : answer;
  // With no address to ask the cycle ends at once, and says why.
  const fault = hosts.some((host) => mayUse(session, host))
    ? null
    : (await cycle).result.fault;
  add(nameStep(host, hosts, fault));
  const main = await cycle;
  const { address } = main.result;
  const way = address && await askForWay({ bind, peer: address.host }, world);
  add(
    routeStep(main.result, { bind, way, interfaces }),
    sendingStep(main.result),
  );
  const examination = await examine(session, main, { world, hosts });
  add(
    answerStep(examination, session),
    contentStep(examination, session),
    protocolStep(examination, session),
    sessionStep(examination, session, way?.several ?? null),
  );
  return { session, result: decisive(examination), steps };
}

function mayUse({ family, bind }: OpenSession, host: string): boolean {
  const allowed = family === "auto" ? familyOf(bind ?? "") : family;
  return allowed === null || allowed === familyOf(host);
}
