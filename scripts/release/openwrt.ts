/**
 * The packages of the static build: an archive, and a package for OpenWrt up to
 * 24.10.
 *
 * @module
 */
import { initScript } from "../../lib/cli/service/init_script.ts";
import { documentFiles, type Material, type PackagedFile } from "./contents.ts";
import { noticesOf } from "./licences.ts";

/** The material of these packages. */
export type StaticMaterial = Pick<
  Material,
  "executable" | "example" | "license" | "documents" | "licences"
>;

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

/** The files of the archive, below its one folder. */
export function staticFiles(material: StaticMaterial): PackagedFile[] {
  const { executable, example, license, licences } = material;
  return [
    { path: "lifesign", content: { copyOf: executable }, isProgram: true },
    { path: "lifesign.init", content: script("/usr/sbin"), isProgram: true },
    { path: "lifesign.conf", content: example },
    { path: "wan-is-up", content: hotplug, isProgram: true },
    { path: "LICENSES", content: noticesOf(license, licences) },
    ...documentFiles(material, ""),
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
  const { executable, license, licences } = material;
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
      content: noticesOf(license, licences),
    },
  ];
}

/** What opkg has to know. It refuses what is for another architecture than those that it lists. */
export function openwrtControl(
  { version, architecture, size }: {
    readonly version: string;
    /** OpenWrt's name of the machine, such as mipsel_24kc. */
    readonly architecture: string;
    /** The size of the files in bytes. */
    readonly size: number;
  },
): string {
  return `Package: lifesign
Version: ${version}-1
Architecture: ${architecture}
Installed-Size: ${size}
Section: net
Priority: optional
Maintainer: the lifesign authors
License: MIT
Description: keeps login sessions alive
`;
}
