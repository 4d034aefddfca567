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

/** What is wrong with packets of whatever kind; `%` stands for an address. */
export const anyPacket: Readonly<Record<string, string>> = {
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
} satisfies Record<Use | "network", Readonly<Record<string, string>>>;

/** The system's name for an error, such as `ENETUNREACH`; the error's own name if it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  const { code, name, message } = error as Error & { code?: unknown };
  if (typeof code === "string") return code;
  const errno = /os error (\d+)/.exec(message)?.[1];
  return codeOfErrno[errno ?? ""] ?? codeOfName[name] ?? name;
}

/** Describes an error of the network to a user: of datagrams, routes, names and listening sockets. `what` is the address it is about. */
export function networkFault(error: unknown, what: string): Fault {
  const code = codeOf(error);
  const sentence = sentenceOf("network", code)?.replaceAll("%", what);
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
  use: Use | "network",
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
