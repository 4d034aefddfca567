/**
 * The captive portal API (RFC 8908): a network tells over TLS whether a machine
 * is captive, which means cut off until somebody logs in.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { isRedirect, statusNote } from "./http.ts";
import type { HttpHead } from "./http_message.ts";
import { excerpt } from "./octets.ts";
import {
  inSeconds,
  jsonOf,
  judgeStatus,
  numberIn,
  otherBody,
  portalProtocol,
  textOf,
} from "./portal.ts";
import type { Heard, StreamProtocol } from "./protocol.ts";

const mediaType = "application/captive+json";

/** The protocol. */
export const captive: StreamProtocol = portalProtocol({
  scheme: "captive+https",
  deathSign: "portal",
  settings: {},
  exchange: ({ path }) => ({
    request: () => ({ target: path || "/", accept: mediaType }),
    judgeHead,
    judgeBody: (body) => judgeText(textOf(body)),
  }),
});

function judgeHead(head: HttpHead): Heard | null {
  const { status, fields } = head;
  if (isRedirect(status) || status === 511) {
    return { type: "dead", sign: "portal", note: statusNote(head) };
  }
  const heard = judgeStatus(head);
  if (heard !== null) return heard;
  const [type = ""] = (fields.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() === mediaType) return null;
  const name = type.trim() === "" ? "no media type" : excerpt(type.trim());
  return garbled(`answered with ${name}, not ${mediaType}`);
}

function judgeText(text: string): Heard {
  const json = jsonOf(text);
  switch (json?.["captive"]) {
    case true:
      return { type: "dead", sign: "portal", note: "says captive" };
    case false:
      return notCaptive(numberIn(json, "seconds-remaining"));
    default:
      return json === null
        ? otherBody(text)
        : garbled("does not say whether this machine is captive");
  }
}

function notCaptive(secondsLeft: number | undefined): Heard {
  if (secondsLeft === undefined) return { type: "alive", note: "not captive" };
  return {
    type: "alive",
    note: `not captive, ${inSeconds(secondsLeft)} left`,
    portal: { secondsLeft },
  };
}
