/**
 * Properties of addresses.
 *
 * @module
 */

/** IPv4 or IPv6. */
export type Family = "4" | "6";

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

/** Built once, since each heartbeat uses it several times. */
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** The family of a literal IPv4 or IPv6 address; `null` for a name or a path. */
export function familyOf(host: string): Family | null {
  if (host.includes(":")) return isPath(host) ? null : "6";
  return ipv4.test(host) ? "4" : null;
}

/** Turns an IPv4-mapped IPv6 address into IPv4, as its packets are. */
export function plainAddress(host: string): string {
  return host.replace(/^::ffff:(?=[\d.]+$)/, "");
}

/** Whether an address is a loopback address. */
export function isLoopback(host: string): boolean {
  return host === "::1" || familyOf(host) === "4" && host.startsWith("127.");
}

/** Whether a canonical literal address is multicast or the limited broadcast. */
export function isForMany(host: string): boolean {
  const plain = plainAddress(host);
  if (familyOf(plain) === "6") return /^ff[\da-f]{2}:/.test(plain);
  if (familyOf(plain) !== "4") return false;
  const first = Number(plain.split(".", 1));
  return first >= 224 && first <= 239 || plain === "255.255.255.255";
}

/** Whether two literal addresses of one family share their first `prefix` bits. */
export function isSameNetwork(
  one: string,
  other: string,
  prefix: number,
): boolean {
  const family = familyOf(one);
  if (family === null || familyOf(other) !== family) return false;
  const rest = BigInt((family === "4" ? 32 : 128) - prefix);
  return bitsOf(one) >> rest === bitsOf(other) >> rest;
}

function bitsOf(host: string): bigint {
  if (familyOf(host) === "4") return join(host.split(".").map(Number), 8);
  const [head = "", tail] = host.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? "");
  const gap = Array<number>(8 - before.length - after.length).fill(0);
  return join([...before, ...gap, ...after], 16);
}

function join(parts: readonly number[], bits: number): bigint {
  return parts.reduce((sum, part) => sum << BigInt(bits) | BigInt(part), 0n);
}

/** Whether a host is the path of a unix socket. */
export function isPath(host: string): boolean {
  return host.startsWith("/");
}

/** Whether a host is a name, which has to be looked up. */
export function isName(host: string): boolean {
  return familyOf(host) === null && !isPath(host);
}
