/**
 * What ICMP says of datagrams, in words.
 *
 * @module
 */
import type { IcmpNotice } from "../../world.ts";

const words: Readonly<Record<string, string>> = {
  EACCES: "communication prohibited",
  ECONNREFUSED: "port unreachable",
  EHOSTDOWN: "host unknown",
  EHOSTUNREACH: "host unreachable",
  EMSGSIZE: "datagram too long",
  ENETUNREACH: "network unreachable",
  ENONET: "host isolated",
  ENOPROTOOPT: "protocol unreachable",
  EPROTO: "datagram malformed",
};

/** A note such as `172.16.0.1 says: host unreachable`. */
export function noteOf({ code, by }: IcmpNotice): string {
  return `${by} says: ${words[code] ?? code}`;
}
