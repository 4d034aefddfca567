/**
 * Gets the sources of QuickJS from its author's site, or where that can't be
 * reached from a mirror of Debian.
 *
 * @module
 */
import { hideProgress, progress } from "../progress.ts";
import { runTool } from "../run_tool.ts";
import { type Bytes, checkSum, sha256, sumsOf } from "../sums.ts";
import { download } from "./download.ts";
import { exists, reachable, stage } from "./npm.ts";

/** The version. */
export const quickjsVersion = "2025-04-26";

const upstream = {
  site: "https://bellard.org/",
  url: `https://bellard.org/quickjs/quickjs-${quickjsVersion}.tar.xz`,
  sha256: "2f20074c25166ef6f781f381c50d57b502cb85d470d639abccebbef7954c83bf",
};

/** Debian packs the same files again. */
const debian = {
  suite: "trixie",
  source: "quickjs=2025.04.26-1",
  archive: "quickjs_2025.04.26.orig.tar.xz",
  sha256: "ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe",
  keys: "/usr/share/keyrings/debian-archive-keyring.gpg",
};

/** What is used of it, in this order. */
export const quickjsFiles: readonly string[] = [
  ...["LICENSE", "VERSION", "cutils.c", "cutils.h", "dtoa.c", "dtoa.h"],
  ...["libregexp-opcode.h", "libregexp.c", "libregexp.h"],
  ...["libunicode-table.h", "libunicode.c", "libunicode.h", "list.h"],
  ...["quickjs-atom.h", "quickjs-opcode.h", "quickjs.c", "quickjs.h"],
];

/** The SHA-256 of these files' SHA-256 sums, as `sha256sum` lists them: whoever packed them, they are the same. */
const contentSum =
  "f839778fcd2f2dab3601eabca0de1be638583f650155c2f3753331ebcd0c5c5a";

/** Resolves to the folder `quickjs` in `folder`, with the sources. */
export async function ensureQuickjs(folder: string): Promise<string> {
  const place = `${folder}/quickjs`;
  if (await isWhole(place)) return place;
  await stage(folder, async (staging) => {
    if (await isWhole(place)) return;
    const archive = `${staging}/archive.tar.xz`;
    await Deno.writeFile(archive, await fetchArchive(staging));
    const made = `${staging}/quickjs`;
    await Deno.mkdir(made);
    await runTool("tar", ["-xJf", archive, "-C", made, "--strip-components=1"]);
    if (!await isWhole(made)) {
      throw new Error(
        `Cannot use the archive of QuickJS: its files are not those of ${quickjsVersion}`,
      );
    }
    if (await exists(place)) await Deno.remove(place, { recursive: true });
    await Deno.rename(made, place);
  });
  return place;
}

async function isWhole(folder: string): Promise<boolean> {
  try {
    return await sha256(await sumsOf(folder, quickjsFiles)) === contentSum;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function fetchArchive(staging: string): Promise<Bytes> {
  if (await reachable(upstream.site)) {
    return await download(upstream.url, upstream.sha256);
  }
  hideProgress();
  console.error(`Cannot reach ${upstream.site}, so taking QuickJS from Debian`);
  return await fetchFromDebian(staging);
}

/** Where this machine gets Debian from: `CREATED_BY|URI|ORIGIN|COMPONENT` for each list that apt has. */
export function debianSites(targets: string): string[] {
  const sites = targets.split("\n").flatMap((line) => {
    const [kind, uri = "", origin, component] = line.split("|");
    const isDebian = kind === "Packages" && origin === "Debian" &&
      component === "main" && !uri.includes("-security");
    return isDebian ? [uri] : [];
  });
  return [...new Set(sites)];
}

/** Asks the machine's own apt, with a list of sources that is ours. */
async function fetchFromDebian(staging: string): Promise<Bytes> {
  using _ = progress("taking QuickJS from Debian");
  const format = "$(CREATED_BY)|$(REPO_URI)|$(ORIGIN)|$(COMPONENT)";
  const sites = debianSites(
    await runTool("apt-get", ["indextargets", "--format", format]),
  );
  if (sites.length === 0) {
    throw new Error(
      "Cannot take QuickJS from Debian: apt knows no mirror of it, or has no lists (`apt-get update`)",
    );
  }
  // apt gives up root to download, and has to reach this.
  const top = await Deno.makeTempDir();
  try {
    await Deno.chmod(top, 0o755);
    for (const name of ["state/lists/partial", "cache/archives/partial"]) {
      await Deno.mkdir(`${top}/${name}`, { recursive: true });
    }
    await Deno.mkdir(`${top}/parts`);
    await Deno.writeTextFile(`${top}/status`, "");
    await Deno.writeTextFile(
      `${top}/sources.list`,
      sites.map((site) =>
        `deb-src [signed-by=${debian.keys}] ${site} ${debian.suite} main\n`
      ).join(""),
    );
    const options = Object.entries({
      "Dir::State": `${top}/state`,
      "Dir::State::status": `${top}/status`,
      "Dir::Cache": `${top}/cache`,
      "Dir::Etc::SourceList": `${top}/sources.list`,
      "Dir::Etc::SourceParts": `${top}/parts`,
      "APT::Get::List-Cleanup": "0",
      "APT::Sandbox::User": "root",
      "Acquire::Languages": "none",
    }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await runTool("apt-get", ["-qq", ...options, "update"]);
    const order = ["source", "--download-only", debian.source];
    await runTool("apt-get", ["-qq", ...options, ...order], { cwd: staging });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
  const bytes = await Deno.readFile(`${staging}/${debian.archive}`);
  await checkSum(bytes, debian.sha256, debian.archive);
  return bytes;
}
