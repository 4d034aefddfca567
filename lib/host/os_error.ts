/**
 * Names and meanings of the operating system's errors. Deno gives some of them
 * a code, some only a number in the message (docs/runtime.md has a table).
 *
 * @module
 */
import type { Fault } from "../world.ts";
import { endedCode } from "../world.ts";

const codeOfErrno: Record<string, string> = {
  1: "EPERM",
  2: "ENOENT",
  7: "E2BIG",
  12: "ENOMEM",
  13: "EACCES",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  32: "EPIPE",
  36: "ENAMETOOLONG",
  40: "ELOOP",
  64: "ENONET",
  90: "EMSGSIZE",
  91: "EPROTOTYPE",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  105: "ENOBUFS",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  112: "EHOSTDOWN",
  113: "EHOSTUNREACH",
  122: "EDQUOT",
};

const codeOfName: Record<string, string> = {
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  NotCapable: "EACCES",
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  NetworkUnreachable: "ENETUNREACH",
  Interrupted: "EINTR",
  WouldBlock: "EAGAIN",
  BrokenPipe: "EPIPE",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  ConnectionAborted: "ECONNABORTED",
  TimedOut: "ETIMEDOUT",
  UnexpectedEof: endedCode,
};

/** What carries bytes: datagrams, a connection to an address, or to a unix socket. */
type Carrier = "network" | "stream" | "unix";

/** What was being done when an error came. */
export type Use = "read" | "write" | "replace" | "notify" | "other";

const anyFile = {
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links go in a circle",
  ENOTDIR: "a part of its path is no folder",
  ENAMETOOLONG: "its name is too long",
};

const writtenFile = {
  ...anyFile,
  ENOENT: "its folder does not exist",
  EACCES: "writing it is not permitted",
  EPERM: "writing it is not permitted",
  EROFS: "the file system is read-only",
  EFBIG: "it is as long as this process may make it (`ulimit -f`)",
  ENOSPC: "the disk is full",
  EDQUOT: "the user's part of the disk is full",
};

/** What a packet, of whatever kind, can meet on its way out; `%` stands for an address. */
const anyPacket = {
  EAFNOSUPPORT:
    "this machine does not speak the family of %: is IPv6 switched off? -4 keeps to IPv4",
  ENETDOWN: "the interface to % is down: `ip link` shows it",
  ENETUNREACH:
    "no route to %: is the cable in, does `ip route get %` know it, is the local address still there?",
  ENONET: "this machine is not on the network of %: is the interface set up?",
  EHOSTDOWN: "% is down, as far as this machine can tell: is it switched on?",
  EMFILE: "this process has too many open files: raise `ulimit -n`",
  ENFILE:
    "this machine has too many open files: close some, or raise `sysctl fs.file-max`",
  ENOMEM: "this machine has no memory left for a socket to %",
};

/** What is wrong and what to do about it; `%` stands for an address. */
const sentences = {
  read: {
    ...anyFile,
    ENOENT: "there is no such file",
    EACCES: "reading it is not permitted",
    EPERM: "reading it is not permitted",
  },
  write: writtenFile,
  replace: {
    ...writtenFile,
    EACCES: "making a file in its folder is not permitted",
    EPERM: "making a file in its folder is not permitted",
  },
  notify: {
    EACCES: "using the socket is not permitted",
    ECONNREFUSED: "nobody listens at the socket",
    ENOENT: "there is no such socket or folder",
    EROFS: writtenFile.EROFS,
  },
  other: {},
  network: {
    ...anyPacket,
    EPERM:
      "a firewall on this machine forbids sending to %: does `nft list ruleset` tell which rule?",
    EACCES:
      "the use of % is not permitted: a prohibiting route (`ip route`), or a port below 1024?",
    EINVAL:
      "this machine throws away what is for %: a blackhole route (`ip route get %`)?",
    EADDRINUSE:
      "no port is left, or % is taken: `ss -unap` shows who has it, `sysctl net.ipv4.ip_local_port_range` how many ports there are",
    EADDRNOTAVAIL:
      "% is not an address of this machine, at least not now: does `ip address` show it?",
    EHOSTUNREACH:
      "the route to % says that it is unreachable: what does `ip route get %` say?",
    ENOBUFS:
      "the queue of the interface to % is full: is something else flooding it?",
  },
  stream: {
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
  },
  unix: {
    ENOENT: "there is no socket %",
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
    EMFILE: anyPacket.EMFILE,
    ENFILE: anyPacket.ENFILE,
  },
} satisfies Record<Use | Carrier, Readonly<Record<string, string>>>;

/** The system's name for an error, such as `ENETUNREACH`; the error's own name if it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  const { code, name, message } = error as Error & { code?: unknown };
  if (typeof code === "string") return code;
  const errno = /os error (\d+)/.exec(message)?.[1];
  return codeOfErrno[errno ?? ""] ?? codeOfName[name] ?? name;
}

/** Describes an error of datagrams to a user; `what` is the address it is about. */
export function networkFault(error: unknown, what: string): Fault {
  return carrierFault(error, "network", what);
}

/** Describes an error of a connection to a user; `peer` is an address or the path of a unix socket. */
export function streamFault(error: unknown, peer: string): Fault {
  return carrierFault(error, peer.startsWith("/") ? "unix" : "stream", peer);
}

function carrierFault(error: unknown, carrier: Carrier, what: string): Fault {
  const found = codeOf(error);
  // What was reset at once has no peer any more that the runtime could ask for.
  const code = found === "ENOTCONN" ? "ECONNRESET" : found;
  const sentence = sentenceOf(carrier, code)?.replaceAll("%", what);
  return { code, message: sentence ?? `${what}: ${messageOf(error)}` };
}

/** Describes any other error, as a sentence about the file or socket. */
export function faultOf(error: unknown, use: Use): Fault {
  return knownFault(codeOf(error), use, messageOf(error));
}

/** Describes an error by its code; `otherwise` is the message for an unknown code. */
export function knownFault(code: string, use: Use, otherwise = code): Fault {
  return { code, message: sentenceOf(use, code) ?? otherwise };
}

function sentenceOf(
  use: Use | Carrier,
  code: string,
): string | undefined {
  const known: Readonly<Record<string, string>> = sentences[use];
  return known[code];
}

/** The message of an error, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ");
}
