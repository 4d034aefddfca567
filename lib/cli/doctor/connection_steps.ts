/**
 * How far connections come: whether they are accepted, and secured.
 *
 * @module
 */
import { isPath } from "../../address.ts";
import type { CycleResult } from "../../finding.ts";
import { formatAddress, formatDuration } from "../../parsers.ts";
import type { StreamProtocol } from "../../protocol/protocol.ts";
import type { OpenSession } from "../../run/sessions.ts";
import { milliseconds } from "../../words.ts";
import {
  certificateCode,
  goneCode,
  notTlsCode,
  refusedCode,
} from "../../world.ts";
import type { Attempt } from "./connections.ts";
import type { Contact } from "./examination.ts";
import { presenceOf, unreachable } from "./presence.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";

/** A session that is asked with streams. */
export interface StreamSession extends OpenSession {
  /** How it is asked. */
  readonly protocol: StreamProtocol;
}

/** All that was found out about a session's peer. */
export interface StreamExamination {
  /** A cycle as `check` makes it. */
  readonly result: CycleResult;
  /** Its connections, in their order. */
  readonly attempts: readonly Attempt[];
  /** Connections to see whether the host is there; none unless nothing came back. */
  readonly contacts: readonly Contact[];
  /** What the peer says unasked; `null` if nobody listened for that. */
  readonly greeting: Uint8Array | null;
}

/** The connection that says most: the last one of those that have come furthest. */
export function decisiveOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.findLast(({ openedAt }) => openedAt !== null) ??
    attempts.findLast(({ acceptedAt }) => acceptedAt !== null) ??
    attempts.at(-1);
}

/** A time in ms, for people. */
export function ms(time: number): string {
  return `${milliseconds(time)} ms`;
}

/** Tells whether the peer accepts connections. */
export function connectStep(
  { attempts, contacts, result: { fault } }: StreamExamination,
  { timeout }: StreamSession,
): Outcome {
  const attempt = decisiveOf(attempts);
  if (attempt === undefined) {
    return fault === null || fault.code === "EUPLINKS"
      ? unknown("no address to connect to")
      : unknown("no connection was tried: no way to the peer");
  }
  const where = formatAddress(attempt.to);
  if (attempt.acceptedAt !== null) {
    const text = `${where} accepts connections, after ${
      ms(attempt.acceptedAt - attempt.since)
    }`;
    const failed = attempts.filter(({ acceptedAt }) => acceptedAt === null);
    return failed.length === 0 ? good(text) : good(
      `${text}, but only ${
        attempts.length - failed.length
      } of ${attempts.length}`,
      failed.map(({ to, failure }) =>
        `${formatAddress(to)}: ${failure?.fault.message ?? "nothing came back"}`
      ).join("; "),
    );
  }
  const { failure } = attempt;
  if (failure === null) return hanging(attempt, contacts, timeout);
  const after = `after ${ms(failure.at - attempt.since)}`;
  switch (failure.fault.code) {
    case refusedCode:
      return bad(
        `${where} refuses connections, ${after}`,
        isPath(attempt.to.host)
          ? "Nothing listens there: the server that made this socket has ended. `ss -lx` shows what listens"
          : "Nothing listens there, or a firewall on either side refuses: they look the same. Is the port right? `ss -ltn` shows what listens there, `nft list ruleset` what a firewall does",
      );
    case goneCode:
      return bad(
        `${where} is not there`,
        "The server does not run, or listens at another socket: `ss -lx` shows them",
      );
    case "EPERM":
      return bad(
        failure.fault.message,
        "A rule for the chain `output` drops or rejects it: let TCP out to that port",
      );
    default:
      return bad(`${failure.fault.message}, ${after}`, faultAdvice(attempt));
  }
}

function faultAdvice({ to: { host }, failure }: Attempt): string {
  if (isPath(host)) {
    return `\`ls -l ${host}\` shows what that is, and who may use it; \`ss -lx\` shows what listens`;
  }
  return unreachable.has(failure?.fault.code ?? "")
    ? `Nobody has that address, or a router or a firewall on the way says so: \`ip neigh show ${host}\` and \`ip route get ${host}\` show where the way ends`
    : "That comes and goes: ask again. If it stays, something on the way cuts connections";
}

/** Nothing has come back. */
function hanging(
  { to }: Attempt,
  contacts: readonly Contact[],
  timeout: number,
): Outcome {
  const { host } = to;
  const { type, text } = presenceOf(contacts);
  const nothing = `nothing came back from ${formatAddress(to)} within ${
    formatDuration(timeout)
  }`;
  if (isPath(host)) {
    return bad(
      nothing,
      "The server hangs, or has more new connections than it takes: `ss -lx` shows how many wait",
    );
  }
  switch (type) {
    case "there":
      return bad(
        `${nothing}, but ${host} is there: it ${text}`,
        "A firewall there or here drops packets to this port (`nft list ruleset`), or the server has more new connections than it takes",
      );
    case "slow":
      return bad(
        `${nothing}; ${host} is there, but it ${text}`,
        `Most packets are lost on the way: \`ping -c 20 ${host}\` shows how many. Fix the line first (Wi-Fi, cable, a full uplink)`,
      );
    case "absent":
      return bad(
        `${nothing}: no machine has this address, or it cannot be reached`,
        `\`ip neigh show ${host}\` and \`ip route get ${host}\` show where the way ends`,
      );
    case "unknown":
      return bad(
        nothing,
        `Packets are dropped on the way there or back, or there is no such host. A DROP of this machine's own firewall can't be told from loss: \`nft list ruleset\` shows it. Is \`ping ${host}\` answered?`,
      );
  }
}

/** Tells whether the peer proves who it is. */
export function tlsStep(
  { attempts }: StreamExamination,
  { protocol, gateway: { host }, values, timeout }: StreamSession,
): Outcome {
  const attempt = decisiveOf(attempts);
  if (attempt === undefined || attempt.acceptedAt === null) {
    return unknown("no connection to secure");
  }
  const { acceptedAt, openedAt, failure } = attempt;
  if (openedAt !== null) {
    const name = values["tlsName"] ?? host;
    return good(
      `${name} has proven its name; that took ${ms(openedAt - acceptedAt)}`,
    );
  }
  const where = formatAddress(attempt.to);
  if (failure === null) {
    const what = attempt.hasEnded
      ? "ended the connection during the handshake"
      : `did not finish the handshake within ${formatDuration(timeout)}`;
    return bad(`${where} ${what}`, untaught);
  }
  const { code, message } = failure.fault;
  const flaw = protocol.flaws.find(({ name }) => name === "certificate");
  return code === certificateCode
    ? bad(message, flaw?.advice)
    : code === notTlsCode
    ? bad(message, "Is the port right? A scheme without TLS may be the one")
    : bad(`during the handshake: ${message}`, untaught);
}

const untaught =
  "It may not speak TLS, want another name (--tls-name), or be behind a firewall that cuts connections by their name";
