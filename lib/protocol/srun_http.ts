/**
 * The portal of SRUN, which tells over HTTP who is logged in: version 4000 in
 * JSON, version 3000 as text whose fields are separated by commas.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { excerpt } from "./octets.ts";
import {
  expectedUser,
  type Json,
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

/** The protocol over plain HTTP. */
export const srunHttp: StreamProtocol = srunPortal("srun+http");

/** The protocol over TLS. */
export const srunHttps: StreamProtocol = srunPortal("srun+https");

function srunPortal(scheme: string): StreamProtocol {
  return portalProtocol({
    scheme,
    deathSign: "not_online",
    settings: { expect },
    exchange: (setup) => ({
      request: ({ wallTime }) => ({
        target: targetOf(
          setup.path,
          "/cgi-bin/rad_user_info",
          `callback=lifesign&_=${Math.trunc(wallTime)}`,
        ),
        accept: "*/*",
      }),
      judgeHead: judgeStatus,
      judgeBody(body) {
        const text = textOf(body);
        const json = jsonOf(text);
        return json === null
          ? judgeText(text.trim(), expectedUser(setup))
          : judgeJson(json, expectedUser(setup));
      },
    }),
  });
}

function judgeJson(json: Json, expected: string | null): Heard {
  const { error, res } = json;
  // Some versions leave `res` out; where it contradicts, nothing is known.
  const says = (word: string) =>
    error === word && (res === undefined || res === word);
  if (says("not_online_error")) {
    return { type: "dead", sign: "not_online", note: "says not_online_error" };
  }
  if (!says("ok")) {
    const isWord = typeof error === "string" && /^\w{1,60}$/.test(error);
    return isWord ? garbled(`says ${error}`) : otherBody("{}");
  }
  return loggedIn({
    user: textIn(json, "user_name"),
    address: textIn(json, "online_ip"),
    secondsOnline: numberIn(json, "sum_seconds"),
    bytes: numberIn(json, "sum_bytes"),
  }, expected);
}

/** The user, when the login was, what time it is (both in s since 1970), and others. */
function judgeText(text: string, expected: string | null): Heard {
  if (/^not_online[^<>{}]*$/.test(text)) {
    return { type: "dead", sign: "not_online", note: `says ${excerpt(text)}` };
  }
  const [user = "", ...fields] = text.split(",");
  const isOnline = isUser(user) && /^\d+$/.test(fields[0] ?? "") &&
    fields.every((field) => /^[^<>{}()"\r\n]*$/.test(field));
  if (!isOnline) return otherBody(text);
  const [login, now] = fields.map((field) =>
    /^\d{9,11}$/.test(field) ? Number(field) : NaN
  );
  const secondsOnline = now! - login!;
  return loggedIn({
    user: textIn({ user }, "user"),
    address: fields[7],
    secondsOnline: secondsOnline >= 0 ? secondsOnline : undefined,
  }, expected);
}

/** Whether a first field may be a user's name, and is no word or number of an error. */
function isUser(text: string): boolean {
  return /^[^\s<>(){}[\]"'`=;:&?!/]{1,64}$/.test(text) && !errorWord.test(text);
}

const errorWord =
  /^(?:\d{1,3}|ok|true|false|null|none|success|status|code|(?:\w+[_-])?(?:err|error|fail|failed|failure|denied|invalid|not)(?:[_-]\w*)?)$/i;
