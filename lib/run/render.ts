/**
 * What a cycle found out, for people and for programs.
 *
 * @module
 */
import { milliseconds, plural } from "../words.ts";
import { formatAddress, type GatewayAddress } from "../parsers.ts";
import { exitCodeOf } from "../exit_code.ts";
import type { CycleResult, Reasons } from "../finding.ts";

/** What is said about a session's gateway. */
export interface Subject {
  /** The session's name. */
  readonly name: string;
  /** Its gateway, as it was set. */
  readonly gateway: GatewayAddress;
}

/** A session's part of `--json` output. */
export function sessionRecord(
  { name, gateway }: Subject,
  result: CycleResult,
): Record<string, unknown> {
  const { verdict, address, rtt, answerTime, fault } = result;
  return {
    session: name,
    verdict,
    exit_code: exitCodeOf(verdict),
    gateway: formatAddress(gateway),
    address: address && formatAddress(address),
    rtt_ms: rtt === null ? null : milliseconds(rtt),
    answer_ms: answerTime === null ? null : milliseconds(answerTime),
    tries: result.tries,
    local_port: result.localPort,
    dead_replies: result.deadReplies,
    reasons: result.reasons,
    error: fault && { code: fault.code, message: fault.message },
  };
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
  const { verdict, tries, deadReplies, reasons, fault } = result;
  const sent = plural(tries, "try", "tries");
  const problem = fault === null ? [] : [`${fault.code}: ${fault.message}`];
  switch (verdict) {
    case "alive":
      return [where, ...timing(result), sent].join(", ");
    case "dead":
      return `${where} said so ${plural(deadReplies, "time", "times")}`;
    case "silent": {
      const what = deadReplies > 0
        ? `${where} said it is dead, but did not confirm that`
        : `no answer from ${where}`;
      return [what, sent, ...discarded(reasons), ...problem].join(", ");
    }
    case "garbled":
      return [`no valid answer from ${where}`, sent, ...discarded(reasons)]
        .join(", ");
    case "unsendable":
    case "unresolved":
      return problem.join();
  }
}

/** A round trip that is known, else how long it took to be answered. */
function timing({ rtt, answerTime }: CycleResult): string[] {
  if (rtt !== null) return [`${milliseconds(rtt)} ms`];
  if (answerTime === null) return [];
  return [`answered after ${milliseconds(answerTime)} ms`];
}

function discarded(reasons: Reasons): string[] {
  const counts = Object.entries(reasons)
    .map(([reason, count]) => `${count} × ${reason}`);
  return counts.length === 0 ? [] : [`discarded: ${counts.join(", ")}`];
}
