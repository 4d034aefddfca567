/**
 * The portal of Dr.COM, which tells over HTTP who is logged in.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import {
  expectedUser,
  jsonOf,
  judgeStatus,
  loggedIn,
  numberIn,
  otherBody,
  portalProtocol,
  targetOf,
  textIn,
  textOf,
} from "./portal.ts";
import type { Heard, StreamProtocol } from "./protocol.ts";
import { expect } from "./stream_settings.ts";

/** The protocol. */
export const drcomHttp: StreamProtocol = portalProtocol({
  scheme: "drcom+http",
  deathSign: "not_online",
  settings: { expect },
  exchange: (setup) => ({
    request: () => ({
      target: targetOf(
        setup.path,
        "/drcom/chkstatus",
        "callback=dr1001&jsVersion=4.X",
      ),
      accept: "*/*",
    }),
    judgeHead: judgeStatus,
    judgeBody: (body) => judgeText(textOf(body), expectedUser(setup)),
  }),
});

function judgeText(text: string, expected: string | null): Heard {
  const json = jsonOf(text);
  if (json === null) return otherBody(text);
  const result = numberIn(json, "result");
  if (result === 0) {
    return { type: "dead", sign: "not_online", note: "says result 0" };
  }
  if (result !== 1) {
    return result === undefined
      ? otherBody(text)
      : garbled(`says result ${result}`);
  }
  const minutes = numberIn(json, "time");
  const kibibytes = numberIn(json, "flow");
  return loggedIn({
    user: textIn(json, "uid", "AC"),
    address: textIn(json, "v46ip", "v4ip"),
    secondsOnline: minutes === undefined ? undefined : minutes * 60,
    bytes: kibibytes === undefined ? undefined : kibibytes * 1024,
  }, expected);
}
