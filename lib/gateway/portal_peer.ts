/**
 * A simulated portal that answers as SRUN 4000 does. Pure.
 *
 * @module
 */
import { join } from "../protocol/octets.ts";
import {
  type Answer,
  last,
  type Peer,
  type Question,
  refusal,
  type Understood,
  type Visit,
} from "./peer.ts";
import { readHead, type RequestHead, response } from "./request_head.ts";

/** What has come of a request; `null` once it is answered. */
export type PortalState = Uint8Array | null;

/** The user who is logged in. */
const user = "alice";

/** Makes a portal that is asked at a path; empty or `/` for the usual one. */
export function portalPeer(path: string): Peer<PortalState> {
  const asked = path === "" || path === "/" ? "/cgi-bin/rad_user_info" : path;
  return {
    start: new Uint8Array(),
    receive: (state, bytes, visit) => receive(state, bytes, visit, asked),
    expel: () => null,
  };
}

function receive(
  state: PortalState,
  bytes: Uint8Array,
  visit: Visit,
  path: string,
): Understood<PortalState> {
  if (state === null) return { state, questions: [] };
  const all = join(state, bytes);
  const reading = readHead(all);
  if (reading === null) return { state: all, questions: [] };
  const question = "head" in reading
    ? judge(reading.head, visit, path)
    : refusal(reading.status);
  return { state: null, questions: [question] };
}

function judge(
  { method, path, query }: RequestHead,
  { client, secondsOnline }: Visit,
  asked: string,
): Question {
  if (path !== asked) return refusal(404);
  if (method !== "GET") return refusal(405, ["Allow: GET"]);
  const callback = callbackIn(query);
  const common = { client_ip: client, ecode: 0, online_ip: client };
  return {
    kind: "life",
    alive: told({
      ...common,
      error: "ok",
      res: "ok",
      sum_bytes: 0,
      sum_seconds: secondsOnline,
      user_name: user,
    }, callback),
    dead: told({
      ...common,
      error: "not_online_error",
      error_msg: "",
      res: "not_online_error",
    }, callback),
  };
}

/** The function that a query asks for; `null` for none, and for what would be markup rather than a name. */
function callbackIn(query: string): string | null {
  const [, callback] = /(?:^|&)callback=([\w.$]{1,100})(?:&|$)/.exec(query) ??
    [];
  return callback ?? null;
}

function told(
  fields: Readonly<Record<string, string | number>>,
  callback: string | null,
): Answer {
  const json = JSON.stringify(fields);
  return last(
    callback === null
      ? response(200, { type: "application/json", body: json })
      : response(200, {
        type: "application/javascript",
        body: `${callback}(${json})`,
      }),
  );
}
