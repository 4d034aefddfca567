/**
 * Makes the packages of this version in dist/: an archive for each target, or for
 * `--target TRIPLE` alone, with it a Debian package or one for OpenWrt, and
 * SHA256SUMS. To release:
 * set the version in deno.json, give it a heading in CHANGELOG.md, commit, and
 * run this.
 *
 * The same commit gives the same bytes with the same versions of Deno, tar, xz,
 * gzip and dpkg, in the same folder.
 *
 * @module
 */
import { compileLifesign, targetIn } from "./compile.ts";
import {
  archiveFiles,
  debianFiles,
  type Material,
  type PackagedFile,
} from "./release/contents.ts";
import { architectures, control, debianVersion } from "./release/debian.ts";
import {
  openwrtControl,
  openwrtFiles,
  staticFiles,
} from "./release/openwrt.ts";
import {
  installedSize,
  packArchive,
  packDebian,
  packGzip,
  packOpkg,
  type PackOptions,
  tool,
  writeFiles,
} from "./release/pack.ts";
import { staticFolder } from "./static/build.ts";
import { isStatic, staticTargets } from "./static/targets.ts";
import { digest, reportFailure } from "./supply/npm.ts";
import { version } from "../lib/version.ts";

/** Options of a release. */
export interface Release extends Pick<PackOptions, "date" | "preset"> {
  /** The targets. */
  readonly targets: readonly string[];
  /** The executable of each target, and of this machine, which prints the texts. */
  readonly executables: Readonly<Record<string, string>>;
  /** The folder for the packages. */
  readonly output: string;
}

/** Makes the packages; resolves to their names, SHA256SUMS last. */
export async function release(
  { targets, executables, output, ...options }: Release,
): Promise<string[]> {
  const { date } = options;
  const texts = await textsFrom(executables[Deno.build.target]!);
  const names: string[] = [];
  for (const target of targets) {
    const material = { ...texts, executable: executables[target]! };
    if (isStatic(target)) {
      names.push(...await releaseStatic(target, material, { output, date }));
      continue;
    }
    const architecture = architectures[target]!;
    const name = `lifesign-${version}-${target}`;
    const archive = `${name}.tar.xz`;
    const debian = `lifesign_${debianVersion(version)}_${architecture}.deb`;
    const staging = await Deno.makeTempDir({ dir: output });
    try {
      await writeFiles(`${staging}/${name}`, archiveFiles(material));
      await packArchive(`${staging}/${name}`, `${output}/${archive}`, options);
      const root = `${staging}/${architecture}`;
      await writeDebian(root, architecture, material, options.date);
      await packDebian(root, `${output}/${debian}`, options);
    } finally {
      await Deno.remove(staging, { recursive: true });
    }
    names.push(archive, debian);
  }
  const sums = await sha256Sums(output, names);
  await Deno.writeTextFile(`${output}/SHA256SUMS`, sums);
  return [...names, "SHA256SUMS"];
}

/** Makes the packages of a static target; resolves to their names. */
async function releaseStatic(
  target: string,
  material: Material,
  { output, date }: Pick<Release, "output" | "date">,
): Promise<string[]> {
  const [machine] = target.split("-");
  const name = `lifesign-${version}-${machine}`;
  const archive = `${name}.tar.gz`;
  const opkg = `lifesign_${version}-1_${machine}.ipk`;
  const own = { ...material, licences: await licencesOf(staticFolder) };
  const staging = await Deno.makeTempDir({ dir: output });
  try {
    await writeFiles(`${staging}/archive/${name}`, staticFiles(own));
    await packGzip(`${staging}/archive`, `${output}/${archive}`, { date }, [
      name,
    ]);
    const files = openwrtFiles(own);
    const root = `${staging}/root`;
    await writeFiles(root, files);
    const size = 1024 * await installedSize(root, files);
    const control = openwrtControl({ version, target, size });
    await packOpkg(root, `${output}/${opkg}`, { date, control });
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
  return [archive, opkg];
}

/** The licences of what the static build is made of. */
async function licencesOf(folder: string): Promise<Record<string, string>> {
  const text = (path: string) => Deno.readTextFile(`${folder}/${path}`);
  return {
    "QuickJS": await text("quickjs/LICENSE"),
    "musl": await text("zig/lib/libc/musl/COPYRIGHT"),
    "Zig, whose compiler's runtime library is used": await text("zig/LICENSE"),
  };
}

const project = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** The texts that are the same for all targets. */
async function textsFrom(
  executable: string,
): Promise<Omit<Material, "executable">> {
  const text = (...args: string[]) => tool(executable, args);
  return {
    manual: await text("help", "man"),
    completions: {
      bash: await text("completions", "bash"),
      zsh: await text("completions", "zsh"),
      fish: await text("completions", "fish"),
    },
    example: await text("config", "--example"),
    readme: await Deno.readTextFile(`${project}README.md`),
    license: await Deno.readTextFile(`${project}LICENSE`),
    changes: await Deno.readTextFile(`${project}CHANGELOG.md`),
  };
}

async function writeDebian(
  folder: string,
  architecture: string,
  material: Material,
  date: Date,
): Promise<void> {
  const own = (name: string) =>
    Deno.readTextFile(`${project}scripts/release/debian/${name}`);
  const files = debianFiles(material, {
    version: debianVersion(version),
    date,
    notes: await own("README.Debian"),
    overrides: await own("overrides"),
  });
  await writeFiles(folder, files);
  const script = async (name: string): Promise<PackagedFile> => ({
    path: `DEBIAN/${name}`,
    content: await own(name),
    isProgram: true,
  });
  const paths = files.map(({ path }) => path).sort();
  await writeFiles(folder, [
    {
      path: "DEBIAN/control",
      content: control({
        version: debianVersion(version),
        architecture,
        size: await installedSize(folder, files),
      }),
    },
    {
      path: "DEBIAN/md5sums",
      content: await tool("md5sum", paths, { cwd: folder }),
    },
    await script("postinst"),
    await script("prerm"),
    await script("postrm"),
  ]);
}

async function sha256Sums(
  folder: string,
  names: readonly string[],
): Promise<string> {
  let lines = "";
  for (const name of names) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    lines += `${(await digest("SHA-256", bytes)).toHex()}  ${name}\n`;
  }
  return lines;
}

/** The date of SOURCE_DATE_EPOCH, or of the last commit. */
async function sourceDate(): Promise<Date> {
  const seconds = Deno.env.get("SOURCE_DATE_EPOCH") ??
    await tool("git", ["log", "-1", "--format=%ct"], { cwd: project });
  if (!/^\d+\s*$/.test(seconds)) {
    throw new Error(
      `Cannot date the packages: SOURCE_DATE_EPOCH is "${seconds}", expected a number of seconds, e.g. 1700000000`,
    );
  }
  return new Date(Number(seconds) * 1000);
}

async function main(args: readonly string[]): Promise<void> {
  const known = [...Object.keys(architectures), ...Object.keys(staticTargets)];
  const target = targetIn(args);
  if (target !== undefined && !known.includes(target)) {
    throw new Error(
      `Cannot release for "${target}": expected ${known.join(" or ")}`,
    );
  }
  const targets = target === undefined ? known : [target];
  const executables: Record<string, string> = {};
  for (const target of new Set([Deno.build.target, ...targets])) {
    executables[target] = await compileLifesign(target);
  }
  // More than 6 takes longer and gains little: it has one block for all.
  const names = await release({
    targets,
    executables,
    output: "dist",
    date: await sourceDate(),
    preset: 6,
  });
  for (const name of names) console.error(`made dist/${name}`);
}

if (import.meta.main) await reportFailure(main(Deno.args));
