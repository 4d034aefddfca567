/**
 * What came back, and whether it belongs to the protocol.
 *
 * @module
 */
import type { Flaw, Heartbeat } from "../../protocol/protocol.ts";
import type { Session } from "../../session/session_state.ts";
import { formatAddress } from "../../parsers.ts";
import { answersTo, type Examination, heartbeatOf } from "./examination.ts";
import { type Heard, longestShown } from "./traffic.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { plural } from "../../words.ts";

/** How many kinds of datagrams are shown at most. */
const mostKinds = 3;

/** How many bytes of a datagram are shown at most. */
const mostBytes = 24;

/** Shows what came back, byte for byte unless all is well, but hides UIDs. */
export function contentStep(
  { main, singles }: Examination,
  session: Session,
): Outcome {
  const heartbeat = heartbeatOf(session);
  const heard = [main, ...singles].flatMap(({ traffic }) => traffic.heard);
  if (heard.length === 0) {
    return unknown("nothing came that could be looked at");
  }
  const judged = heard.map((datagram) => kindOf(datagram, heartbeat));
  if (judged.every((kind) => kind === "alive")) {
    const places = new Set(heard.map(({ from }) => formatAddress(from)));
    return good(
      `${plural(heard.length, "answer", "answers")} of ${
        lengthOf(heard[0]!.bytes.length)
      } from ${[...places].join(", ")}, all right`,
    );
  }
  const kinds = Map.groupBy(
    heard,
    (datagram) =>
      `${kindOf(datagram, heartbeat)} ${formatAddress(datagram.from)}`,
  );
  const all = [...kinds.values()].toSorted((a, b) => b.length - a.length);
  const shown = all.slice(0, mostKinds).map((same) => show(same, heartbeat));
  const rest = all.length - shown.length;
  const more = rest > 0 ? [`and ${rest} other kinds`] : [];
  return good([...shown, ...more].join("; "));
}

/** Datagrams of one kind in a few words. */
function show(same: readonly Heard[], heartbeat: Heartbeat): string {
  const all = same.map(({ bytes }) => ({
    hex: hexOf(bytes, heartbeat.secrets(bytes)),
    length: bytes.length,
  })).toSorted((a, b) => a.length - b.length);
  const [first, last] = [all[0]!, all.at(-1)!];
  const lengths = first.length === last.length
    ? lengthOf(first.length)
    : `${first.length} to ${lengthOf(last.length)}`;
  const isOne = all.every(({ hex, length }) =>
    hex === first.hex && length === first.length
  );
  const from = formatAddress(same[0]!.from);
  return `${all.length} × ${lengths} from ${from}${isOne ? "" : ", such as"}: ${
    first.hex || "nothing in it"
  }`;
}

function lengthOf(length: number): string {
  return length > longestShown
    ? `more than ${longestShown} bytes`
    : plural(length, "byte", "bytes");
}

/** Bytes in hexadecimal, with `**` for hidden ones. */
function hexOf(bytes: Uint8Array, hidden: readonly boolean[]): string {
  const words = Array.from(
    bytes,
    (byte, at) => hidden[at] ? "**" : byte.toString(16).padStart(2, "0"),
  );
  const rest = words.length > mostBytes ? " …" : "";
  return words.slice(0, mostBytes).join(" ") + rest;
}

/** What a datagram is: `alive`, `dead`, a flaw, or `echo` if it is just what was sent. */
function kindOf({ bytes, requests }: Heard, heartbeat: Heartbeat): string {
  const judgement = heartbeat.judge(bytes, requests);
  if ("reply" in judgement) return judgement.reply;
  const isEcho = requests.some((request) =>
    bytes.length === request.length &&
    bytes.every((byte, at) => byte === request[at])
  );
  return isEcho ? echo.name : judgement.flaw;
}

/** No protocol of ours answers with the request itself. */
const echo: Flaw = {
  name: "echo",
  text: "it sends back just what it gets",
  advice:
    "That is an echo service, not a gateway: are host and port those of the gateway?",
};

/** Tells whether what came back belongs to the protocol. */
export function protocolStep(
  { main, singles }: Examination,
  session: Session,
): Outcome {
  const heartbeat = heartbeatOf(session);
  const kinds = [main, ...singles].flatMap(answersTo)
    .map((heard) => kindOf(heard, heartbeat));
  if (kinds.length === 0) return unknown("no answer that could be judged");
  const valid = kinds.filter((kind) => kind === "alive" || kind === "dead")
    .length;
  const flaw = [echo, ...session.protocol.flaws].find(({ name }) =>
    kinds.includes(name)
  );
  if (flaw === undefined) {
    const what = valid === 1
      ? "the answer is a reply"
      : `all ${valid} answers are replies`;
    return good(`${what} to a heartbeat, to the last byte`);
  }
  if (valid === 0) return bad(flaw.text, flaw.advice);
  const all = plural(kinds.length, "answer", "answers");
  return good(
    `${valid} of ${all} are replies to a heartbeat; of the others: ${flaw.text}`,
    "What is no reply is ignored; somebody may be forging answers",
  );
}
