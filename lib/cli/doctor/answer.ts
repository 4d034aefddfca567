/**
 * Whether anything answers, how much is lost, and what else is known of a
 * gateway that is silent.
 *
 * @module
 */
import { formatAddress } from "../../parsers.ts";
import {
  answersTo,
  type Examination,
  heartbeatOf,
  otherDatagrams,
  type Probe,
} from "./examination.ts";
import type { Heard } from "./traffic.ts";
import { presenceOf } from "./presence.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { milliseconds, plural } from "../../words.ts";
import type { Session } from "../../session/session_state.ts";

/** The shares of lost heartbeats that are worth a word, and that endanger the session. */
const losses = { notable: 0.05, heavy: 0.4 };

/** Tells whether anything comes back, and how much is lost. */
export function answerStep(
  examination: Examination,
  session: Session,
): Outcome {
  const { main, singles } = examination;
  const probes = [main, ...singles];
  const sent = probes.reduce((sum, { result }) => sum + result.tries, 0);
  const better = betterWay(examination, session);
  if (sent === 0) {
    return better === null
      ? unknown("nothing was sent that could be answered")
      : bad(`nothing was sent that way, ${better.text}`, better.advice);
  }
  if (probes.some((probe) => answersTo(probe).length > 0)) {
    return answered(examination, session);
  }
  const none = `none of ${sent} heartbeats was answered`;
  const others = probes.flatMap(otherDatagrams);
  const other = others.find((heard) => isReply(heard, session)) ?? others[0];
  const { host, port } = main.result.address!;
  if (other !== undefined) {
    const { from } = other;
    const start = `${none} by ${formatAddress({ host, port })}`;
    return from.port === port && isReply(other, session)
      ? bad(
        `${start}, but ${from.host} answered`,
        `reply_from = ${from.host} (or --reply-from ${from.host}) accepts them, if that is another address of the gateway. Otherwise somebody is forging answers`,
      )
      : bad(
        `${start}, but something came from ${formatAddress(from)}`,
        `lifesign accepts answers only from the address that it asked. If ${from.host} is an address of the gateway, use --gateway ${
          formatAddress(from)
        }`,
      );
  }
  return better === null
    ? silence(none, examination, session)
    : bad(`${none}, ${better.text}`, better.advice);
}

function isReply(
  { bytes, requests }: Heard,
  session: Session,
): boolean {
  return "reply" in heartbeatOf(session).judge(bytes, requests);
}

/** The answer to other settings, and which ones to set; `null` if nothing answered them. */
function betterWay(
  { variants }: Examination,
  { gateway, protocol }: Session,
): { text: string; advice: string } | null {
  const better = variants.find(({ probe }) => answersTo(probe).length > 0);
  if (better === undefined) return null;
  const there = formatAddress(better.probe.result.address!);
  const flag = there.startsWith("[") ? "-6" : "-4";
  return {
    text: `but ${there} does answer`,
    advice: better.change === "family"
      ? `Keep to its family: ${flag}. \`run\` finds that out by itself after a fault`
      : `The port was wrong: --gateway ${gateway.host}, since ${protocol.port} is the port by default`,
  };
}

/** Nothing has come back. */
function silence(
  none: string,
  { main, contacts }: Examination,
  { gateway: { port }, protocol }: Session,
): Outcome {
  const { host } = main.result.address!;
  const { type, text } = presenceOf(contacts);
  switch (type) {
    case "there":
      return bad(
        `${none}, but ${host} is there: it ${text}`,
        protocol.silence ??
          `The way there and back works, so lost packets are unlikely: nothing speaks this heartbeat at UDP port ${port}. Either the site has switched it off (ask whoever runs it; no session needs one then), or the gateway is another host or port, or a firewall drops UDP, perhaps on this machine (\`nft list ruleset\`)`,
      );
    case "slow":
      return bad(
        `${none}; ${host} is there, but it ${text}, and only at the second request`,
        `Most packets are lost on the way: \`ping -c 20 ${host}\` shows how many. Fix the line first (Wi-Fi, cable, a full uplink); more tries help meanwhile: --tries 6`,
      );
    case "absent":
      return bad(
        `${none}: no machine has the address ${host}, or it cannot be reached`,
        `Is the address right, is the gateway switched on, is this machine in the right network? \`ip neigh show ${host}\` and \`ip route get ${host}\` show where the way ends`,
      );
    case "unknown":
      return bad(
        `${none}, nor was any TCP connection: nothing came from ${host}`,
        protocol.silence ??
          `Silence cannot tell a gateway that has the heartbeat switched off from packets that are dropped on the way. Try \`ping ${host}\`: if that is answered, the heartbeat is switched off or a firewall stops it; if not, ask from another machine in the network, then whoever runs it. A VPN or the wrong network on this side looks just the same`,
      );
  }
}

function answered(
  { main, singles }: Examination,
  { timeout, tries }: Session,
): Outcome {
  const times = [main, ...singles].flatMap(answerTime)
    .toSorted((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const speed = `after ${milliseconds(median)} ms`;
  const sent = singles.filter(({ result }) => result.tries > 0);
  if (sent.length === 0) {
    const { from } = answersTo(main)[0]!;
    return good(`${formatAddress(from)} answers, ${speed}`);
  }
  const back = sent.filter((probe) => answersTo(probe).length > 0).length;
  const share = 1 - back / sent.length;
  const text =
    `${back} of ${sent.length} heartbeats sent one by one were answered, ${speed}`;
  if (median > timeout) {
    const enough = Math.ceil(median / 500) * 500 * 2;
    return good(
      text,
      `Answers take longer than the timeout (${timeout} ms), so that each heartbeat is sent again in vain: raise it, --timeout ${enough}ms`,
    );
  }
  if (share < losses.notable) return good(text);
  const [least, most] = shareBetween(sent.length - back, sent.length);
  const lost =
    `${text}: ${least} to ${most} % are lost on the way there or back`;
  return share < losses.heavy
    ? good(
      lost,
      `lifesign copes with that, since it sends up to ${
        plural(tries, "time", "times")
      } a cycle; weak Wi-Fi or a full uplink is the usual cause`,
    )
    : bad(
      lost,
      `The gateway speaks, but the line is bad: fix it (Wi-Fi, cable, a full uplink), and let lifesign try more often meanwhile: --tries ${
        Math.min(20, 2 * tries)
      }`,
    );
}

/** What share a count may be of many, in whole percent, where it is one of few: Wilson's interval for 95 %. */
function shareBetween(
  count: number,
  of: number,
): [least: number, most: number] {
  const z = 1.96;
  const share = count / of;
  const middle = share + z * z / (2 * of);
  const half = z * Math.sqrt(share * (1 - share) / of + z * z / (4 * of * of));
  const scale = 100 / (1 + z * z / of);
  return [
    Math.round((middle - half) * scale),
    Math.round((middle + half) * scale),
  ];
}

/** How long a probe's first answer took after its first try, in ms; nothing without one. */
function answerTime(probe: Probe): number[] {
  const [first] = answersTo(probe);
  const [sent] = probe.traffic.sent;
  return first === undefined || sent === undefined ? [] : [first.at - sent.at];
}
