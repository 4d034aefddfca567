/**
 * The portal of Ruijie (ePortal), which tells over HTTP who is logged in.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { excerpt } from "./octets.ts";
import {
  expectedUser,
  jsonOf,
  judgeStatus,
  loggedIn,
  otherBody,
  portalProtocol,
  targetOf,
  textIn,
  textOf,
} from "./portal.ts";
import type { Heard, StreamProtocol } from "./protocol.ts";
import { expect } from "./stream_settings.ts";

/** The protocol. */
export const ruijieHttp: StreamProtocol = portalProtocol({
  scheme: "ruijie+http",
  deathSign: "not_online",
  settings: { expect },
  exchange: (setup) => ({
    request: () => ({
      target: targetOf(
        setup.path,
        "/eportal/InterFace.do",
        "method=getOnlineUserInfo",
      ),
      accept: "*/*",
      form: "userIndex=",
    }),
    judgeHead: judgeStatus,
    judgeBody: (body) => judgeText(textOf(body), expectedUser(setup)),
  }),
});

function judgeText(text: string, expected: string | null): Heard {
  const json = jsonOf(text);
  switch (json?.["result"]) {
    case "success":
      // `userName` may be the name that people call the user by.
      return loggedIn({
        user: textIn(json, "userId", "userName"),
        address: textIn(json, "userIp"),
      }, expected);
    case "fail":
      return { type: "dead", sign: "not_online", note: "says fail" };
    case "wait":
      return { type: "unable", note: "says wait: it is not ready" };
    default: {
      const result = textIn(json ?? {}, "result");
      return result === undefined
        ? otherBody(text)
        : garbled(`says result ${excerpt(result)}`);
    }
  }
}
