/**
 * What came back, and whether that is this protocol.
 *
 * @module
 */
import type { Flaw, Heartbeat } from "../../protocol/protocol.ts";
import type { Session } from "../../session/session_state.ts";
import { formatAddress } from "../../parsers.ts";
import { answersTo, type Examination } from "./examination.ts";
import { type Heard, longestShown } from "./observer.ts";
import { bad, good, open, type Step } from "./step.ts";
import { plural } from "../../words.ts";

/** What decides how an answer is judged. */
export type Judged = Pick<Session, "protocol" | "identity" | "values">;

/** So many kinds of datagrams are shown. */
const mostKinds = 3;

/** So many bytes of one are shown. */
const mostBytes = 24;

/** Tells what came back, byte for byte but for UIDs. */
export function contentStep(
  { main, singles }: Examination,
  session: Judged,
): Step {
  const { protocol, identity, values } = session;
  const heartbeat = protocol.open(identity, values);
  const heard = [main, ...singles].flatMap(({ traffic }) => traffic.heard);
  if (heard.length === 0) {
    return open("content", "nothing came that could be looked at");
  }
  const kinds = Map.groupBy(
    heard,
    (datagram) =>
      `${kindOf(datagram, heartbeat)} ${formatAddress(datagram.from)}`,
  );
  const all = [...kinds.values()].toSorted((a, b) => b.length - a.length);
  const shown = all.slice(0, mostKinds).map((same) => show(same, heartbeat));
  const rest = all.length - shown.length;
  return good(
    "content",
    [...shown, ...rest > 0 ? [`and ${rest} other kinds`] : []].join("; "),
  );
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
  return `${all.length} × ${lengths} from ${formatAddress(same[0]!.from)}${
    isOne ? "" : ", such as"
  }: ${first.hex || "nothing in it"}`;
}

function lengthOf(length: number): string {
  return length > longestShown
    ? `more than ${longestShown} bytes`
    : plural(length, "byte", "bytes");
}

/** Bytes in hexadecimal, with `**` for those that are hidden. */
function hexOf(bytes: Uint8Array, hidden: readonly boolean[]): string {
  const words = Array.from(
    bytes,
    (byte, at) => hidden[at] ? "**" : byte.toString(16).padStart(2, "0"),
  );
  const rest = words.length > mostBytes ? [" …"] : [];
  return [words.slice(0, mostBytes).join(" "), ...rest].join("");
}

/** What a datagram turned out to be: `alive`, `dead`, a flaw, or `echo` if it is just what was sent. */
function kindOf({ bytes, requests }: Heard, heartbeat: Heartbeat): string {
  const judgement = heartbeat.judge(bytes, requests);
  if ("reply" in judgement) return judgement.reply;
  const isEcho = requests.some((request) =>
    bytes.length === request.length &&
    bytes.every((byte, at) => byte === request[at])
  );
  return isEcho ? echo.name : judgement.flaw;
}

/** What no protocol of ours does. */
const echo: Flaw = {
  name: "echo",
  text: "it sends back just what it gets",
  advice:
    "That is an echo service, not a gateway: are host and port those of the gateway?",
};

/** Tells whether what came back is this protocol. */
export function protocolStep(
  { main, singles }: Examination,
  session: Judged,
): Step {
  const { protocol, identity, values } = session;
  const heartbeat = protocol.open(identity, values);
  const answers = [main, ...singles].flatMap(answersTo);
  if (answers.length === 0) {
    return open("protocol", "no answer that could be judged");
  }
  const kinds = answers.map((heard) => kindOf(heard, heartbeat));
  const valid = kinds.filter((kind) => kind === "alive" || kind === "dead")
    .length;
  const flaw = [echo, ...protocol.flaws].find(({ name }) =>
    kinds.includes(name)
  );
  if (flaw === undefined) {
    return good(
      "protocol",
      `${
        valid === 1
          ? "the answer is a reply"
          : `all ${valid} answers are replies`
      } to a heartbeat, to the last byte`,
    );
  }
  const { text, advice } = flaw;
  return valid > 0
    ? good(
      "protocol",
      `${valid} of ${
        plural(answers.length, "answer", "answers")
      } are replies to a heartbeat; of the others: ${text}`,
      "What is no reply is ignored; somebody may be forging answers",
    )
    : bad("protocol", text, advice);
}
