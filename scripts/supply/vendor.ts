/**
 * Fills `vendor/`, which Deno reads before it asks the network, with the packages
 * of deno.lock. It takes them from an npm registry if JSR cannot be reached.
 * Otherwise it does nothing, and Deno fetches the packages itself.
 *
 * The code is that of the real packages. Most types are missing on npm, and
 * `std_types.ts` declares those that the project uses. `vendor/` can be deleted.
 *
 * @module
 */
import { hideProgress } from "../progress.ts";
import { reportFailure } from "../report_failure.ts";
import { layOut, type Lock, metaPath } from "./jsr_package.ts";
import {
  exists,
  fetchPackage,
  type NpmPackage,
  reachable,
  stage,
} from "./npm.ts";
import { signatures } from "./std_types.ts";

/** A package on npm that contains JSR packages. */
export interface VendorSource extends NpmPackage {
  /** Its folders with JSR packages (`@std/log@0.224.14`). */
  readonly folders: Readonly<Record<string, string>>;
}

/** Options for tests. */
export interface VendorOptions {
  /** The URL of JSR; `$JSR_URL`, as in Deno, or jsr.io if absent. */
  readonly registry?: string;
  /** The packages on npm. */
  readonly sources?: readonly VendorSource[];
}

/** The file with the types of the last layout. */
const typesFile = ".types.json";
const types = JSON.stringify([...signatures]);

type Files = Map<string, string>;

const npmSources: readonly VendorSource[] = [{
  spec: "deno-std@1.4.0",
  sha512:
    "7c0Y6tyn0Sx0NKiaAeGtDwrpG+C7VFcOStVcYXPnjAuIEonxzVV+n6s8iuFjg6keqzxo/zrPbR/J9EY9BLNsRA==",
  folders: {
    "assert": "@std/assert@1.0.19",
    "cli": "@std/cli@1.0.32",
    "fmt": "@std/fmt@1.0.10",
    "internal": "@std/internal@1.0.14",
  },
}, {
  spec: "windmill-cli@1.596.0",
  sha512:
    "5aFVNTOEaGyTKyQlyjFI1FAZ8fTIQ2vGSmnqL3FfZuKpKWdqGXh8p9Azdp8N2MkIwyP1vYtOK9nfQk6jr6tRTw==",
  folders: {
    "deps/jsr.io/@std/fs/1.0.20": "@std/fs@1.0.24",
    "deps/jsr.io/@std/io/0.225.2": "@std/io@0.225.3",
    "deps/jsr.io/@std/log/0.224.14": "@std/log@0.224.14",
  },
}];

/**
 * Makes sure that Deno finds the packages of deno.lock in `vendor/` or on JSR;
 * `vendor/` and deno.lock are in the current folder.
 */
export async function ensureVendor(options: VendorOptions = {}): Promise<void> {
  const {
    registry = Deno.env.get("JSR_URL") ?? "https://jsr.io/",
    sources = npmSources,
  } = options;
  const lock: Lock = JSON.parse(await Deno.readTextFile("deno.lock"));
  const complete = async () =>
    await hasAll("vendor/jsr.io", Object.keys(lock.jsr)) &&
    await hasTypes("vendor/jsr.io");

  if (await complete() || await reachable(registry)) return;
  await stage("vendor", async (staging) => {
    if (await complete()) return;
    hideProgress();
    console.log(`Cannot reach ${registry}, so taking its packages from npm`);
    const packages = await fetchPackages(sources, staging);
    await writePackages(`${staging}/jsr.io`, { packages, lock });
    await Deno.writeTextFile(`${staging}/jsr.io/${typesFile}`, types);
    if (await exists("vendor/jsr.io")) {
      await Deno.rename("vendor/jsr.io", `${staging}/old`);
    }
    await Deno.rename(`${staging}/jsr.io`, "vendor/jsr.io");
  });
}

async function hasAll(folder: string, ids: string[]): Promise<boolean> {
  const paths = ids.map((id) => `${folder}/${metaPath(id)}`);
  return (await Promise.all(paths.map(exists))).every(Boolean);
}

/** Whether the types are up to date. Those from JSR always are. */
async function hasTypes(folder: string): Promise<boolean> {
  const path = `${folder}/${typesFile}`;
  return !await exists(path) || await Deno.readTextFile(path) === types;
}

/** Downloads the sources and sorts their files by JSR package. */
async function fetchPackages(
  sources: readonly VendorSource[],
  staging: string,
): Promise<Map<string, Files>> {
  const packages = new Map<string, Files>();
  for (const source of sources) {
    for (const [path, data] of await fetchPackage(source, staging)) {
      const [, folder = "", file = ""] =
        /^(?:esm\/|types\/)?(.+)\/(.+\.(?:js|d\.ts))$/.exec(path) ?? [];
      const id = source.folders[folder];
      if (!id) continue;
      const files = packages.get(id) ?? new Map();
      packages.set(id, files.set(file, new TextDecoder().decode(data)));
    }
  }
  return packages;
}

async function writePackages(
  folder: string,
  { packages, lock }: { packages: Map<string, Files>; lock: Lock },
): Promise<void> {
  for (const id of Object.keys(lock.jsr)) {
    const files = packages.get(id);
    if (!files) {
      throw new Error(
        `Cannot take "${id}" from npm: it is in none of the known packages there, expected a source in scripts/supply/vendor.ts`,
      );
    }
    for (const [path, text] of layOut(files, { id, lock })) {
      const to = `${folder}/${path}`;
      await Deno.mkdir(to.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(to, text);
    }
  }
}

if (import.meta.main) await reportFailure(ensureVendor());
