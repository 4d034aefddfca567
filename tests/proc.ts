/**
 * What Linux tells of a process that runs.
 *
 * @module
 */

/** What a process takes of the machine's memory, in KB. */
export interface Memory {
  /** What it takes now, all in all. */
  readonly resident: number;
  /** The most that it has ever taken. */
  readonly peak: number;
  /** What it takes now besides files, such as its own executable. */
  readonly anonymous: number;
  /** What it takes now, with its share of what others use, too (PSS). */
  readonly proportional: number;
}

/** What a process takes of the machine's memory. */
export function memoryOf(pid: number): Memory {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const maps = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    resident: kilobytes(status, "VmRSS"),
    peak: kilobytes(status, "VmHWM"),
    anonymous: kilobytes(maps, "Anonymous"),
    proportional: kilobytes(maps, "Pss"),
  };
}

function kilobytes(text: string, name: string): number {
  const [, number] = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)!;
  return Number(number);
}

/** How long the machine has worked for a process, in s. */
export function cpuTimeOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before it may contain anything, even a bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Linux counts in hundredths here, whatever its own clock does.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many descriptors a process has open. */
export interface Descriptors {
  /** UDP sockets. */
  readonly udp: number;
  /** All others. */
  readonly others: number;
}

/** How many descriptors a process has open. */
export function descriptorsOf(pid: number): Descriptors {
  const targets = [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(
    ({ name }) => targetOf(`/proc/${pid}/fd/${name}`),
  );
  // Read last, so that it knows every socket that was there and still is.
  const sockets = new Set(
    ["udp", "udp6"].flatMap((table) =>
      Deno.readTextFileSync(`/proc/${pid}/net/${table}`).split("\n").slice(1)
        .map((line) => `socket:[${line.trim().split(/\s+/)[9]}]`)
    ),
  );
  const udp = targets.filter((target) => sockets.has(target)).length;
  return { udp, others: targets.length - udp };
}

/** What a link leads to; nothing if it has gone meanwhile. */
function targetOf(link: string): string[] {
  try {
    return [Deno.readLinkSync(link)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
