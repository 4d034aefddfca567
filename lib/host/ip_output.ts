/**
 * Parsers for the output of `ip`, of iproute2 and of busybox. Pure.
 *
 * @module
 */
import type { Route, RouteMark, RouteRule, TableRoute } from "../world.ts";

/** Reads the route that `ip route get` prints; `null` if there is none. */
export function parseRoute(output: string): Route | null {
  const words = wordsOf(output);
  const device = after(words, "dev");
  if (device === null) return null;
  return {
    device,
    // `from` repeats the question, with `::` for no address.
    source: after(words, "src") ?? known(after(words, "from")),
    via: viaOf(words),
  };
}

function known(source: string | null): string | null {
  return source === "::" || source === "0.0.0.0" ? null : source;
}

/** Conditions of rules that are ignored, together with their rules. */
const otherConditions = new Set(
  ["dport", "dscp", "dsfield", "flowlabel", "goto", "ipproto", "l3mdev"]
    .concat(["oif", "realms", "sport", "tos", "tun_id", "uidrange"]),
);

/** Actions of rules and types of routes that throw packets away. */
const rejections = new Set(["blackhole", "prohibit", "unreachable"]);

/** Reads the rules that `ip rule` lists, without those for only some packets of this machine. */
export function parseRules(output: string): RouteRule[] {
  return output.split("\n").flatMap((line) => {
    const [, preference, rest] = /^(\d+):\s+(.*)$/.exec(line) ?? [];
    if (rest === undefined) return [];
    const words = wordsOf(rest);
    const iif = after(words, "iif");
    if (iif !== null && iif !== "lo") return [];
    if (words.some((word) => otherConditions.has(word))) return [];
    const rejects = words.some((word) => rejections.has(word));
    const table = rejects ? null : after(words, "lookup");
    if (table === null && !rejects) return [];
    const suppress = after(words, "suppress_prefixlength");
    return [{
      preference: Number(preference),
      from: networkAfter(words, "from"),
      to: networkAfter(words, "to"),
      mark: markOf(after(words, "fwmark")),
      isInverted: words[0] === "not",
      table,
      suppress: suppress === null ? null : Number(suppress),
    }];
  });
}

function networkAfter(words: readonly string[], key: string): string | null {
  const network = after(words, key);
  return network === "all" ? null : network;
}

function markOf(text: string | null): RouteMark | null {
  if (text === null) return null;
  const [value, mask = "0xffffffff"] = text.split("/");
  return { value: Number(value), mask: Number(mask) };
}

/** Types of routes that lead to no host. */
const skippedTypes = new Set(["anycast", "broadcast", "multicast", "throw"]);

/** Reads the routes that `ip route show table all` lists; a host route has `longest` bits. */
export function parseRoutes(output: string, longest: number): TableRoute[] {
  // The next hops of a multipath route are on lines of their own.
  const lines = output.replace(/\n\s+nexthop/g, " nexthop").split("\n");
  return lines.flatMap((line) => {
    const [first = "", ...rest] = wordsOf(line);
    const hasType = /^[a-z]+$/.test(first) && first !== "default";
    const [network = "", ...words] = hasType ? rest : [first, ...rest];
    if (network === "" || skippedTypes.has(first)) return [];
    const devices = words.flatMap((word, at) =>
      word === "dev" ? [words[at + 1]!] : []
    );
    return [{
      table: after(words, "table") ?? "main",
      bits: bitsOf(network, longest),
      metric: Number(after(words, "metric") ?? 0),
      devices: rejections.has(first)
        ? null
        : [...new Set(first === "local" ? ["lo"] : devices)],
      via: words.includes("nexthop") ? null : viaOf(words),
    }];
  });
}

function bitsOf(network: string, longest: number): number {
  if (network === "default") return 0;
  const [, bits] = network.split("/");
  return bits === undefined ? longest : Number(bits);
}

/** Reads the addresses that `ip -o address` lists, without those that new connections should not use. */
export function parseSources(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const words = wordsOf(line);
    const address = after(words, "inet") ?? after(words, "inet6");
    const isUnfit = words.some((word) =>
      ["deprecated", "tentative", "dadfailed"].includes(word)
    ) || after(words, "scope") === "link";
    return address === null || isUnfit ? [] : [address.split("/")[0]!];
  });
}

const codes: Readonly<Record<string, string>> = {
  "Network is unreachable": "ENETUNREACH",
  "No route to host": "EHOSTUNREACH",
  "Permission denied": "EACCES",
  "Invalid argument": "EINVAL",
  "No such device": "ENODEV",
  "Network is down": "ENETDOWN",
};

/** Reads why the kernel has no route, as an error's code; `null` if `ip` failed for another reason. */
export function parseRefusal(errors: string): string | null {
  const [, answer] = /RTNETLINK answers: (.*)/.exec(errors) ?? [];
  if (answer !== undefined) return codes[answer.trim()] ?? null;
  return /(cannot|can't) find device/i.test(errors) ? "ENODEV" : null;
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

function after(words: readonly string[], key: string): string | null {
  const at = words.indexOf(key);
  return at < 0 ? null : words[at + 1] ?? null;
}

function viaOf(words: readonly string[]): string | null {
  const via = after(words, "via");
  // The router may have an address of the other family.
  return via === "inet6" || via === "inet"
    ? `${via} ${words[words.indexOf("via") + 2]}`
    : via;
}
