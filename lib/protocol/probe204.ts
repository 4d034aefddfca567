/**
 * A probe at a server that answers with status 204 and nothing else. A portal
 * on the way, which answers in its place, can't help answering otherwise.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { isRedirect, statusNote } from "./http.ts";
import type { HttpHead } from "./http_message.ts";
import { portalProtocol } from "./portal.ts";
import type { Heard, StreamProtocol } from "./protocol.ts";

/** The protocol. */
export const probe204: StreamProtocol = portalProtocol({
  scheme: "probe204+http",
  deathSign: "portal",
  settings: {},
  exchange: ({ path, host }) => ({
    enough: 1,
    request: () => ({ target: path || "/", accept: "*/*" }),
    judgeHead: (head) => judgeHead(head, host),
    judgeBody: (body) =>
      body.length === 0
        ? garbled("answered 200 with an empty body")
        : portal("answered 200 with a page of its own"),
  }),
});

function judgeHead(head: HttpHead, host: string): Heard | null {
  const { status, fields } = head;
  const note = statusNote(head);
  // A server that wants to be asked over TLS is no portal.
  const [, leadsTo] = /^https:\/\/(\[.*?\]|[^/:?#]*)/i
    .exec(fields.get("location") ?? "") ?? [];
  const own = host.includes(":") ? `[${host}]` : host;
  if (isRedirect(status) && leadsTo?.toLowerCase() === own.toLowerCase()) {
    return garbled(note);
  }
  if (status === 204) return { type: "alive", note };
  if (status === 200) return null;
  if (isRedirect(status) || status === 511) return portal(note);
  return status >= 500 ? { type: "unable", note } : garbled(note);
}

function portal(note: string): Heard {
  return { type: "dead", sign: "portal", note };
}
