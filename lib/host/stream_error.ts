/**
 * What the errors of connections mean.
 *
 * @module
 */
import { endedCode, type Fault, noSocketCode } from "../world.ts";
import { anyPacket, codeOf, messageOf } from "./os_error.ts";

/** What is wrong and what to do about it; `%` stands for the peer's address. */
const toAddress: Readonly<Record<string, string>> = {
  ...anyPacket,
  EPERM:
    "a firewall on this machine forbids connections to %: does `nft list ruleset` tell which rule?",
  EACCES:
    "connections to % are not permitted: is there a prohibiting route (`ip route get %`)?",
  EINVAL:
    "this machine throws away what is for %: is there a blackhole route (`ip route get %`)?",
  EADDRINUSE:
    "no local port is left for a connection to %: who has them, says `ss -tnap`",
  EADDRNOTAVAIL:
    "this machine has no address or no port left for a connection to %: see `ip address` and `ss -tna`",
  EHOSTUNREACH:
    "% can't be reached: it does not answer on its network (`ip neigh`), or a route, a router or a firewall says so (`ip route get %`)",
  ECONNREFUSED:
    "% refuses the connection: nothing listens there, or a firewall rejects it",
  ECONNRESET: "the connection was reset by % or by something on the way",
  ECONNABORTED: "the connection to % was broken off on this machine",
  EPIPE: "% takes no more: it has closed the connection",
  ETIMEDOUT: "% does not answer, and the kernel has given up",
  [endedCode]: "% has ended the connection in the middle",
  ENOBUFS: "this machine has no buffer left for a connection to %",
};

/** The same of unix sockets; `%` stands for the path. */
const toPath: Readonly<Record<string, string>> = {
  ENOENT: "there is no socket %",
  [noSocketCode]: "% is no socket",
  ENOTDIR: "a part of the path % is no folder",
  ELOOP: "the symbolic links of % go in a circle",
  EACCES: "using the socket % is not permitted",
  EPERM: "using the socket % is not permitted",
  EINVAL: "the path % is too long for a socket: 107 bytes fit",
  EAGAIN: "the queue of the socket % is full: its server accepts nobody",
  EPROTOTYPE: "the socket % is not of the kind that takes connections",
  ECONNREFUSED: "nothing listens at %",
  ECONNRESET: "the connection to % was reset by its server",
  EPIPE: "the server at % takes no more: it has closed the connection",
  EMFILE: anyPacket["EMFILE"]!,
  ENFILE: anyPacket["ENFILE"]!,
};

/** Describes an error of a connection to a user; `peer` is an address or the path of a unix socket. */
export function streamFault(error: unknown, peer: string): Fault {
  const found = codeOf(error);
  // What was reset at once has no peer any more that the runtime could ask for.
  const code = found === "ENOTCONN" ? "ECONNRESET" : found;
  const sentences = peer.startsWith("/") ? toPath : toAddress;
  const sentence = sentences[code]?.replaceAll("%", peer);
  return { code, message: sentence ?? `${peer}: ${messageOf(error)}` };
}
