/**
 * Makes the packages of this version in dist/: an archive for each target, or for
 * `--target TRIPLE` alone, with it a Debian package or those for OpenWrt,
 * install.sh and SHA256SUMS. To release:
 * set the version in deno.json, give it a heading in CHANGELOG.md, commit, and
 * run this.
 *
 * The same commit gives the same bytes with the same versions of Deno, Zig, tar,
 * gzip and dpkg, in the same folder. `docs/release.md` says what else they depend
 * on.
 *
 * @module
 */
import { progress } from "./progress.ts";
import { compileLifesign, targetIn } from "./compile.ts";
import {
  archiveFiles,
  debianFiles,
  type Material,
  type PackagedFile,
} from "./release/contents.ts";
import { architectures, control, debianVersion } from "./release/debian.ts";
import { licencesOf } from "./release/licences.ts";
import { archiveName, openwrtName } from "./release/names.ts";
import {
  openwrtControl,
  openwrtFiles,
  staticFiles,
} from "./release/openwrt.ts";
import {
  installedSize,
  packDebian,
  packGzip,
  packOpkg,
  type PackOptions,
  writeFiles,
} from "./release/pack.ts";
import { reportFailure } from "./report_failure.ts";
import { runTool } from "./run_tool.ts";
import { isStatic, staticTarget, staticTargets } from "./static/targets.ts";
import { sumsOf } from "./sums.ts";
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
  const texts = await textsFrom(executables[Deno.build.target]!);
  const names: string[] = [];
  for (const target of targets) {
    using _ = progress(`packing for ${target}`);
    const licences = await licencesOf(target);
    const material = { ...texts, licences, executable: executables[target]! };
    const pack = isStatic(target) ? packStatic : packGlibc;
    const staging = await Deno.makeTempDir({ dir: output });
    try {
      const order = { target, material, staging, output, ...options };
      names.push(...await pack(order));
    } finally {
      await Deno.remove(staging, { recursive: true });
    }
  }
  const script = "install.sh";
  await Deno.copyFile(`${project}scripts/${script}`, `${output}/${script}`);
  names.push(script);
  const sums = await sumsOf(output, names);
  await Deno.writeTextFile(`${output}/SHA256SUMS`, sums);
  return [...names, "SHA256SUMS"];
}

/** The packages of one target that are to be made. */
interface Order extends PackOptions {
  readonly target: string;
  readonly material: Material;
  /** An empty folder for what goes into them. */
  readonly staging: string;
  readonly output: string;
}

/** Makes an archive with one folder; resolves to its name. */
async function packFiles(
  order: Order,
  files: readonly PackagedFile[],
): Promise<string> {
  const { target, staging, output } = order;
  const name = archiveName(version, target);
  const folder = `${staging}/archive`;
  await writeFiles(`${folder}/${name}`, files);
  await packGzip(folder, `${output}/${name}.tar.gz`, order, [name]);
  return `${name}.tar.gz`;
}

/** Makes the packages of a target with glibc; resolves to their names. */
async function packGlibc(order: Order): Promise<string[]> {
  const { target, material, staging, output, date } = order;
  const archive = await packFiles(order, archiveFiles(material));
  const architecture = architectures[target]!;
  const debian = `lifesign_${debianVersion(version)}_${architecture}.deb`;
  const root = `${staging}/debian`;
  await writeDebian(root, architecture, material, date);
  await packDebian(root, `${output}/${debian}`, order);
  return [archive, debian];
}

/** Makes the packages of a static target; resolves to their names. */
async function packStatic(order: Order): Promise<string[]> {
  const { target, material, staging, output } = order;
  const names = [await packFiles(order, staticFiles(material))];
  const files = openwrtFiles(material);
  const root = `${staging}/root`;
  await writeFiles(root, files);
  const size = 1024 * await installedSize(root, files);
  for (const architecture of staticTarget(target).openwrt) {
    const name = openwrtName(version, architecture);
    const control = openwrtControl({ version, architecture, size });
    await packOpkg(root, `${output}/${name}`, { ...order, control });
    names.push(name);
  }
  return names;
}

const project = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** The texts that are the same for all targets. */
async function textsFrom(
  executable: string,
): Promise<Omit<Material, "executable" | "licences">> {
  const text = (...args: string[]) => runTool(executable, args);
  return {
    manual: await text("help", "man"),
    completions: {
      bash: await text("completions", "bash"),
      zsh: await text("completions", "zsh"),
      fish: await text("completions", "fish"),
    },
    example: await text("config", "--example"),
    license: await Deno.readTextFile(`${project}LICENSE`),
    documents: Object.fromEntries(
      await Promise.all(
        documentPaths().map(async (path) =>
          [path, await Deno.readTextFile(`${project}${path}`)] as const
        ),
      ),
    ),
  };
}

/** The documents for users, with all that they link. */
function documentPaths(): string[] {
  const pages = Array.from(
    Deno.readDirSync(`${project}docs`),
    ({ name }) => `docs/${name}`,
  );
  return ["README.md", "CHANGELOG.md", ...pages.toSorted()];
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
      content: await runTool("md5sum", paths, { cwd: folder }),
    },
    await script("postinst"),
    await script("prerm"),
    await script("postrm"),
  ]);
}

/** The date of SOURCE_DATE_EPOCH, or of the last commit. */
async function sourceDate(): Promise<Date> {
  const seconds = Deno.env.get("SOURCE_DATE_EPOCH") ??
    await runTool("git", ["log", "-1", "--format=%ct"], { cwd: project });
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
  // More than 6 takes longer and gains little.
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
