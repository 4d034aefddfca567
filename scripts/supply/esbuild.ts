/**
 * Puts esbuild, the program that `deno bundle` runs, where Deno keeps it. Deno
 * would take the same from npm, but trusts no proxy with a certificate of its
 * own, and knows no hash but the registry's.
 *
 * @module
 */
import { findDenoDir } from "./deno_dir.ts";
import { denoVersion } from "./denort.ts";
import {
  exists,
  fetchPackage,
  type NpmPackage,
  reportFailure,
  stage,
} from "./npm.ts";

/** What may differ from the ordinary. */
export interface EsbuildOptions {
  /** The version of Deno that bundles: by default the running one. */
  readonly version?: string;
  /** Where on npm esbuild is, by the machine that it runs on. */
  readonly sources?: Readonly<Record<string, NpmPackage>>;
}

/** The version that Deno {@linkcode denoVersion} asks for. */
const esbuildVersion = "0.25.5";

/** What Deno calls the program for a machine. */
const names: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "esbuild-linux-x64",
  "aarch64-unknown-linux-gnu": "esbuild-linux-arm64",
};

const npmSources: Readonly<Record<string, NpmPackage>> = {
  "x86_64-unknown-linux-gnu": {
    spec: `@esbuild/linux-x64@${esbuildVersion}`,
    sha512:
      "uhj8N2obKTE6pSZ+aMUbqq+1nXxNjZIIjCjGLfsWvVpy7gKCOL6rsY1MhRh9zLtUtAI7vpgLMK6DxjO8Qm9lJw==",
  },
  "aarch64-unknown-linux-gnu": {
    spec: `@esbuild/linux-arm64@${esbuildVersion}`,
    sha512:
      "Z9kfb1v6ZlGbWj8EJk9T6czVEjjq2ntSYLY2cw6pAZl4oKtfgQuS4HOq41M/BcoLPzrUbNd+R4BXFyH//nHxVg==",
  },
};

/** Makes sure that `deno bundle` finds esbuild here, and resolves to its path; to `null` for another Deno, or one on another kind of machine, which has to fetch its own. */
export async function ensureEsbuild(
  { version = Deno.version.deno, sources = npmSources }: EsbuildOptions = {},
): Promise<string | null> {
  const source = sources[Deno.build.target];
  const name = names[Deno.build.target];
  if (version !== denoVersion || !source || !name) return null;
  const folder = `${await findDenoDir()}/dl/esbuild-${esbuildVersion}`;
  const program = `${folder}/${name}`;
  if (await exists(program)) return program;
  await stage(folder, async (staging) => {
    if (await exists(program)) return;
    const files = await fetchPackage(source, staging);
    const esbuild = files.get("bin/esbuild");
    if (!esbuild) {
      throw new Error(
        `Cannot take esbuild from "${source.spec}": it has no bin/esbuild, expected a program`,
      );
    }
    await Deno.writeFile(`${staging}/esbuild`, esbuild, { mode: 0o755 });
    await Deno.rename(`${staging}/esbuild`, program);
  });
  return program;
}

if (import.meta.main) await reportFailure(ensureEsbuild());
