/**
 * The steps from the moment when a heartbeat has left: whether anything
 * answers, what, whether that is this protocol, and what it says.
 *
 * @module
 */
import { heartbeatOf } from "../../agent/agent.ts";
import type { CycleResult } from "../../agent/cycle.ts";
import { formatAddress } from "../../config/parsers.ts";
import type { Session } from "../../config/session.ts";
import { defaultPort } from "../../config/settings.ts";
import { milliseconds, plural } from "../render.ts";
import {
  answersTo,
  decisive,
  type Examination,
  type Probe,
  straysTo,
} from "./examination.ts";
import { hostFrom, type Presence } from "./presence.ts";
import { type Heard, longestShown } from "./observer.ts";
import { bad, good, open, type Step } from "./step.ts";

/** How large a share of lost heartbeats is worth a word, and how large one endangers the session. */
const losses = { notable: 0.05, heavy: 0.4 };

type Heartbeat = ReturnType<typeof heartbeatOf>;

/** What decides how an answer is judged. */
type Judge = Pick<Session, "strictReply"> & { readonly uid: bigint };

/** Tells whether anything comes back, and how much is lost. */
export function answerStep(
  examination: Examination,
  session: Pick<Session, "gateway" | "timeout" | "tries" | "bind">,
): Step {
  const { main, singles } = examination;
  const asked = [main, ...singles];
  const sent = asked.reduce((sum, { result }) => sum + result.tries, 0);
  if (sent === 0) {
    return open("answer", "nothing was sent that could be answered");
  }
  const where = main.result.address!;
  if (asked.some((probe) => answersTo(probe).length > 0)) {
    return answered(examination, session);
  }
  const none = `none of ${sent} heartbeats was answered`;
  const [stray] = asked.flatMap(straysTo);
  if (stray !== undefined) {
    const from = formatAddress(stray.from);
    return bad(
      "answer",
      `${none} by ${formatAddress(where)}, but something came from ${from}`,
      `lifesign believes only whom it asked. If ${stray.from.host} is an address of the gateway's, ask it there: --gateway ${from}`,
    );
  }
  const better = examination.variants.find(({ probe }) =>
    answersTo(probe).length > 0
  );
  if (better !== undefined) {
    const { change, probe } = better;
    const there = formatAddress(probe.result.address!);
    const { text, advice } = betterWays[change](there, session);
    return bad("answer", `${none}; ${text}`, advice);
  }
  const presence = hostFrom(examination.contacts);
  return bad(
    "answer",
    `${none}${evidence[presence.type](presence, where.host)}`,
    adviceOn[presence.type](where.host, session),
  );
}

/** What to do when other settings are answered, and these are not. */
const betterWays: Record<
  Examination["variants"][number]["change"],
  (
    there: string,
    session: Pick<Session, "gateway" | "bind">,
  ) => { text: string; advice: string }
> = {
  bind: (there, { bind }) => ({
    text: `${there} answers as soon as bind (${bind}) is left out`,
    advice:
      "Leave bind out, or name the interface that the session was logged in through",
  }),
  family: (there) => ({
    text: `${there} does answer`,
    advice: `Keep to its family: ${
      there.startsWith("[") ? "-6" : "-4"
    }. \`run\` finds that out by itself after a fault`,
  }),
  port: (there, { gateway }) => ({
    text: `${there} does answer`,
    advice:
      `The port was wrong: --gateway ${gateway.host}, since ${defaultPort} is the port by default`,
  }),
};

/** What is known of a host that has answered no heartbeat. */
const evidence: Record<
  Presence["type"],
  (presence: Presence, host: string) => string
> = {
  there: ({ text }, host) => `, but ${host} is there: it ${text}`,
  slow: ({ text }, host) =>
    `; ${host} is there, though it ${text}, when it had been asked again`,
  absent: (_, host) =>
    `: no machine has the address ${host}, or it can't be reached`,
  unknown: (_, host) =>
    `, nor was any TCP connection: all that is known of ${host} is silence`,
};

/** What to do when nothing has come back. */
const adviceOn: Record<
  Presence["type"],
  (
    host: string,
    session: Pick<Session, "gateway">,
  ) => string
> = {
  there: (_host, { gateway: { port } }) =>
    `The way there and back works, so packets are not lost: nothing speaks this heartbeat at UDP port ${port}. The site has switched it off (ask whoever runs it: sessions then need none), the gateway is another host or port, or a firewall drops UDP, the one of this machine included (\`nft list ruleset\`)`,
  slow: (host) =>
    `Most packets are lost on the way: \`ping -c 20 ${host}\` shows how many. Mend the line first (Wi-Fi, cable, a full uplink); more tries help meanwhile: --tries 6`,
  absent: (host) =>
    `Is the address right, is the gateway switched on, is this machine in the right network? \`ip neigh show ${host}\` and \`ip route get ${host}\` show where the way ends`,
  unknown: (host) =>
    `Silence can't tell a gateway that has the heartbeat switched off from packets that are dropped on the way. Try \`ping ${host}\`: if that is answered, the heartbeat is switched off or a firewall stops it; if not, ask from another machine in the network, then whoever runs it. A VPN or the wrong network on this side looks just the same`,
};

function answered(
  { main, singles }: Examination,
  { timeout, tries }: Pick<Session, "timeout" | "tries">,
): Step {
  const times = [main, ...singles].flatMap(delaysOf).toSorted((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const speed = `after ${milliseconds(median)} ms`;
  const sent = singles.filter(({ result }) => result.tries > 0);
  if (sent.length === 0) {
    const { from } = answersTo(main)[0]!;
    return good("answer", `${formatAddress(from)} answers, ${speed}`);
  }
  const back = sent.filter((probe) => answersTo(probe).length > 0).length;
  const share = 1 - back / sent.length;
  const text =
    `${back} of ${sent.length} heartbeats sent one by one were answered, ${speed}`;
  if (median > timeout) {
    return good(
      "answer",
      text,
      `Answers take longer than the timeout (${timeout} ms), so that each heartbeat is sent again in vain: raise it, --timeout ${
        Math.ceil(median / 500) * 500 * 2
      }ms`,
    );
  }
  if (share < losses.notable) return good("answer", text);
  const lost = `${text}: about ${
    Math.round(share * 100)
  } % are lost on the way`;
  if (share < losses.heavy) {
    return good(
      "answer",
      lost,
      `lifesign stands that, since it sends up to ${
        plural(tries, "time", "times")
      } a cycle; weak Wi-Fi or a full uplink is the usual cause`,
    );
  }
  return bad(
    "answer",
    lost,
    `The gateway speaks, but the line is bad: mend it (Wi-Fi, cable, a full uplink), and let lifesign try more often meanwhile: --tries ${
      Math.min(20, 2 * tries)
    }`,
  );
}

/** How long each socket's first answer took, in ms, as far as one try can be told from another. */
function delaysOf(probe: Probe): number[] {
  const [first] = answersTo(probe);
  const [sent] = probe.traffic.sent;
  return first === undefined || sent === undefined ? [] : [first.at - sent.at];
}

/** So many different datagrams are shown. */
const mostKinds = 3;

/** So many bytes of each are shown. */
const mostBytes = 24;

/** Tells what came back, byte for byte but for UIDs. */
export function contentStep(
  { main, singles }: Examination,
  session: Judge,
): Step {
  const { secrets } = heartbeatOf(session);
  const heard = [main, ...singles].flatMap(({ traffic }) => traffic.heard);
  if (heard.length === 0) {
    return open("content", "nothing came that could be looked at");
  }
  const kinds = Map.groupBy(
    heard,
    ({ from, bytes }) =>
      `${lengthOf(bytes)} from ${formatAddress(from)}: ${
        hexOf(bytes, secrets(bytes))
      }`,
  );
  const all = [...kinds].toSorted(([, a], [, b]) => b.length - a.length);
  const shown = all.slice(0, mostKinds).map(([kind, { length }]) =>
    `${length} × ${kind}`
  );
  const rest = all.length - shown.length;
  return good(
    "content",
    [...shown, ...rest > 0 ? [`and ${rest} other kinds`] : []].join("; "),
  );
}

function lengthOf({ length }: Uint8Array): string {
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

/** What a datagram turned out to be: a valid reply, or why it is none; `echo` if it is just what was sent. */
type Kind = "reply" | "echo" | "length" | "uid" | "tail";

function kindOf({ bytes }: Heard, { request, judge }: Heartbeat): Kind {
  const judgement = judge(bytes);
  if ("reply" in judgement) return "reply";
  const isEcho = bytes.length === request.length &&
    bytes.every((byte, at) => byte === request[at]);
  return isEcho ? "echo" : judgement.flaw;
}

/** What flawed datagrams mean; the first of these that came decides. */
const flaws: readonly {
  readonly kind: Kind;
  readonly text: string;
  readonly advice: string;
}[] = [
  {
    kind: "echo",
    text: "it sends back just what it gets",
    advice:
      "That is an echo service, not a gateway: are host and port those of the gateway?",
  },
  {
    kind: "tail",
    text:
      "it answers as this protocol does, but with something behind the UID where zeros belong",
    advice:
      "Another version of the gateway may do so: --no-strict-reply accepts it",
  },
  {
    kind: "uid",
    text: "it answers in the form of this protocol, but names another session",
    advice:
      "Is the UID the one of this login? If it is, something else listens at that port, or answers for another client",
  },
  {
    kind: "length",
    text: "its answers have another length than this protocol's",
    advice:
      "Something else listens there: are host and port those of the gateway?",
  },
];

/** Tells whether what came back is this protocol. */
export function protocolStep(
  { main, singles }: Examination,
  session: Judge,
): Step {
  const heartbeat = heartbeatOf(session);
  const answers = [main, ...singles].flatMap(answersTo);
  if (answers.length === 0) {
    return open("protocol", "no answer that could be judged");
  }
  const kinds = answers.map((heard) => kindOf(heard, heartbeat));
  const valid = kinds.filter((kind) => kind === "reply").length;
  const flaw = flaws.find(({ kind }) => kinds.includes(kind));
  if (flaw === undefined) {
    return good(
      "protocol",
      `${
        plural(valid, "answer is a reply", "answers are replies")
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

/** Tells whether the session is alive. */
export function sessionStep(
  examination: Examination,
  { uidFile }: Pick<Session, "uidFile">,
): Step {
  const { verdict, deadReplies }: CycleResult = decisive(examination);
  if (verdict === "alive") {
    return good("session", "alive: the gateway knows the UID");
  }
  if (verdict === "dead") {
    const where = uidFile === null || uidFile === "-"
      ? "and pass the new UID on"
      : `so that ${uidFile} gets the new UID`;
    return bad(
      "session",
      `dead: the gateway said so ${plural(deadReplies, "time", "times")}`,
      `Log in again, ${where}. If you are logged in, this UID is an older session's`,
    );
  }
  return deadReplies > 0
    ? open(
      "session",
      "said to be dead, but that was not confirmed",
      "Anybody can say so: ask again",
    )
    : open("session", "not known: no valid answer, so nothing is said of it");
}
