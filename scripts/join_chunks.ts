/**
 * Makes one module of all chunks that a bundle's main module needs at its start.
 * A bundler makes a chunk for each set of modules that share code, so that every
 * module that is loaded at need cuts the start into more of them; and each takes
 * time to load (`scripts/bundle.ts`).
 *
 * @module
 */

/** The module that the chunks become. */
export const coreName = "core.js";

/** A bundle's modules, by their file name. */
export type Bundle = ReadonlyMap<string, string>;

const importing =
  /^(?:import|export) (?:\{([^}]*)\} from )?"\.\/([\w+.-]+\.js)";$/gm;

/** The modules that a module imports, each with the names that it takes. */
function importsOf(text: string): { names: string[]; from: string }[] {
  return [...text.matchAll(importing)].map(([, names = "", from = ""]) => ({
    names: names.split(",").map((name) => name.trim().replace(/ as .*/s, ""))
      .filter((name) => name !== ""),
    from,
  }));
}

/** The chunks that are loaded together with a module: those it imports, and those that they do. */
function closureOf(main: string, bundle: Bundle): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const { from } of importsOf(bundle.get(name) ?? "")) {
      if (found.has(from)) continue;
      found.add(from);
      visit(from);
    }
  };
  visit(main);
  return found;
}

/** What has to be joined, and what becomes of the other modules. */
export interface Plan {
  /** The source of {@linkcode coreName}, whose imports have to be bundled. */
  readonly entry: string;
  /** What it exports. */
  readonly names: readonly string[];
  /** The modules that are not part of it, changed. */
  readonly others: Bundle;
}

/** Plans how to join the chunks of a bundle, as esbuild writes it. */
export function planJoin(main: string, bundle: Bundle): Plan {
  const chunks = [...closureOf(main, bundle)];
  const wanted = new Map(chunks.map((chunk) => [chunk, new Set<string>()]));
  for (const [name, text] of bundle) {
    if (chunks.includes(name)) continue;
    for (const { names, from } of importsOf(text)) {
      names.forEach((it) => wanted.get(from)?.add(it));
    }
  }
  // Two chunks may have the same name for different things.
  const nameIn = (chunk: string, name: string) => {
    const isUnique = chunks.every((other) =>
      other === chunk || !wanted.get(other)!.has(name)
    );
    return isUnique ? name : `c${chunks.indexOf(chunk)}_${name}`;
  };
  const withName = (name: string, as: string) =>
    name === as ? name : `${name} as ${as}`;
  const others = new Map<string, string>();
  for (const [name, text] of bundle) {
    if (chunks.includes(name)) continue;
    others.set(
      name,
      text.replace(importing, (line, names: string | undefined, from) => {
        if (!chunks.includes(from)) return line;
        if (names === undefined) return `import "./${coreName}";`;
        const renamed = names.split(",").map((it) => it.trim())
          .filter((it) => it !== "")
          .map((it) => {
            const [name = "", own = name] = it.split(" as ");
            return withName(nameIn(from, name), own);
          });
        return `import { ${renamed.join(", ")} } from "./${coreName}";`;
      }),
    );
  }
  const entry = chunks.map((chunk) => {
    const names = [...wanted.get(chunk)!];
    if (names.length === 0) return `import "./${chunk}";\n`;
    const list = names.map((name) => withName(name, nameIn(chunk, name)));
    return `export { ${list.join(", ")} } from "./${chunk}";\n`;
  }).join("");
  const names = chunks.flatMap((chunk) =>
    [...wanted.get(chunk)!].map((name) => nameIn(chunk, name))
  );
  return { entry, names, others };
}
