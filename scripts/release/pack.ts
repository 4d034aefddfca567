/**
 * Packs files so that the same files give the same bytes.
 *
 * @module
 */
import { runTool } from "../run_tool.ts";
import type { PackagedFile } from "./contents.ts";

/** Writes files below a folder, and makes the folder if needed. */
export async function writeFiles(
  folder: string,
  files: readonly PackagedFile[],
): Promise<void> {
  for (const { path, content, isProgram, isZipped } of files) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(file, content);
    else await Deno.copyFile(content.copyOf, file);
    await Deno.chmod(file, isProgram ? 0o755 : 0o644);
    // Debian wants the best there is, which Deno does not offer.
    if (isZipped) {
      const plain = file.replace(/\.gz$/, "");
      await Deno.rename(file, plain);
      await runTool("gzip", ["-9", "-n", plain]);
    }
  }
}

/** How to pack a folder. */
export interface PackOptions {
  /** The date of all files. */
  readonly date: Date;
  /** How hard packages are pressed, from 0 to 9. */
  readonly preset: number;
}

/** What makes the same archive of the same files, whoever makes it. */
const reproducible = [
  "--create",
  "--format=gnu",
  "--sort=name",
  "--numeric-owner",
  "--owner=0",
  "--group=0",
];

/** Packs what is in a folder into a tar archive that every system with gzip reads. */
export async function packGzip(
  folder: string,
  archive: string,
  { date, preset }: PackOptions,
  names: readonly string[] = ["."],
): Promise<void> {
  await settle(folder, date);
  await runTool("tar", [
    ...reproducible,
    `--use-compress-program=gzip -${Math.max(1, preset)} -n`,
    `--file=${archive}`,
    `--directory=${folder}`,
    ...names,
  ]);
}

/** Packs a Debian-like package for opkg: an archive of archives. */
export async function packOpkg(
  folder: string,
  archive: string,
  { control, ...options }: PackOptions & {
    /** What opkg has to know. */
    readonly control: string;
  },
): Promise<void> {
  const parts = `${folder}.parts`;
  const about = `${folder}.control`;
  await writeFiles(about, [{ path: "control", content: control }]);
  await writeFiles(parts, [{ path: "debian-binary", content: "2.0\n" }]);
  await packGzip(folder, `${parts}/data.tar.gz`, options);
  await packGzip(about, `${parts}/control.tar.gz`, options);
  const names = ["debian-binary", "data.tar.gz", "control.tar.gz"];
  await packGzip(parts, archive, options, names.map((name) => `./${name}`));
}

/** Packs a folder with a DEBIAN folder into a Debian package. */
export async function packDebian(
  folder: string,
  archive: string,
  { date, preset }: PackOptions,
): Promise<void> {
  await settle(folder, date);
  const compression = ["-Zxz", `-z${preset}`];
  await runTool(
    "dpkg-deb",
    ["--root-owner-group", ...compression, "--build", folder, archive],
    { env: { SOURCE_DATE_EPOCH: `${date.getTime() / 1000}` } },
  );
}

/** The installed size in KiB, as dpkg-gencontrol counts: files rounded up, and 1 for each folder. */
export async function installedSize(
  folder: string,
  files: readonly PackagedFile[],
): Promise<number> {
  const folders = new Set(
    files.flatMap(({ path }) =>
      path.split("/").map((_, depth, words) => words.slice(0, depth).join("/"))
    ),
  );
  let size = folders.size;
  for (const { path } of files) {
    size += Math.ceil((await Deno.stat(`${folder}/${path}`)).size / 1024);
  }
  return size;
}

/** Sets fixed times and folder modes, so that packages are reproducible. */
async function settle(path: string, date: Date): Promise<void> {
  if ((await Deno.stat(path)).isDirectory) {
    for await (const { name } of Deno.readDir(path)) {
      await settle(`${path}/${name}`, date);
    }
    await Deno.chmod(path, 0o755);
  }
  await Deno.utime(path, date, date);
}
