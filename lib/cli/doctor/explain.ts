/**
 * The way through an explanation: what is found out, and which step tells it.
 *
 * @module
 */
import { familyOf, isName, isPath } from "../../address.ts";
import type { Layer } from "../../config/layers.ts";
import type { CycleResult } from "../../finding.ts";
import type { Dialogue } from "../../protocol/protocol.ts";
import { oneCycle } from "../../run/one_cycle.ts";
import type { OpenSession } from "../../run/sessions.ts";
import { openHeartbeat } from "../../session/session_state.ts";
import { type Fault, isFault, type World } from "../../world.ts";
import { answerStep } from "./answer.ts";
import {
  connectStep,
  decisiveOf,
  type StreamExamination,
  type StreamSession,
  tlsStep,
} from "./connection_steps.ts";
import { greetingOf, recordConnections } from "./connections.ts";
import { contentStep, protocolStep } from "./content.ts";
import {
  askForWay,
  contact,
  decisiveResult,
  examine,
  probe,
} from "./examination.ts";
import { measureIdleLimit } from "./idle.ts";
import { idleStep } from "./idle_step.ts";
import { sessionStep } from "./session_step.ts";
import type { Outcome, StepName } from "./step.ts";
import {
  familyAdvice,
  provesOnlyKernel,
  streamProtocolStep,
  streamSessionStep,
  streamSettingsStep,
} from "./stream_steps.ts";
import { nameStep, routeStep, sendingStep, settingsStep } from "./way.ts";

/** What an explanation works with. */
export interface Explaining {
  /** Where the session's settings come from. */
  readonly origins: Layer;
  /** Whether portals' users are shown in full. */
  readonly reveals: boolean;
  /** Whether to measure how long a connection may be idle. */
  readonly measuresIdle: boolean;
  /** The outside. */
  readonly world: World;
  /** Receives each step. */
  readonly add: (step: StepName, outcome: Outcome) => void;
}

/** Takes the steps one by one, and resolves to the result that counts. */
export function explain(
  session: OpenSession,
  explaining: Explaining,
): Promise<CycleResult> {
  return isStream(session)
    ? explainStream(session, explaining)
    : explainDatagrams(session, explaining);
}

function isStream(session: OpenSession): session is StreamSession {
  return session.protocol.carrier === "stream";
}

async function explainStream(
  session: StreamSession,
  explaining: Explaining,
): Promise<CycleResult> {
  const { origins, reveals, measuresIdle, world, add } = explaining;
  add("settings", streamSettingsStep(session, origins, reveals));
  const asked = Promise.withResolvers<readonly string[] | Fault>();
  const recording = recordConnections(
    session.gateway,
    world,
    asked.resolve,
  );
  const cycle = oneCycle(session, recording.world);
  const way = await explainWay(session, {
    ...explaining,
    cycle,
    asked: asked.promise,
  });
  const result = await cycle;
  const { attempts } = recording;
  const decisive = decisiveOf(attempts);
  const isLost = decisive !== undefined && decisive.acceptedAt === null &&
    decisive.failure === null && !isPath(decisive.to.host);
  const isGreeted = result.verdict === "alive" && provesOnlyKernel(session);
  const examination: StreamExamination = {
    result,
    attempts: [...attempts],
    contacts: isLost ? await contact(decisive.to, world) : [],
    greeting: isGreeted ? await greetingOf(decisive!.to, world) : null,
  };
  add("connect", connectStep(examination, session));
  if (session.protocol.isSecure) add("tls", tlsStep(examination, session));
  add("protocol", streamProtocolStep(examination, session));
  const severalLines = way.severalLines;
  const options = { severalLines, reveals };
  add("session", streamSessionStep(examination, session, options));
  if (measuresIdle) {
    const proven = result.verdict === "alive" ? decisive : undefined;
    const idleness = proven && await measureIdleLimit(
      openHeartbeat(session, session.identity) as Dialogue,
      { ...proven, timeout: session.timeout },
      world,
    );
    add("idle", idleStep(idleness, session));
  }
  return result;
}

/** Takes the steps `name` and `route`. Resolves to the addresses, and to why packets may take several lines, if they may. */
async function explainWay(
  session: OpenSession,
  { world, add, cycle, asked }: Explaining & {
    /** The cycle under way. */
    readonly cycle: Promise<CycleResult>;
    /** The resolver's answer; it never comes where no name is looked up. */
    readonly asked: Promise<readonly string[] | Fault>;
  },
): Promise<{ hosts: readonly string[]; severalLines: Fault | null }> {
  const { gateway: { host }, bind } = session;
  const { interfaces } = world;
  const answer = isName(host)
    ? await Promise.race([asked, cycle.then(() => null)])
    : [host];
  const hosts = answer === null || isFault(answer) ? [] : answer;
  // With no address to ask the cycle ends at once, and says why.
  const fault = hosts.some((host) => mayUse(session, host))
    ? null
    : (await cycle).fault;
  const step = nameStep(host, hosts, fault, addressSetting(session));
  const odd = isStream(session) ? familyAdvice(session, hosts) : null;
  add("name", step.ok && odd !== null ? { ...step, advice: odd } : step);
  const result = await cycle;
  const { address } = result;
  const way = address === null || isPath(address.host)
    ? null
    : await askForWay({ bind, peer: address.host }, world);
  if (!isPath(host)) add("route", routeStep(result, { bind, way, interfaces }));
  return { hosts, severalLines: way?.several ?? null };
}

/** How users name a gateway by its address. */
function addressSetting(session: OpenSession): string {
  if (!isStream(session)) return "--gateway ADDRESS";
  const { protocol: { scheme, isSecure }, gateway: { host } } = session;
  const name = isSecure ? ` --tls-name ${host}` : "";
  return `--target ${scheme}://ADDRESS${name}`;
}

async function explainDatagrams(
  session: OpenSession,
  explaining: Explaining,
): Promise<CycleResult> {
  const { origins, world, add } = explaining;
  add("settings", settingsStep(session, origins));
  const asked = Promise.withResolvers<readonly string[] | Fault>();
  const probing = probe(session, world, asked.resolve);
  const { hosts, severalLines } = await explainWay(session, {
    ...explaining,
    cycle: probing.then(({ result }) => result),
    asked: asked.promise,
  });
  const main = await probing;
  add("sending", sendingStep(main.result));
  const examination = await examine(session, main, { world, hosts });
  add("answer", answerStep(examination, session));
  add("content", contentStep(examination, session));
  add("protocol", protocolStep(examination, session));
  add("session", sessionStep(examination, session, severalLines));
  return decisiveResult(examination);
}

function mayUse({ family, bind }: OpenSession, host: string): boolean {
  const allowed = family === "auto" ? familyOf(bind ?? "") : family;
  return allowed === null || isPath(host) || allowed === familyOf(host);
}
