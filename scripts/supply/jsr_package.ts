/**
 * Turns JSR code from npm back into a JSR package, as Deno keeps it in
 * `vendor/jsr.io`.
 *
 * @module
 */
import { signatures } from "./std_types.ts";

/** The JSR packages in deno.lock. */
export interface Lock {
  /** The locked versions, by specifier (`jsr:@std/log@^0.224`). */
  readonly specifiers: Readonly<Record<string, string>>;
  /** The packages, by name and version (`@std/log@0.224.14`). */
  readonly jsr: Readonly<Record<string, LockedPackage>>;
}

/** A JSR package in deno.lock. */
export interface LockedPackage {
  /** The checksum of its manifest. */
  readonly integrity: string;
  /** The specifiers of its imports; absent without any. */
  readonly dependencies?: readonly string[];
}

/** The path of a version's metadata in `vendor/jsr.io`. */
export function metaPath(id: string): string {
  return `${folderOf(id)}_meta.json`;
}

/**
 * Lays out the package `id` of `lock` from its files on npm; returns the files
 * for `vendor/jsr.io` by path.
 */
export function layOut(
  npmFiles: ReadonlyMap<string, string>,
  { id, lock }: { id: string; lock: Lock },
): Map<string, string> {
  const exports: Record<string, string> = {};
  const files = new Map(
    npmFiles.entries().map(([name, text]) => [name, restore(text, id, lock)]),
  );
  for (const [name, source] of [...files]) {
    if (name.endsWith(".d.ts")) continue;
    const types = name.replace(/js$/, "d.ts");
    if (!files.has(types)) files.set(types, declare(source));
    files.set(name, `/* @ts-self-types="./${types}" */\n${source}`);
    exports[exportOf(name)] = `./${name}`;
  }

  const folder = folderOf(id);
  const [, parent = "", version = ""] = /(.+)\/(.+)/.exec(folder) ?? [];
  const meta = { versions: { [version]: {} } };
  const versionMeta = {
    exports,
    manifest: manifestOf(files.keys()),
    lockfileChecksum: lock.jsr[id]?.integrity,
  };
  return new Map([
    [`${parent}/meta.json`, JSON.stringify(meta)],
    [metaPath(id), JSON.stringify(versionMeta)],
    ...files.entries()
      .map(([name, text]) => [`${folder}/${name}`, text] as const),
  ]);
}

function folderOf(id: string): string {
  return id.replace(/(?<=.)@/, "/");
}

/** The export name of a file. */
function exportOf(file: string): string {
  const name = file.replace(/\.js$/, "").replaceAll("_", "-");
  return name === "mod" ? "." : `./${name}`;
}

/** Lists all files. Deno requires the manifest, but does not check local files. */
function manifestOf(files: Iterable<string>): Record<string, unknown> {
  const file = { size: 0, checksum: "sha256-" };
  return Object.fromEntries(Array.from(files, (name) => [`/${name}`, file]));
}

/** Undoes the changes that were made to a file for npm. */
function restore(source: string, id: string, lock: Lock): string {
  return source
    .replace(/^import \* as dntShim .*\n/m, "")
    .replaceAll("dntShim.", "")
    .replace(
      /(?<=from ")(?:\.\.\/)+([a-z]+)\/(?:[\d.]+\/)?([a-z_]+)\.js(?=")/g,
      (path: string, name: string, file: string) => {
        const specifier = specifierOf(name, lock.jsr[id], lock);
        return specifier ? `${specifier}/${file.replaceAll("_", "-")}` : path;
      },
    );
}

/** The specifier of a package's import of the standard library's `name`. */
function specifierOf(
  name: string,
  importer: LockedPackage | undefined,
  lock: Lock,
): string | undefined {
  const isImported = (specifier: string) =>
    importer?.dependencies?.includes(specifier);
  // Deno locks a dependency without its version if only one is around.
  return Object.keys(lock.specifiers)
    .filter((specifier) => specifier.startsWith(`jsr:@std/${name}@`))
    .find((specifier) =>
      isImported(specifier) || isImported(`jsr:@std/${name}`)
    );
}

/** Declares the exports of a module with known types. */
function declare(source: string): string {
  const exports =
    /^export (?:(\*.*)|(?:async )?(?:const|class|function\*?) (\w+))/gm;
  const lines = source.matchAll(exports).flatMap(([, all, name = ""]) =>
    all
      ? [`export ${all}\n`]
      : (signatures.get(name) ?? []).map((signature) =>
        `export declare function ${name}${signature};\n`
      )
  );
  // Without this, a file that exports nothing would be no module.
  return ["export {};\n", ...lines].join("");
}
