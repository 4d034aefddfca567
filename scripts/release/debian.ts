/**
 * The control files of the Debian package.
 *
 * @module
 */

/** Debian's names of the targets. */
export const architectures: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "amd64",
  "aarch64-unknown-linux-gnu": "arm64",
};

/** The maintainer, at a domain that never exists (RFC 2606). */
const maintainer = "lifesign authors <authors@lifesign.invalid>";

/** Writes a version so that dpkg sorts a pre-release before its release. */
export function debianVersion(version: string): string {
  return version.replace("-", "~");
}

/** Writes the control file. The size is that of the installed files in KiB. */
export function control(
  { version, architecture, size }: {
    readonly version: string;
    readonly architecture: string;
    readonly size: number;
  },
): string {
  return `Package: lifesign
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${size}
Depends: adduser, libc6 (>= 2.27), libgcc-s1 | libgcc1
Recommends: iproute2
Section: net
Priority: optional
Description: session died, or is it only the network?
 lifesign keeps a login session at an SRUN-style gateway alive by UDP
 heartbeats. Its exit status tells shell scripts whether the session has died or
 only the network is at fault.
 .
 It asks once, runs as a service, or watches from cron.
`;
}

/** Writes a changelog in Debian's form that refers to CHANGELOG.md. */
export function changelog(version: string, date: Date): string {
  return `lifesign (${version}) unstable; urgency=medium

  * CHANGELOG.md tells what has changed.

 -- ${maintainer}  ${date.toUTCString().replace("GMT", "+0000")}
`;
}
