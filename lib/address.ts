/**
 * What can be told from an address alone.
 *
 * @module
 */

/** IPv4 or IPv6. */
export type Family = "4" | "6";

/** The family of a literal IPv4 or IPv6 address; `null` for a name. */
export function familyOf(host: string): Family | null {
  if (host.includes(":")) return "6";
  const parts = host.split(".");
  const isIpv4 = parts.length === 4 &&
    parts.every((part) =>
      /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256
    );
  return isIpv4 ? "4" : null;
}
