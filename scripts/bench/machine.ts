/**
 * The machine of a measurement.
 *
 * @module
 */
import { sh } from "../../tests/harness.ts";

/** The machine and the versions of the programs, by name. */
export async function machine(): Promise<Record<string, string>> {
  const cpus = await Deno.readTextFile("/proc/cpuinfo");
  return {
    CPU: `${modelOf(cpus)}, ${navigator.hardwareConcurrency} cores`,
    Linux: Deno.osRelease(),
    Deno: Deno.version.deno,
    Python: await versionOf("python3"),
    cc: await versionOf("cc"),
    load: Deno.loadavg()[0]!.toFixed(1),
  };
}

/** The processor in a text of `/proc/cpuinfo`; `unknown` if there is none. */
export function modelOf(cpuinfo: string): string {
  return /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? "unknown";
}

/** The version of a program; `none` if there is no such program. */
async function versionOf(program: string): Promise<string> {
  const { stdout } = await sh(`${program} --version`);
  return /\d+\.[\d.]*\d/.exec(stdout)?.[0] ?? "none";
}
