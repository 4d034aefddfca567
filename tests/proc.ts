/**
 * Reads the resources of a running process from Linux.
 *
 * @module
 */

/** The memory of a process, in KB. */
export interface Memory {
  /** The largest resident size so far. */
  readonly peak: number;
  /** The memory without files such as its executable. */
  readonly anonymous: number;
  /** The memory with its share of shared pages (PSS). */
  readonly proportional: number;
}

/** Reads the memory of a process. */
export function memoryOf(pid: number): Memory {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const maps = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    peak: kilobytes(status, "VmHWM"),
    anonymous: kilobytes(maps, "Anonymous"),
    proportional: kilobytes(maps, "Pss"),
  };
}

function kilobytes(text: string, name: string): number {
  const [, number] = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)!;
  return Number(number);
}

/** Linux' CPUCLOCK_SCHED: the clock of a whole process, in ns. */
const processClock = 2;

/**
 * The CPU time of a process and its threads in ms; `/proc` has only hundredths
 * of a second. Throws an `Error` if there is no such process.
 */
export function cpuTimeOf(pid: number): number {
  const libc = Deno.dlopen("libc.so.6", {
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  });
  const time = new BigInt64Array(2);
  // As clock_getcpuclockid() makes it.
  const clock = ~pid << 3 | processClock;
  const status = libc.symbols.clock_gettime(clock, time.buffer);
  libc.close();
  if (status !== 0) {
    throw new Error(`Cannot read the CPU clock of ${pid}: it has ended`);
  }
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

/** The number of open descriptors of a process. */
export interface Descriptors {
  /** UDP sockets. */
  readonly udp: number;
  /** All others. */
  readonly others: number;
}

/** Counts the open descriptors of a process. */
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

/** The target of a link; empty if it is gone. */
function targetOf(link: string): string[] {
  try {
    return [Deno.readLinkSync(link)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
