/**
 * The packages of the static build: an archive, and a package for OpenWrt up to
 * 24.10.
 *
 * @module
 */
import { initScript } from "../../lib/cli/service/init_script.ts";
import type { Material, PackagedFile } from "./contents.ts";

/** The material of these packages. */
export type StaticMaterial =
  & Pick<
    Material,
    "executable" | "example" | "license" | "changes"
  >
  & {
    /** The licences of what is in the executable besides, by the name of their owner. */
    readonly licences: Readonly<Record<string, string>>;
  };

/** An init script for an executable in a folder. */
function script(folder: string): string {
  return initScript({
    executable: `${folder}/lifesign`,
    config: "/etc/lifesign.conf",
    args: [],
    user: "root",
    reads: [],
    writes: [],
    hasHooks: true,
  });
}

/** All licences, one below the other. */
export function noticesOf(
  { license, licences }: Pick<StaticMaterial, "license" | "licences">,
): string {
  const all = [["lifesign", license], ...Object.entries(licences)];
  return all.map(([name, text]) =>
    `${name}\n${"=".repeat(name!.length)}\n\n${text!.trim()}\n`
  ).join("\n\n");
}

/** The files of the archive, below its one folder. */
export function staticFiles(material: StaticMaterial): PackagedFile[] {
  const { executable, example, changes } = material;
  return [
    { path: "lifesign", content: { copyOf: executable }, isProgram: true },
    { path: "lifesign.init", content: script("/usr/sbin"), isProgram: true },
    { path: "lifesign.conf", content: example },
    { path: "wan-is-up", content: hotplug, isProgram: true },
    { path: "LICENSES", content: noticesOf(material) },
    { path: "CHANGELOG.md", content: changes },
  ];
}

/** An example for /etc/hotplug.d/iface/: all sessions are asked once an interface is up. */
const hotplug = `#!/bin/sh
# For /etc/hotplug.d/iface/99-lifesign: when the line is back, SIGUSR2 has all
# sessions asked at once.
# shellcheck disable=SC1091,SC2153
[ "$ACTION" = ifup ] && [ "$INTERFACE" = wan ] || exit 0
. /lib/functions/procd.sh
procd_send_signal lifesign '*' USR2
`;

/** The files of the package for OpenWrt, below the root folder. */
export function openwrtFiles(material: StaticMaterial): PackagedFile[] {
  const { executable } = material;
  return [
    {
      path: "usr/sbin/lifesign",
      content: { copyOf: executable },
      isProgram: true,
    },
    {
      path: "etc/init.d/lifesign",
      content: script("/usr/sbin"),
      isProgram: true,
    },
    {
      path: "usr/share/licenses/lifesign/LICENSES",
      content: noticesOf(material),
    },
  ];
}

/** What opkg has to know. The executable is for any OpenWrt on its processor, whatever OpenWrt calls that. */
export function openwrtControl(
  { version, target, size }: {
    readonly version: string;
    readonly target: string;
    /** The size of the files in bytes. */
    readonly size: number;
  },
): string {
  return `Package: lifesign
Version: ${version}-1
Architecture: all
Installed-Size: ${size}
Section: net
Priority: optional
Maintainer: the lifesign authors
License: MIT
Description: keeps login sessions alive
 This one is for ${target}.
`;
}
