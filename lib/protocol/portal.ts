/**
 * What portals have in common: they tell over HTTP who is logged in at the
 * address that a request comes from.
 *
 * @module
 */
import type { Portal } from "../finding.ts";
import { formatDuration } from "../parsers.ts";
import { visible } from "../visible.ts";
import type { SettingsTable } from "../setting.ts";
import { garbled } from "./garbled.ts";
import { httpDialogue, type HttpExchange, statusNote } from "./http.ts";
import type { HttpHead } from "./http_message.ts";
import { excerpt, latin1 } from "./octets.ts";
import type { Flaw, Heard, Setup, StreamProtocol } from "./protocol.ts";
import { caFileContent, certificateFlaw, tlsOf } from "./stream_files.ts";
import { caFile, octets, streamDefaults, tlsName } from "./stream_settings.ts";

/** What one kind of portal is asked, and what its answers mean. */
export type PortalExchange = Omit<
  HttpExchange,
  "host" | "port" | "usualPort" | "tls"
>;

/** What makes a kind of portal. */
export interface PortalKind {
  /** What a target begins with; it ends with `+http` or `+https`, and that says whether connections are secured. */
  readonly scheme: string;
  /** The only sign of a death: what the portal says in its protocol, or that there is one. */
  readonly deathSign: "not_online" | "portal";
  /** Settings besides those of TLS. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** What it is asked. */
  exchange(setup: Setup): PortalExchange;
}

/** The protocol of a kind of portal. */
export function portalProtocol(kind: PortalKind): StreamProtocol {
  const { scheme, deathSign, settings } = kind;
  const isSecure = scheme.endsWith("+https");
  const port = isSecure ? 443 : 80;
  return {
    scheme,
    carrier: "stream",
    port,
    isSecure,
    hasPath: true,
    hold: "never",
    prefersIpv4: true,
    deathSigns: [{ name: deathSign, isDefault: true }],
    settings: isSecure ? { ...settings, caFile, tlsName } : settings,
    files: isSecure ? { caFile: caFileContent } : {},
    defaults: streamDefaults,
    identity: null,
    flaws: isSecure ? [certificateFlaw, protocolFlaw] : [protocolFlaw],
    open: (setup) =>
      httpDialogue({
        ...kind.exchange(setup),
        host: setup.host,
        port: setup.port,
        usualPort: port,
        tls: isSecure ? tlsOf(setup) : null,
      }),
  };
}

const protocolFlaw: Flaw = {
  name: "protocol",
  text: "it answers, but not as a portal of this kind does",
  advice:
    "Is it this kind of portal, and is the path right? Another portal may answer in its place",
};

/** What a portal is asked for: the target's path, or else the usual one, with a query added. */
export function targetOf(path: string, usual: string, query: string): string {
  const [chosen = ""] = (path === "/" || path === "" ? usual : path).split("#");
  return `${chosen}${chosen.includes("?") ? "&" : "?"}${query}`;
}

/** What a head means where only status 200 can tell anything; `null` if the body has to be read. */
export function judgeStatus(head: HttpHead): Heard | null {
  const { status, fields } = head;
  if (status >= 500) return { type: "unable", note: statusNote(head) };
  if (status !== 200) return garbled(statusNote(head));
  const coding = fields.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() === "identity") return null;
  return garbled(`answered with ${excerpt(coding)} encoding, unasked`);
}

/** Says what a body is that is no answer of the protocol's. */
export function otherBody(text: string): Heard {
  if (text.trim() === "") return garbled("answered with an empty body");
  if (!text.trimStart().startsWith("<")) {
    return garbled("answered, but not as a portal of this kind does");
  }
  const [, title = ""] = /<title[^<>]*>([^<]*)/i.exec(text) ?? [];
  const words = excerpt(title.replace(/\s+/g, " ").trim());
  return garbled(
    words === ""
      ? "answered with a web page"
      : `answered with the web page "${words}"`,
  );
}

/** Reads UTF-8; or GB18030 and its like as far as it is ASCII, each other character as U+FFFD. */
export function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    // The second byte of a character may be a backslash or a brace.
    return latin1(body).replace(
      /[\x81-\xfe](?:\d[\x81-\xfe]\d|[@-~\x80-\xfe])|[\x80-\xff]/g,
      "\ufffd",
    );
  }
}

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Reads an object of JSON, or JSONP's call of one function with it; `null` if a text is neither. */
export function jsonOf(text: string): Json | null {
  const [begin, end] = [text.indexOf("{"), text.lastIndexOf("}") + 1];
  if (begin < 0) return null;
  const around = `${text.slice(0, begin).trim()}{}${text.slice(end).trim()}`;
  if (!/^(?:\{\}|[\w$.]*\s*\(\{\}\)\s*;?)$/.test(around)) return null;
  try {
    return JSON.parse(text.slice(begin, end));
  } catch {
    return null;
  }
}

/** The first of some members that is a text, not empty, as it may be shown; or a whole number. */
export function textIn(json: Json, ...names: string[]): string | undefined {
  return names.map((name) => json[name])
    .map((value) => Number.isSafeInteger(value) ? `${value}` : value)
    .filter((value) => typeof value === "string")
    .map((text) => visible(text.trim().slice(0, 128)))
    .find((text) => text !== "" && !text.includes("\ufffd"));
}

/** A member that is a number, not negative, or the text of one. */
export function numberIn(json: Json, name: string): number | undefined {
  const { [name]: value } = json;
  const number = typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : value;
  const isQuantity = typeof number === "number" && number >= 0 &&
    number <= Number.MAX_SAFE_INTEGER;
  return isQuantity ? number : undefined;
}

/** Who should be logged in, from the setting `expect`; `null` for anybody. */
export function expectedUser({ values }: Pick<Setup, "values">): string | null {
  const { expect } = values;
  if (typeof expect !== "string") return null;
  try {
    return new TextDecoder().decode(octets(expect));
  } catch {
    // It may be a regular expression, which only others can use.
    return expect;
  }
}

/** What a portal tells of a login. What is `undefined` is not known. */
export type Login = { readonly [K in keyof Portal]: Portal[K] | undefined };

/** A portal says that somebody is logged in; `expected` is who that should be, with or without what follows the `@`, or `null`. */
export function loggedIn(login: Login, expected: string | null): Heard {
  const address = /^[\da-f.:]{2,45}$/i.test(login.address ?? "")
    ? login.address
    : undefined;
  const known = Object.entries({ ...login, address })
    .filter(([, value]) => value !== undefined);
  const { user, secondsOnline } = login;
  const note = [
    "logged in",
    address === undefined ? "" : ` from ${address}`,
    secondsOnline === undefined ? "" : ` for ${inSeconds(secondsOnline)}`,
  ].join("");
  const isOther = expected !== null && user !== undefined &&
    user !== expected && !user.startsWith(`${expected}@`);
  return {
    type: "alive",
    note,
    portal: Object.fromEntries(known),
    ...isOther && { warning: "logged in as another user than expected" },
  };
}

/** How long so many seconds are, for people. */
export function inSeconds(count: number): string {
  return formatDuration(Math.round(count) * 1_000);
}
