/**
 * Takes from npm what Deno fetches from elsewhere, for networks that reach only
 * an npm registry.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { type Bytes, digest } from "../sums.ts";

/** A package on npm. */
export interface NpmPackage {
  /** Its name and version, such as `deno-std@1.4.0`. */
  readonly spec: string;
  /** The SHA-512 of its tarball, in base64. */
  readonly sha512: string;
}

/** Whether a server gives any answer within five seconds. */
export async function reachable(url: string): Promise<boolean> {
  using _ = progress(`asking ${url}`);
  try {
    const signal = AbortSignal.timeout(5000);
    const { body } = await fetch(url, { method: "HEAD", signal });
    await body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** Whether a file or folder exists. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Does work in an empty folder inside of `folder`, so that the result can be
 * renamed to its place. One process works at a time, others wait. The leftovers
 * of a killed process are removed by the next one.
 */
export async function stage(
  folder: string,
  work: (staging: string) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const options = { create: true, write: true };
  using lock = await Deno.open(`${folder}/.lock`, options);
  await lock.lock(true);
  const staging = `${folder}/.staging`;
  await removeAll(staging);
  await Deno.mkdir(staging);
  try {
    await work(staging);
  } finally {
    await removeAll(staging);
  }
}

/** Makes a program if it is missing, in one process at a time. */
export async function ensureProgram(
  path: string,
  make: (staging: string) => Promise<Bytes>,
): Promise<void> {
  if (await exists(path)) return;
  await stage(path.slice(0, path.lastIndexOf("/")), async (staging) => {
    if (await exists(path)) return;
    const program = await make(staging);
    await Deno.writeFile(`${staging}/program`, program, { mode: 0o755 });
    await Deno.rename(`${staging}/program`, path);
  });
}

/** Asks Deno for the folder where it keeps what it downloads. */
export async function findDenoDir(): Promise<string> {
  const deno = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] });
  const { stdout } = await deno.output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Downloads a package through `folder`; resolves to its files by path. */
export async function fetchPackage(
  { spec, sha512 }: NpmPackage,
  folder: string,
): Promise<Map<string, Bytes>> {
  using _ = progress(`taking ${spec} from npm`);
  const tarball = await pack(spec, folder);
  const actual = (await digest("SHA-512", tarball)).toBase64();
  if (actual !== sha512) {
    throw new Error(
      `Cannot take "${spec}" from npm: the SHA-512 of its tarball is "${actual}", expected "${sha512}"`,
    );
  }
  return untar(await gunzip(tarball));
}

async function removeAll(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

async function pack(spec: string, folder: string): Promise<Bytes> {
  // A folder of its own, since the npm of a killed process may still write.
  const to = await Deno.realPath(await Deno.makeTempDir({ dir: folder }));
  const flags = ["--loglevel=error", "--fetch-retries=0"];
  const { success, stderr } = await npm(
    ["pack", spec, `--pack-destination=${to}`, ...flags],
  );
  const [tarball] = await Array.fromAsync(Deno.readDir(to));
  if (!success || !tarball) {
    const reason = reasonIn(new TextDecoder().decode(stderr));
    throw new Error(
      `Cannot take "${spec}" from npm: npm pack says "${reason}", expected a registry that has it`,
    );
  }
  return await Deno.readFile(`${to}/${tarball.name}`);
}

async function npm(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("npm", { args }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      "Cannot run npm: it is not on PATH, expected Node.js with npm",
      { cause: error },
    );
  }
}

/** The first line of npm that is not just a code. */
function reasonIn(stderr: string): string {
  return stderr.split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!)/, "").trim())
    .find((line) => line && !/^(?:code|errno|syscall) /.test(line)) ?? "";
}

async function gunzip(data: Bytes): Promise<Bytes> {
  const gunzip = new DecompressionStream("gzip");
  const stream = new Blob([data]).stream().pipeThrough(gunzip);
  return await new Response(stream).bytes();
}

function untar(tar: Bytes): Map<string, Bytes> {
  const files = new Map<string, Bytes>();
  const text = (at: number, length: number) =>
    new TextDecoder().decode(tar.subarray(at, at + length))
      .replace(/\0.*/s, "");
  for (let at = 0; tar[at];) {
    const path = [text(at + 345, 155), text(at, 100)].filter(Boolean).join("/");
    const size = parseInt(text(at + 124, 12), 8);
    const isFile = text(at + 156, 1) === "0";
    const start = at + 512;
    if (isFile) {
      const data = tar.subarray(start, start + size);
      files.set(path.replace(/^package\//, ""), data);
    }
    at = start + Math.ceil(size / 512) * 512;
  }
  return files;
}
