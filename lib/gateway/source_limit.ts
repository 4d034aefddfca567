/**
 * How many requests each source may have answered in a second.
 *
 * @module
 */

/** How many counters there are. Sources that share one share the limit, too. */
const size = 65_536;

/** Counts by source, in a table of one size however many there are. */
export class SourceLimit {
  private readonly counts = new Uint32Array(size);
  /** The second that they are of. */
  private second = -Infinity;

  /** `seed`, a number from 0 up to 1, keeps strangers from finding out who shares a counter. */
  constructor(
    private readonly limit: number,
    private readonly seed: number,
  ) {}

  /** Whether one more request of an address may be answered, at monotonic time `now`, in ms. An IPv6 address counts as its network of 64 bits, since a host has as many addresses as it likes. */
  admits(address: string, now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.second) {
      this.counts.fill(0);
      this.second = second;
    }
    const place = this.placeOf(address);
    if (this.counts[place]! >= this.limit) return false;
    this.counts[place]!++;
    return true;
  }

  /** FNV-1a, behind the seed. */
  private placeOf(address: string): number {
    const end = networkEnd(address);
    let hash = Math.floor(this.seed * 2 ** 32) | 0;
    for (let at = 0; at < end; at++) {
      hash = Math.imul(hash ^ address.charCodeAt(at), 0x01000193);
    }
    return (hash ^ hash >>> 16) & size - 1;
  }
}

/** What stands before an IPv4 address where a socket takes both families. */
const mapped = "::ffff:";

/** Where the network ends in the text of an address: behind its fourth group, or where zeros are left out before that. IPv4 addresses are their own. */
function networkEnd(address: string): number {
  let end = address.indexOf(":");
  if (end < 0 || address.startsWith(mapped)) return address.length;
  for (let group = 1; group < 4 && address[end + 1] !== ":"; group++) {
    end = address.indexOf(":", end + 1);
  }
  return end;
}
