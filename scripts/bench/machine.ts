/**
 * On what the figures were made.
 *
 * @module
 */

/** The machine and the programs that were measured on it, by what they are. */
export async function machine(): Promise<Record<string, string>> {
  const cpus = await Deno.readTextFile("/proc/cpuinfo");
  return {
    CPU: `${modelOf(cpus)}, ${navigator.hardwareConcurrency} cores`,
    Linux: Deno.osRelease(),
    Deno: Deno.version.deno,
    Python: await versionOf("python3"),
    cc: await versionOf("cc"),
    // How much else there was to do.
    load: Deno.loadavg()[0]!.toFixed(1),
  };
}

/** The name of the processor in the text of `/proc/cpuinfo`; `unknown` where none is told. */
export function modelOf(cpuinfo: string): string {
  return /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? "unknown";
}

/** The first number with a point that a program tells of itself; `none` if there is no such program. */
async function versionOf(program: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `${program} --version`],
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stderr: "null",
  }).output();
  return /\d+\.[\d.]*\d/.exec(new TextDecoder().decode(stdout))?.[0] ?? "none";
}
