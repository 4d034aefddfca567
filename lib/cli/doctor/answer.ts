/**
 * Whether anything answers, how much is lost, and what else there is to know
 * of a gateway that is silent.
 *
 * @module
 */
import { formatAddress } from "../../parsers.ts";
import type { Endpoint } from "../../world.ts";
import {
  answersTo,
  type Examination,
  type Probe,
  straysTo,
} from "./examination.ts";
import type { Heard } from "./observer.ts";
import { hostFrom, type Presence } from "./presence.ts";
import { bad, good, open, type Step } from "./step.ts";
import { milliseconds, plural } from "../../words.ts";
import type { Session } from "../../session/session_state.ts";

/** How large a share of lost heartbeats is worth a word, and how large one endangers the session. */
const losses = { notable: 0.05, heavy: 0.4 };

/** Tells whether anything comes back, and how much is lost. */
export function answerStep(
  examination: Examination,
  session: Session,
): Step {
  const { main, singles, variants, contacts } = examination;
  const asked = [main, ...singles];
  const sent = asked.reduce((sum, { result }) => sum + result.tries, 0);
  const better = variants.find(({ probe }) => answersTo(probe).length > 0);
  const remark = better && betterWays[better.change](
    formatAddress(better.probe.result.address!),
    session,
  );
  if (sent === 0) {
    return remark === undefined
      ? open("answer", "nothing was sent that could be answered")
      : bad(
        "answer",
        `nothing was sent that way, but ${remark.text}`,
        remark.advice,
      );
  }
  const where = main.result.address!;
  if (asked.some((probe) => answersTo(probe).length > 0)) {
    return answered(examination, session);
  }
  const none = `none of ${sent} heartbeats was answered`;
  const strays = asked.flatMap(straysTo);
  const stray = strays.find((heard) => isReply(heard, session)) ?? strays[0];
  if (stray !== undefined) return strayed(stray, none, where, session);
  if (remark !== undefined) {
    return bad("answer", `${none}, but ${remark.text}`, remark.advice);
  }
  const presence = hostFrom(contacts);
  return bad(
    "answer",
    `${none}${evidence[presence.type](presence, where.host)}`,
    adviceOn[presence.type](where.host, session),
  );
}

/** Somebody has answered who was not asked. */
function strayed(
  stray: Heard,
  none: string,
  where: Endpoint,
  session: Session,
): Step {
  const from = formatAddress(stray.from);
  const { host } = stray.from;
  if (stray.from.port === where.port && isReply(stray, session)) {
    return bad(
      "answer",
      `${none} by ${formatAddress(where)}, but ${host} answered`,
      `reply_from = ${host} (or --reply-from ${host}) accepts them, if that is another address of the gateway. Otherwise somebody is forging answers`,
    );
  }
  return bad(
    "answer",
    `${none} by ${formatAddress(where)}, but something came from ${from}`,
    `lifesign accepts answers only from the address that it asked. If ${host} is an address of the gateway, use --gateway ${from}`,
  );
}

function isReply(
  { bytes, requests }: Heard,
  { protocol, identity, values }: Session,
): boolean {
  const heartbeat = protocol.open(identity, values);
  return "reply" in heartbeat.judge(bytes, requests);
}

/** What to do when other settings are answered, and these are not. */
const betterWays: Record<
  Examination["variants"][number]["change"],
  (
    there: string,
    session: Pick<Session, "gateway" | "protocol">,
  ) => { text: string; advice: string }
> = {
  family: (there) => ({
    text: `${there} does answer`,
    advice: `Keep to its family: ${
      there.startsWith("[") ? "-6" : "-4"
    }. \`run\` finds that out by itself after a fault`,
  }),
  port: (there, { gateway, protocol }) => ({
    text: `${there} does answer`,
    advice:
      `The port was wrong: --gateway ${gateway.host}, since ${protocol.port} is the port by default`,
  }),
};

/** What is known of a host that has answered no heartbeat. */
const evidence: Record<
  Presence["type"],
  (presence: Presence, host: string) => string
> = {
  there: ({ text }, host) => `, but ${host} is there: it ${text}`,
  slow: ({ text }, host) =>
    `; ${host} is there, but it ${text}, and only at the second request`,
  absent: (_, host) =>
    `: no machine has the address ${host}, or it cannot be reached`,
  unknown: (_, host) =>
    `, nor was any TCP connection: nothing came from ${host}`,
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
    `The way there and back works, so lost packets are unlikely: nothing speaks this heartbeat at UDP port ${port}. Either the site has switched it off (ask whoever runs it; no session needs one then), or the gateway is another host or port, or a firewall drops UDP, perhaps on this machine (\`nft list ruleset\`)`,
  slow: (host) =>
    `Most packets are lost on the way: \`ping -c 20 ${host}\` shows how many. Fix the line first (Wi-Fi, cable, a full uplink); more tries help meanwhile: --tries 6`,
  absent: (host) =>
    `Is the address right, is the gateway switched on, is this machine in the right network? \`ip neigh show ${host}\` and \`ip route get ${host}\` show where the way ends`,
  unknown: (host) =>
    `Silence cannot tell a gateway that has the heartbeat switched off from packets that are dropped on the way. Try \`ping ${host}\`: if that is answered, the heartbeat is switched off or a firewall stops it; if not, ask from another machine in the network, then whoever runs it. A VPN or the wrong network on this side looks just the same`,
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
  } % are lost on the way there or back`;
  if (share < losses.heavy) {
    return good(
      "answer",
      lost,
      `lifesign copes with that, since it sends up to ${
        plural(tries, "time", "times")
      } a cycle; weak Wi-Fi or a full uplink is the usual cause`,
    );
  }
  return bad(
    "answer",
    lost,
    `The gateway speaks, but the line is bad: fix it (Wi-Fi, cable, a full uplink), and let lifesign try more often meanwhile: --tries ${
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
