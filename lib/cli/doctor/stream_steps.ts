/**
 * What else is explained of streams: their settings, what the peer says in its
 * protocol, and what follows from that for the session.
 *
 * @module
 */
import { familyOf, isName, isPath } from "../../address.ts";
import { type Layer, originOf } from "../../config/layers.ts";
import { quote } from "../../config/quote.ts";
import { keyOf } from "../../config/settings.ts";
import { disagreeCode } from "../../finding.ts";
import { formatAddress, formatDuration } from "../../parsers.ts";
import { latin1 } from "../../protocol/octets.ts";
import { saidBy, userOf } from "../../run/render.ts";
import { targetOf } from "../../session/session_state.ts";
import { visible } from "../../visible.ts";
import { plural, span } from "../../words.ts";
import { type Fault, goneCode, refusedCode } from "../../world.ts";
import {
  decisiveOf,
  ms,
  type StreamExamination,
  type StreamSession,
} from "./connection_steps.ts";
import type { Attempt } from "./connections.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { placeOf, wayParts } from "./way.ts";

/** Shows the settings that matter, and where they come from. */
export function streamSettingsStep(
  session: StreamSession,
  origins: Layer,
  reveals: boolean,
): Outcome {
  const { protocol, values, deadOn, also } = session;
  const from = (setting: string) => `(${placeOf(originOf(origins, setting))})`;
  const own = Object.keys(protocol.settings).flatMap((setting) => {
    const value = values[setting];
    if (typeof value !== "string") return [];
    const isUser = setting === "expect" && isPortal(session);
    const text = setting === "send"
      ? []
      : [isUser ? userOf(value, reveals) : quote(value)];
    return [[keyOf(setting), ...text, from(setting)].join(" ")];
  });
  return good([
    `target ${targetOf(session)} ${from("target")}`,
    ...wayParts(session, from),
    ...own,
    ...also.map((other) => `also ${targetOf(other)} ${from("also")}`),
    `dead_on ${deadOn.join(",") || "none"} ${from("deadOn")}`,
    ...holdsConnection(session) ? [`hold ${from("hold")}`] : [],
  ].join(", "));
}

/** Whether `run` keeps the session's connection. */
export function holdsConnection(
  { protocol, values }: Pick<StreamSession, "protocol" | "values">,
): boolean {
  return Boolean(values["hold"] ?? protocol.hold === "default");
}

/** What is odd about a portal's name, though it can be asked: it has no IPv4 address; `null` for nothing. */
export function familyAdvice(
  { protocol, gateway: { host }, family, bind }: StreamSession,
  hosts: readonly string[],
): string | null {
  const isOdd = protocol.prefersIpv4 && isName(host) && family === "auto" &&
    familyOf(bind ?? "") === null && hosts.length > 0 &&
    hosts.every((host) => familyOf(host) === "6");
  return isOdd
    ? "It is asked over IPv6, since the name has no IPv4 address. Many networks let IPv6 through without a login: what it says may not be true of IPv4"
    : null;
}

/** Whether the peer's kernel alone proves life. TLS is its server's. */
export function provesOnlyKernel(
  { protocol, values }: Pick<StreamSession, "protocol" | "values">,
): boolean {
  return !protocol.isSecure && "send" in protocol.settings &&
    (values["expect"] ?? null) === null;
}

/** Portals, and only they, are asked by IPv4 where that is possible. */
function isPortal({ protocol }: Pick<StreamSession, "protocol">): boolean {
  return protocol.prefersIpv4;
}

/** Tells what the peer said. */
export function streamProtocolStep(
  { attempts, result, greeting }: StreamExamination,
  session: StreamSession,
): Outcome {
  const { protocol, interval } = session;
  const attempt = decisiveOf(attempts);
  if (attempt === undefined || attempt.openedAt === null) {
    return unknown("nothing was asked");
  }
  const { verdict, rtt, reasons, stream } = result;
  const where = formatAddress(attempt.to);
  const said = greeting ?? attempt.said;
  const isSsh = latin1(said).startsWith("SSH-");
  const pace = isSsh && interval < leastForSsh ? [sshAdvice(interval)] : [];
  const advise = (...advice: string[]) =>
    [...advice, ...pace].join(". ") || undefined;
  if (verdict === "alive") {
    if (!provesOnlyKernel(session)) {
      const { caution = null, harm = null } = protocol;
      const cautions = [caution, holdsConnection(session) ? null : harm]
        .filter((words) => words !== null);
      const note = stream?.note ? `: ${stream.note}` : "";
      const time = rtt === null ? "" : `, after ${ms(rtt)}`;
      return good(
        `${where} answers as ${protocol.scheme}:// should${time}${note}`,
        advise(...cautions),
      );
    }
    const words = said.length === 0
      ? "--send and --expect ask the server itself"
      : `It greets with ${
        quote(visible(latin1(said).split(/[\r\n]/, 1)[0]!))
      }: --expect ${isSsh ? "SSH-" : "TEXT"} makes that the proof`;
    return good(
      "nothing was asked",
      advise(
        "That a connection is accepted proves only the kernel behind it, not its server",
        words,
      ),
    );
  }
  const what = saidBy(where, result);
  const isDoubted = result.fault?.code === disagreeCode;
  if (verdict === "dead" || isDoubted) return good(what, advise());
  const flaw = protocol.flaws.find(({ name }) => (reasons[name] ?? 0) > 0);
  return flaw === undefined
    ? bad(what, advise(troubleAdvice(attempt)))
    : bad(`${flaw.text}: ${what}`, advise(flaw.advice));
}

/** The shortest interval that sshd of OpenSSH 9.8 and later leaves alone for sure, in ms. */
const leastForSsh = 5_000;

function sshAdvice(interval: number): string {
  return `sshd since 9.8 shuts out who often connects without a login (PerSourcePenalties): choose an interval of 5s or more, not ${
    formatDuration(interval)
  }`;
}

function troubleAdvice({ to, failure, hasEnded, said }: Attempt): string {
  if (failure !== null) {
    const who = isPath(to.host)
      ? "The server"
      : "The server, or a proxy or a firewall before it,";
    return `${who} cuts the connection: ask again, then look into its log`;
  }
  if (said.length > 0) {
    return "It has trouble of its own, which its log tells of. Nothing follows for the session";
  }
  return hasEnded
    ? "It ends connections unasked: it may be restarting, or have no room. Its log says why"
    : "Its kernel accepts connections, but its server does not answer: it may hang, or wait for something else";
}

/** Tells whether the session is alive. `severalLines` is why a death may be another line's; `null` if it can't be. */
export function streamSessionStep(
  { attempts, result }: StreamExamination,
  session: StreamSession,
  { severalLines, reveals }: {
    readonly severalLines: Fault | null;
    readonly reveals: boolean;
  },
): Outcome {
  const { verdict, deadReplies, fault, stream } = result;
  const { protocol, confirm, deadAfter, deadOn } = session;
  const signs = attempts.filter(({ failure }) =>
    failure?.phase === "connect" && isRefusal(failure.fault)
  );
  const forgeable = isPortal(session) && !protocol.isSecure
    ? ["Anybody on the way can forge answers over plain HTTP"]
    : [];
  const advise = (...advice: string[]) =>
    [...advice, ...forgeable].join(". ") || undefined;
  if (verdict === "alive") {
    const { warning = null, portal = null } = stream ?? {};
    const user = portal?.user === undefined
      ? []
      : [`user ${userOf(portal.user, reveals)}`];
    const proof = provesOnlyKernel(session)
      ? "it accepts connections"
      : isPortal(session)
      ? "the portal says so"
      : "the peer has proven it";
    return good(
      [`alive: ${proof}`, ...user].join(", ") +
        (warning === null ? "" : `; but ${warning}`),
      advise(),
    );
  }
  if (verdict === "dead") {
    const all = signs.length > 0 ? signs : attempts;
    const apart = all.at(-1)!.since - all[0]!.since;
    const times = `${plural(deadReplies, "time", "times")}${
      deadReplies > 1 ? ` within ${span(apart)}` : ""
    }`;
    const advice = signs.length > 0
      ? isPath(session.gateway.host)
        ? "Start what should listen there"
        : "Start what should listen there. Where firewalls refuse, dead_on without refused says so"
      : isPortal(session)
      ? "Log in again"
      : "Log in again, or renew the credentials: it hears this session, and refuses it";
    return bad(`dead: it ${stream?.note}, ${times}`, advise(advice));
  }
  if (fault?.code === disagreeCode) {
    return unknown(`not known: ${fault.message}`, advise());
  }
  if (deadReplies > 0) {
    return unknown(
      `said to be dead ${
        plural(deadReplies, "time", "times")
      }, but that was not confirmed`,
      severalLines?.message ??
        `A death counts once ${confirm} fresh connections have brought it over ${
          formatDuration(deadAfter)
        }, and no address says otherwise: ask again`,
    );
  }
  return signs.length > 0
    ? unknown(
      "not known: that it refuses is no death sign here",
      isPortal(session)
        ? "Firewalls refuse, too; only what a portal says counts"
        : `dead_on says what counts (now ${deadOn.join(",") || "none"})`,
    )
    : unknown("not known: no proof of life came, and no death sign");
}

function isRefusal({ code }: Fault): boolean {
  return code === refusedCode || code === goneCode;
}
