/**
 * Puts esbuild, which `deno bundle` runs, into Deno's cache. Deno takes the same
 * program from npm, but trusts no proxy with its own certificate, and knows only
 * the hash of the registry.
 *
 * @module
 */
import { denoVersion } from "./denort.ts";
import {
  ensureProgram,
  fetchPackage,
  findDenoDir,
  type NpmPackage,
} from "./npm.ts";

/** Options for tests. */
export interface EsbuildOptions {
  /** The version of Deno; the running one if absent. */
  readonly version?: string;
  /** The packages with esbuild, by target. */
  readonly sources?: Readonly<Record<string, NpmPackage>>;
}

/** The version that Deno {@linkcode denoVersion} uses. */
const esbuildVersion = "0.25.5";

/** Deno's names of the program, by target. */
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

/** Resolves to the path of esbuild; to `null` for another version or machine, where Deno fetches its own. */
export async function ensureEsbuild(
  { version = Deno.version.deno, sources = npmSources }: EsbuildOptions = {},
): Promise<string | null> {
  const source = sources[Deno.build.target];
  const name = names[Deno.build.target];
  if (version !== denoVersion || !source || !name) return null;
  const program = `${await findDenoDir()}/dl/esbuild-${esbuildVersion}/${name}`;
  await ensureProgram(program, async (staging) => {
    const esbuild = (await fetchPackage(source, staging)).get("bin/esbuild");
    if (esbuild) return esbuild;
    throw new Error(
      `Cannot take esbuild from "${source.spec}": it has no bin/esbuild, expected a program`,
    );
  });
  return program;
}
