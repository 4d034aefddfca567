/**
 * The targets of the static build.
 *
 * @module
 */

/** How to build for a target. */
export interface StaticTarget {
  /** What Zig calls it. */
  readonly zig: string;
  /** The processor and its parts that are used; Zig's choice if absent. */
  readonly processor?: string;
  /** Whether its bytes are in the other order than those of most. */
  readonly isBigEndian?: boolean;
  /** Whether its code is so long that all of it is made for size. */
  readonly isLong?: boolean;
  /** What QEMU calls it. */
  readonly qemu: string;
  /** The least of its processors that this is made for, by QEMU's name. */
  readonly least: string;
  /** What OpenWrt calls the machines whose processor has all that this needs. */
  readonly openwrt: readonly string[];
}

/**
 * Parts of ARM processors for floating point. Cheap routers lack them. Cortex-A8
 * is the one that divides in software, as A5 and A9 have to.
 */
const armFloats =
  "neon vfp2 vfp2sp vfp3 vfp3d16 vfp3d16sp vfp3sp vfp4 vfp4d16 vfp4d16sp vfp4sp";

const mips = "mips32r2+soft_float";

/** All targets, by their triple. */
export const staticTargets: Readonly<Record<string, StaticTarget>> = {
  "x86_64-unknown-linux-musl": {
    zig: "x86_64-linux-musl",
    qemu: "x86_64",
    least: "qemu64",
    openwrt: ["x86_64"],
  },
  "i686-unknown-linux-musl": {
    zig: "x86-linux-musl",
    processor: "i686",
    qemu: "i386",
    least: "pentium2",
    openwrt: ["i386_pentium4"],
  },
  "aarch64-unknown-linux-musl": {
    zig: "aarch64-linux-musl",
    qemu: "aarch64",
    least: "cortex-a53",
    openwrt: [
      "aarch64_cortex-a53",
      "aarch64_cortex-a72",
      "aarch64_cortex-a76",
      "aarch64_generic",
    ],
  },
  "armv7-unknown-linux-musleabi": {
    zig: "arm-linux-musleabi",
    processor: `cortex_a8+soft_float-${armFloats.replaceAll(" ", "-")}`,
    qemu: "arm",
    least: "cortex-a8",
    openwrt: [
      "arm_cortex-a5_vfpv4",
      "arm_cortex-a7",
      "arm_cortex-a7_neon-vfpv4",
      "arm_cortex-a7_vfpv4",
      "arm_cortex-a8_vfpv3",
      "arm_cortex-a9",
      "arm_cortex-a9_neon",
      "arm_cortex-a9_vfpv3-d16",
      "arm_cortex-a15_neon-vfpv4",
    ],
  },
  "mips-unknown-linux-musl": {
    zig: "mips-linux-musleabi",
    processor: mips,
    isLong: true,
    isBigEndian: true,
    qemu: "mips",
    least: "24Kc",
    openwrt: ["mips_24kc"],
  },
  "mipsel-unknown-linux-musl": {
    zig: "mipsel-linux-musleabi",
    processor: mips,
    isLong: true,
    qemu: "mipsel",
    least: "24Kc",
    openwrt: ["mipsel_24kc", "mipsel_24kc_24kf", "mipsel_74kc"],
  },
  "riscv64gc-unknown-linux-musl": {
    zig: "riscv64-linux-musl",
    qemu: "riscv64",
    least: "rv64",
    openwrt: ["riscv64_riscv64"],
  },
};

/** Whether a triple is one of a static build, be it known or not. */
export function isStatic(triple: string): boolean {
  return /-musl(eabi(hf)?)?$/.test(triple);
}

/** The target with this triple; throws an `Error` if it is unknown. */
export function staticTarget(triple: string): StaticTarget {
  const target = staticTargets[triple];
  if (target !== undefined) return target;
  throw new Error(
    `Cannot compile for "${triple}": expected ${
      Object.keys(staticTargets).join(", ")
    }`,
  );
}
