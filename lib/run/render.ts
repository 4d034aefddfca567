/**
 * What a cycle found out, for people and for programs.
 *
 * @module
 */
import { milliseconds, plural } from "../words.ts";
import { formatAddress, type GatewayAddress } from "../parsers.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { protocolOf } from "../protocol/protocols.ts";
import { mask } from "../config/quote.ts";
import { exitCodeOf } from "../exit_code.ts";
import { targetOf } from "../session/session_state.ts";
import {
  type CycleResult,
  disagreeCode,
  type Reasons,
  type StreamFacts,
} from "../finding.ts";

/** What is said about a session's gateway. */
export interface Subject {
  /** The session's name. */
  readonly name: string;
  /** How it is asked. */
  readonly protocol: Pick<Protocol, "scheme" | "write">;
  /** What is asked for there, from the slash on; empty for nothing. */
  readonly path: string;
  /** Its gateway, as it was set. */
  readonly gateway: GatewayAddress;
}

/** A session's part of `--json` output. A portal's user is masked unless it `reveals` that. */
export function sessionRecord(
  subject: Subject,
  result: CycleResult,
  reveals = false,
): Record<string, unknown> {
  const { name, gateway, protocol } = subject;
  const { verdict, address, rtt, answerTime, oneWay, fault, stream } = result;
  return {
    session: name,
    verdict,
    exit_code: exitCodeOf(verdict),
    target: targetOf(subject),
    protocol: protocol.scheme,
    gateway: formatAddress(gateway),
    address: address && formatAddress(address),
    rtt_ms: rtt === null ? null : milliseconds(rtt),
    answer_ms: answerTime === null ? null : milliseconds(answerTime),
    tries: result.tries,
    local_port: result.localPort,
    dead_replies: result.deadReplies,
    reasons: result.reasons,
    error: fault && { code: fault.code, message: fault.message },
    ...streamRecord(stream, reveals),
    one_way_ms: oneWay === undefined ? null : {
      there: milliseconds(oneWay.there),
      back: milliseconds(oneWay.back),
    },
    ...result.note !== undefined && { note: result.note },
  };
}

/** Where a session is asked, for people: `HOST:PORT` of datagrams, a URL of streams. */
export function whereOf(subject: Omit<Subject, "name">): string {
  const target = targetOf(subject);
  return whereIn({ target, gateway: formatAddress(subject.gateway) });
}

/** The same of a record that has both. */
export function whereIn(
  { target, gateway }: { readonly target: string; readonly gateway: string },
): string {
  const [scheme = ""] = target.split("://", 1);
  return protocolOf(scheme)?.carrier === "stream" ? target : gateway;
}

/** What only streams have; of datagrams it is `null`. */
function streamRecord(
  stream: StreamFacts | undefined,
  reveals: boolean,
): Record<string, unknown> {
  const { note = null, warning = null, isHeld = null } = stream ?? {};
  const { phases = null, portal = null } = stream ?? {};
  const ms = (time: number | null) => time === null ? null : milliseconds(time);
  return {
    note,
    warning,
    held: isHeld,
    phases_ms: phases && {
      connect: ms(phases.connect),
      tls: ms(phases.tls),
      greeting: ms(phases.greeting),
      proof: ms(phases.proof),
    },
    portal: portal && {
      user: portal.user === undefined ? null : userOf(portal.user, reveals),
      address: portal.address ?? null,
      seconds_online: portal.secondsOnline ?? null,
      seconds_left: portal.secondsLeft ?? null,
      bytes: portal.bytes ?? null,
    },
  };
}

/** The name of a portal's user, for output that may go anywhere. */
export function userOf(user: string, reveals: boolean): string {
  return reveals ? user : mask(user);
}

/** A result in one line: `dorm: alive (192.0.2.1:3335, 1.9 ms, 1 try)`. `remark` stands behind the verdict. */
export function sessionLine(
  subject: Subject,
  result: CycleResult,
  remark = "",
): string {
  const why = explanation(subject, result);
  return `${subject.name}: ${result.verdict}${remark} (${why})`;
}

/** What a verdict rests on: `192.0.2.1:3335, 1.9 ms, 1 try`. */
export function explanation(
  { gateway }: Pick<Subject, "gateway">,
  result: CycleResult,
): string {
  return explain(result, formatAddress(result.address ?? gateway));
}

function explain(result: CycleResult, where: string): string {
  const { verdict, tries, deadReplies, reasons, fault, stream } = result;
  const sent = plural(tries, "try", "tries");
  const note = stream?.note ? [stream.note] : [];
  // Of datagrams it is what others say of them.
  const said = result.note === undefined ? [] : [result.note];
  const problem = fault === null ? [] : [`${fault.code}: ${fault.message}`];
  if (fault?.code === disagreeCode) return fault.message;
  switch (verdict) {
    case "alive":
      return [where, ...timing(result), sent, ...note, ...warnings(stream)]
        .join(", ");
    case "dead":
      return stream === undefined
        ? `${where} said so ${plural(deadReplies, "time", "times")}`
        : `${saidBy(where, result)}, ${plural(deadReplies, "time", "times")}`;
    case "silent": {
      const what = deadReplies > 0
        ? `${where} said it is dead, but did not confirm that`
        : note.length > 0
        ? saidBy(where, result)
        : `no answer from ${where}`;
      const more = note.length > 0 && deadReplies === 0 ? [] : problem;
      return [what, sent, ...discarded(reasons), ...more, ...said].join(", ");
    }
    case "garbled":
      return [
        note.length > 0
          ? saidBy(where, result)
          : `no valid answer from ${where}`,
        sent,
        ...discarded(reasons),
        ...said,
      ].join(", ");
    case "unsendable":
    case "unresolved":
      return problem.join();
  }
}

/** What a peer did or said in the end. What a fault says is a sentence of its own. */
export function saidBy(
  where: string,
  { fault, stream }: Pick<CycleResult, "fault" | "stream">,
): string {
  const note = stream?.note ?? "said nothing";
  return note === fault?.message ? note : `${where} ${note}`;
}

function warnings(stream: StreamFacts | undefined): string[] {
  return stream?.warning ? [`but ${stream.warning}`] : [];
}

/** A round trip that is known, and its halves, else how long it took to be answered. */
function timing({ rtt, answerTime, oneWay }: CycleResult): string[] {
  if (rtt !== null) {
    const halves = oneWay === undefined
      ? ""
      : ` (${milliseconds(oneWay.there)} there, ${
        milliseconds(oneWay.back)
      } back)`;
    return [`${milliseconds(rtt)} ms${halves}`];
  }
  if (answerTime === null) return [];
  return [`answered after ${milliseconds(answerTime)} ms`];
}

function discarded(reasons: Reasons): string[] {
  const counts = Object.entries(reasons)
    .map(([reason, count]) => `${count} × ${reason}`);
  return counts.length === 0 ? [] : [`discarded: ${counts.join(", ")}`];
}
