/**
 * What goes wrong with TLS: the runtime tells it in the words of rustls.
 *
 * @module
 */
import type { Fault } from "../world.ts";
import { certificateCode, notTlsCode } from "../world.ts";
import { messageOf } from "./os_error.ts";
import { streamFault } from "./stream_error.ts";

/** How much of the words of others a message takes, in characters. */
const mostWords = 100;

/** Describes an error of a connection that is secured, or is to be. */
export function tlsFault(error: unknown, peer: string): Fault {
  const message = messageOf(error);
  const words = /^invalid peer certificate: (.*)/.exec(message)?.[1];
  if (!(error instanceof Deno.errors.InvalidData)) {
    if (words !== undefined) {
      return unusable("an authority that is to be trusted can't be read");
    }
    if (message.startsWith("Invalid hostname")) {
      return unusable("there are no certificates for such a name");
    }
    return streamFault(error, peer);
  }
  if (words !== undefined) {
    return {
      code: certificateCode,
      message: `the certificate of ${peer} ${certificateFlaw(words)}`,
    };
  }
  return { code: notTlsCode, message: `${peer} ${speechFlaw(message)}` };
}

/** A fault of what was ordered. */
function unusable(message: string): Fault {
  return { code: "EINVAL", message };
}

function speechFlaw(message: string): string {
  const alert = /^received fatal alert: (\w+)/.exec(message)?.[1];
  if (alert !== undefined) return `breaks off TLS: ${alert}`;
  if (message.includes("corrupt message")) return "does not speak TLS";
  return `does not speak TLS as it should: ${shown(message)}`;
}

/** What is wrong with a certificate, behind it. */
function certificateFlaw(words: string): string {
  const [, limit] = /certificate is not valid \w+ (\d+)/.exec(words) ?? [];
  if (limit !== undefined) return timeFlaw(words, limit);
  if (words.startsWith("certificate not valid for name")) {
    return nameFlaw(words);
  }
  const known = Object.keys(flaws).find((name) => words.includes(name));
  return known === undefined
    ? `is not accepted: ${shown(words)}`
    : flaws[known]!;
}

const flaws: Readonly<Record<string, string>> = {
  UnknownIssuer:
    "is of an authority that is not trusted here: `ca_file` names others",
  CaUsedAsEndEntity:
    "is an authority's own (CA:TRUE), which no server can have, whatever `ca_file` says",
  UnsupportedCertVersion:
    "is of an old kind: X.509 version 3 is needed, with a subjectAltName",
  Revoked: "was revoked",
};

function timeFlaw(words: string, limit: string): string {
  const [, present = limit] = /time (\d+)/.exec(words) ?? [];
  const when = words.startsWith("certificate expired")
    ? `has expired on ${dateOf(limit)}`
    : `is not valid before ${dateOf(limit)}`;
  return `${when}, and this machine says that it is ${dateOf(present)}`;
}

function nameFlaw(words: string): string {
  const [, wanted] = /^certificate not valid for name "([^"]*)"/.exec(words) ??
    [];
  const others = words.slice(words.indexOf(";"));
  const names = Array.from(
    others.matchAll(/(?:DnsName\("|IpAddress\()([\w.:*-]+)/g),
    ([, name]) => name!.replace(/^0::/, "::"),
  );
  const list = [...names.slice(0, 3), ...names.length > 3 ? ["others"] : []];
  return list.length === 0
    ? "has no name in it: it needs a subjectAltName"
    : `is for ${shown(list.join(", "))} and not for ${wanted}`;
}

/** The day of a time in seconds since 1970. */
function dateOf(seconds: string): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime())
    ? "another day"
    : date.toISOString().slice(0, 10);
}

function shown(words: string): string {
  return words.replace(/[^ -~]/g, "?").slice(0, mostWords);
}
