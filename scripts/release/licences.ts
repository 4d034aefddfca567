/**
 * The licences of what the executables are made of.
 *
 * @module
 */
import { staticFolder } from "../static/build.ts";
import { isStatic } from "../static/targets.ts";

/** Texts of licences, by the name of what they are for. */
export type Licences = Readonly<Record<string, string>>;

const own = (name: string) =>
  Deno.readTextFile(new URL(`licences/${name}.txt`, import.meta.url));

const built = (path: string) => Deno.readTextFile(`${staticFolder}/${path}`);

/** What has no text here, and where it is. */
const others =
  `Deno is linked with libraries in Rust and C, each under a licence of its own. The
packages in which Deno comes do not hold their texts. Cargo.lock in Deno's
sources names them.
`;

/** The licences of what a target's executable holds besides lifesign itself. */
export async function licencesOf(target: string): Promise<Licences> {
  const deno = await own("deno");
  if (!isStatic(target)) {
    return {
      "Deno and its standard library": deno,
      "V8": await own("v8"),
      "ICU": await own("icu"),
      "Libraries of Deno": others,
    };
  }
  return {
    "QuickJS": await built("quickjs/LICENSE"),
    "musl": await built("zig/lib/libc/musl/COPYRIGHT"),
    "Zig, whose compiler's runtime library is used": await built("zig/LICENSE"),
    "Deno's standard library": deno,
  };
}

/** All texts, one below the other, lifesign's first. */
export function noticesOf(license: string, licences: Licences): string {
  const all = [["lifesign", license], ...Object.entries(licences)];
  return all.map(([name, text]) =>
    `${name}\n${"=".repeat(name!.length)}\n\n${text!.trim()}\n`
  ).join("\n\n");
}
