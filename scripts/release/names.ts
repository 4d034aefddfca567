/**
 * The names of the packages: one scheme for all that is not Debian's.
 *
 * @module
 */
import { isStatic } from "../static/targets.ts";

/** The name of a target's archive, without `.tar.gz`. */
export function archiveName(version: string, target: string): string {
  // As uname -m has it, or the beginning of that.
  const machine = target.replace(/-.*/, "").replace(/^riscv64gc$/, "riscv64");
  const kind = isStatic(target) ? "-static" : "";
  return `lifesign-${version}-linux-${machine}${kind}`;
}

/** The name of a package for OpenWrt, with OpenWrt's name of the machine. */
export function openwrtName(version: string, architecture: string): string {
  return `lifesign-${version}-openwrt-${architecture}.ipk`;
}
