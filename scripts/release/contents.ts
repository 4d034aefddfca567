/**
 * The contents of the packages.
 *
 * @module
 */
import { packagedUnit } from "../../lib/cli/service/systemd_unit.ts";
import { changelog } from "./debian.ts";
import { type Licences, noticesOf } from "./licences.ts";

/** A file in a package. */
export interface PackagedFile {
  /** Its path, without a leading slash. */
  readonly path: string;
  /** Its text, or the file to copy. */
  readonly content: string | { readonly copyOf: string };
  /** Whether it is executable. */
  readonly isProgram?: boolean;
  /** Whether it is compressed with gzip. */
  readonly isZipped?: boolean;
}

/** The shells that have completions. */
export const shells = ["bash", "zsh", "fish"] as const;

/** The material of the packages. */
export interface Material {
  /** The path of the executable. */
  readonly executable: string;
  /** The man page. */
  readonly manual: string;
  /** The completions for each shell. */
  readonly completions: Readonly<Record<typeof shells[number], string>>;
  /** An example of a configuration. */
  readonly example: string;
  /** LICENSE. */
  readonly license: string;
  /** README.md, CHANGELOG.md and the pages that they link, by their paths. */
  readonly documents: Readonly<Record<string, string>>;
  /** The licences of what is in the executable besides. */
  readonly licences: Licences;
}

/** The files of the archive, below its one folder. It can be unpacked into /usr/local. */
export function archiveFiles(material: Material): PackagedFile[] {
  const { license, example, licences } = material;
  const doc = "share/doc/lifesign";
  return [
    ...sharedFiles(material, "share/zsh/site-functions"),
    { path: "share/man/man1/lifesign.1", content: material.manual },
    {
      path: "lib/systemd/system/lifesign.service",
      content: unit("/usr/local"),
    },
    ...documentFiles(material, `${doc}/`),
    { path: `${doc}/LICENSES`, content: noticesOf(license, licences) },
    { path: `${doc}/lifesign.conf`, content: example },
  ];
}

/** The files of the Debian package, below the root folder. `date` is that of the release. */
export function debianFiles(
  material: Material,
  { version, date, notes, overrides }: {
    /** The version, as Debian writes it. */
    readonly version: string;
    readonly date: Date;
    /** README.Debian. */
    readonly notes: string;
    /** What lintian is told. */
    readonly overrides: string;
  },
): PackagedFile[] {
  const { license, example, licences } = material;
  const doc = "share/doc/lifesign";
  const files: PackagedFile[] = [
    ...sharedFiles(material, "share/zsh/vendor-completions"),
    {
      path: "share/man/man1/lifesign.1.gz",
      content: material.manual,
      isZipped: true,
    },
    { path: "lib/systemd/system/lifesign.service", content: unit("/usr") },
    ...documentFiles(material, `${doc}/`),
    { path: `${doc}/README.Debian`, content: notes },
    { path: `${doc}/copyright`, content: noticesOf(license, licences) },
    {
      path: `${doc}/changelog.gz`,
      content: changelog(version, date),
      isZipped: true,
    },
    { path: `${doc}/examples/lifesign.conf`, content: example },
    { path: "share/lintian/overrides/lifesign", content: overrides },
  ];
  return files.map((file) => ({ ...file, path: `usr/${file.path}` }));
}

/** The documents, in a folder that ends with a slash; empty for the top. */
export function documentFiles(
  { documents }: Pick<Material, "documents">,
  folder: string,
): PackagedFile[] {
  return Object.entries(documents)
    .map(([path, content]) => ({ path: `${folder}${path}`, content }));
}

function sharedFiles(
  { executable, completions }: Material,
  zshFolder: string,
): PackagedFile[] {
  return [
    {
      path: "bin/lifesign",
      content: { copyOf: executable },
      isProgram: true,
    },
    {
      path: "share/bash-completion/completions/lifesign",
      content: completions.bash,
    },
    { path: `${zshFolder}/_lifesign`, content: completions.zsh },
    {
      path: "share/fish/vendor_completions.d/lifesign.fish",
      content: completions.fish,
    },
  ];
}

function unit(prefix: string): string {
  return packagedUnit({
    executable: `${prefix}/bin/lifesign`,
    config: "/etc/lifesign.conf",
    args: [],
    user: "lifesign",
    reads: [],
    // The folder where such files, the UID among them, have their place.
    writes: ["/var/lib/lifesign/status"],
    hasHooks: false,
  });
}
