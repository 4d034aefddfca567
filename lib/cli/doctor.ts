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
  decisiveResult,
  examine,
  probe,
  singleCount,
} from "./doctor/examination.ts";
import { sessionStep } from "./doctor/session_step.ts";
import {
  type Outcome,
  type Step,
  stepLines,
  type StepName,
} from "./doctor/step.ts";
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
import type { Verdict } from "../verdict.ts";

// Nothing is tolerated here: everything is shown.
const { tolerate: _tolerate, ...settings } = onceSettings;

/** Explains step by step what works and what does not. */
export const doctor: Command = {
  name: "doctor",
  operands: "[SESSION…]",
  summary: "why does this gateway not work? step by step",
  details:
    `It asks as check does, then sends ${singleCount} heartbeats one by one to see how many are
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
    const verdicts: Verdict[] = [];
    const records: object[] = [];
    for (const session of sessions) {
      const { name, gateway } = session;
      if (records.length > 0) say("");
      say(`${name} at ${formatAddress(gateway)}`);
      const { resolved } = loaded.sessions.find((it) => it.name === name)!;
      const steps: Step[] = [];
      const result = await explain(session, {
        origins: resolved.origins,
        world,
        add(name, outcome) {
          const step = { step: name, ...outcome };
          steps.push(step);
          stepLines(step).forEach(say);
        },
      });
      say(sessionLine(session, result));
      verdicts.push(result.verdict);
      records.push({ ...sessionRecord(session, result), steps });
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

const unusable = "✗ settings  they cannot be used as they are:\n";

/** Takes the steps one by one, and resolves to the result that counts. */
async function explain(
  session: OpenSession,
  { origins, world, add }: {
    readonly origins: Layer;
    readonly world: World;
    readonly add: (step: StepName, outcome: Outcome) => void;
  },
): Promise<CycleResult> {
  const { gateway: { host }, bind } = session;
  const { interfaces } = world;
  add("settings", settingsStep(session, origins));
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
  add("name", nameStep(host, hosts, fault));
  const main = await cycle;
  const { address } = main.result;
  const way = address && await askForWay({ bind, peer: address.host }, world);
  add("route", routeStep(main.result, { bind, way, interfaces }));
  add("sending", sendingStep(main.result));
  const examination = await examine(session, main, { world, hosts });
  const severalLines = way?.several ?? null;
  add("answer", answerStep(examination, session));
  add("content", contentStep(examination, session));
  add("protocol", protocolStep(examination, session));
  add("session", sessionStep(examination, session, severalLines));
  return decisiveResult(examination);
}

function mayUse({ family, bind }: OpenSession, host: string): boolean {
  const allowed = family === "auto" ? familyOf(bind ?? "") : family;
  return allowed === null || allowed === familyOf(host);
}
