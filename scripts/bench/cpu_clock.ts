/**
 * What the machine has worked for processes.
 *
 * @module
 */

/** Linux' CPUCLOCK_SCHED: the clock of a whole process, in ns. */
const processClock = 2;

let libc: Deno.DynamicLibrary<
  { clock_gettime: { parameters: ["i32", "buffer"]; result: "i32" } }
>;

/** How long the machine has worked for a process and its threads so far, in ms; `/proc` tells only hundredths of a second. Throws an `Error` if there is no such process. */
export function cpuTimeOf(pid: number): number {
  libc ??= Deno.dlopen("libc.so.6", {
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  });
  const time = new BigInt64Array(2);
  // As clock_getcpuclockid() makes it.
  const clock = ~pid << 3 | processClock;
  if (libc.symbols.clock_gettime(clock, time.buffer) !== 0) {
    throw new Error(`Cannot read the CPU clock of ${pid}: it has ended`);
  }
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}
