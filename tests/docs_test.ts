import { assert, assertEquals } from "@std/assert";

/** The project's folder, with a slash behind it. */
const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** What is made, fetched or kept by tools, and not the project's own. */
const foreign = new Set([".git", "dist", "node_modules", "vendor"]);

/** The texts of files, by their paths below the project's folder. */
type Texts = ReadonlyMap<string, string>;

/** A place in a file that names another one. */
interface Mention {
  /** The path of the file that names. */
  readonly from: string;
  /** The path that it names, as it stands there. */
  readonly path: string;
  /** The heading that it names, as in an address; empty for none. */
  readonly anchor: string;
  /** Whether a reader can follow it, so that it has to lead there exactly. */
  readonly isLink: boolean;
}

/** The file names that are looked for: with these ends, and in no address, absolute path or pattern. */
const names =
  /(?<![\w./~$<>{}*@%:-])((?:\.{1,2}\/)*(?:[\w.-]+\/)*[\w.-]*\w\.(?:ts|md|ya?ml|json|lock|py|c|sh))(?![\w-]|\.\w)(?:#([\w-]+))?/g;

/** The same of folders, by their full path. */
const folders =
  /(?<![\w./~$<>{}*@%:-])((?:lib|tests|scripts|docs)\/(?:[\w-]+\/)*)(?![\w.*-])/g;

const links = /\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g;

/** Comments in TypeScript and C, behind code only where a blank stands before. */
const slashed = /^[ \t]*\/\*[\s\S]*?\*\/|(?:^|\s)\/\/ .*$/gm;

/** Comments in scripts. */
const hashed = /(?:^|\s)# .*$/gm;

/** What of a file is written for people: its comments, and the titles of its tests. */
function proseOf(path: string, text: string): string {
  if (path.endsWith(".md")) return text.replace(links, "]");
  if (/ISSUE_TEMPLATE\//.test(path)) return text;
  const comments = /\.(ts|c)$/.test(path) ? slashed : hashed;
  const titles = text.match(/^[\w.]+\.test\((["`]).*?\1/gm) ?? [];
  return [...text.match(comments) ?? [], ...titles].join("\n");
}

/** All files that a file names. */
function mentionsIn(from: string, text: string): Mention[] {
  const linked = from.endsWith(".md") ? [...text.matchAll(links)] : [];
  const prose = proseOf(from, text);
  const named = [...prose.matchAll(names), ...prose.matchAll(folders)];
  return [
    ...linked.filter(([, path]) => !/^\w+:/.test(path!))
      .map(([, path = "", anchor = ""]) => ({
        from,
        path,
        anchor,
        isLink: true,
      })),
    ...named.filter(([, path]) => !foreign.has(path!.split("/")[0]!))
      .map(([, path = "", anchor = ""]) => ({
        from,
        path,
        anchor,
        isLink: false,
      })),
  ];
}

/** The file that is named, if it exists: with a link just that one, else any whose path ends so. */
function targetOf(
  { from, path, isLink }: Mention,
  texts: Texts,
): string | undefined {
  if (path === "") return from;
  if (isLink) {
    const { pathname } = new URL(path, new URL(from, "file:///"));
    const target = decodeURIComponent(pathname).slice(1);
    const isFolder = texts.keys().some((it) => it.startsWith(target));
    return texts.has(target) || target.endsWith("/") && isFolder
      ? target
      : undefined;
  }
  if (path.endsWith("/")) {
    return texts.keys().some((it) => it.startsWith(path)) ? path : undefined;
  }
  const end = path.replace(/^(\.{1,2}\/)+/, "");
  return texts.keys().find((it) => it === end || it.endsWith(`/${end}`));
}

/** The anchors of a Markdown file's headings, as forges make them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const headings = text.replace(/^```.*?^```/gms, "")
    .matchAll(/^#+ (.*)$/gm);
  for (const [, title] of headings) {
    const base = title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = base;
    for (let k = 1; anchors.has(anchor); k++) anchor = `${base}-${k}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What is named and not there, a line each. */
function broken(texts: Texts): string[] {
  return texts.entries().flatMap(([from, text]) => mentionsIn(from, text))
    .flatMap((mention): string[] => {
      const { from, path, anchor } = mention;
      const target = targetOf(mention, texts);
      if (target === undefined) return [`${from}: there is no ${path}`];
      const isThere = anchor === "" ||
        anchorsOf(texts.get(target) ?? "").has(anchor);
      return isThere ? [] : [`${from}: there is no ${path}#${anchor}`];
    }).toArray();
}

/** Files that are read. */
const isText = /\.(ts|md|ya?ml|c|py|sh)$|^\.ci\/|\/debian\//;

/** The texts of all files that are the project's own; an empty one of those that are not read. */
function readAll(folder = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name, isDirectory, isFile } of Deno.readDirSync(root + folder)) {
    const path = folder + name;
    if (isDirectory && !foreign.has(name)) {
      for (const [inner, text] of readAll(`${path}/`)) texts.set(inner, text);
    } else if (isFile) {
      texts.set(
        path,
        isText.test(path) ? Deno.readTextFileSync(root + path) : "",
      );
    }
  }
  return texts;
}

Deno.test("every file that a comment or a document names exists", () => {
  const texts = readAll();
  assertEquals(broken(texts), []);
  const count = texts.entries().reduce(
    (sum, [path, text]) => sum + mentionsIn(path, text).length,
    0,
  );
  assert(count > 150, `only ${count} files are named: are they still found?`);
});

Deno.test("a file or a heading that is not there is found wherever it is named", () => {
  const rows: [path: string, text: string, broken: string[]][] = [
    ["a.md", "See [b](docs/b.md#two-words), [c](docs/c.md).", ["docs/c.md"]],
    ["a.md", "[b](docs/b.md#three)", ["docs/b.md#three"]],
    ["a.md", "# Here\n[up](#here) [down](#there)", ["#there"]],
    ["docs/a.md", "[b](b.md) [c](../docs/b.md) [d](docs/b.md)", ["docs/b.md"]],
    ["docs/a.md", "[folder](../lib/) [none](../bin/)", ["../bin/"]],
    ["a.md", "The code is in `lib/x.ts` and `lib/y.ts`.", ["lib/y.ts"]],
    ["a.md", "It is in `lib/`, `docs/`, `lib/x/`.", ["lib/x/"]],
    ["a.md", "It is in `x.ts`, not in `z.ts`.", ["z.ts"]],
    ["a.md", "```\ncat docs/b.md docs/c.md\n```", ["docs/c.md"]],
    ["a.md", "https://a.example/c.md ~/c.md /etc/c.md NAME_c.mdx", []],
    ["a.md", "[out](https://a.example/c.md#d) dist/c.json", []],
    ["a.ts", "/** In docs/c.md. */\n  \x2f/ See docs/d.md.", [
      "docs/c.md",
      "docs/d.md",
    ]],
    ["a.ts", "f(); \x2f/ as in docs/b.md#none", ["docs/b.md#none"]],
    ["a.ts", 'Deno.test("as docs/c.md says", f("y.ts"));', ["docs/c.md"]],
    ["a.ts", 'import { y } from "./y.ts";', []],
    ["a.c", "/* As lib/x.ts and lib/y.ts do. */", ["lib/y.ts"]],
    ["a.py", "x = 1  \x23 as in y.py\ny.py", ["y.py"]],
    [".ci/run", "\x23 as in .ci/run and tests/y.sh\ny.sh", ["tests/y.sh"]],
  ];
  for (const [path, text, wanted] of rows) {
    const texts = new Map([
      ["docs/b.md", "# Two `words`!\n\n```\n# three\n```\n"],
      ["lib/x.ts", ""],
      [path, text],
    ]);
    assertEquals(
      broken(texts),
      wanted.map((name) => `${path}: there is no ${name}`),
      text,
    );
  }
});
