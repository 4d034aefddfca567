import { assert, assertEquals } from "@std/assert";
import {
  archiveFiles,
  debianFiles,
  type Material,
  type PackagedFile,
} from "./contents.ts";

const material: Material = {
  executable: "/build/lifesign",
  manual: "manual",
  completions: { bash: "for bash", zsh: "for zsh", fish: "for fish" },
  example: "example",
  license: "license",
  documents: { "README.md": "readme", "docs/install.md": "install" },
  licences: { V8: "theirs" },
};

const notices = "lifesign\n========\n\nlicense\n\n\nV8\n==\n\ntheirs\n";

const debian = debianFiles(material, {
  version: "1.2.3",
  date: new Date(0),
  notes: "notes",
  overrides: "overrides",
});

function named(files: readonly PackagedFile[], path: string): PackagedFile {
  const found = files.find((file) => file.path === path);
  assert(found, path);
  return found;
}

/** What a file holds that is the same each time, by its path. */
const texts: Readonly<Record<string, string>> = {
  "share/bash-completion/completions/lifesign": "for bash",
  "share/fish/vendor_completions.d/lifesign.fish": "for fish",
  "share/doc/lifesign/README.md": "readme",
  "share/doc/lifesign/docs/install.md": "install",
};

Deno.test("archiveFiles() and debianFiles() have every file in its usual place", () => {
  const rows: [files: PackagedFile[], texts: Record<string, string>][] = [
    [archiveFiles(material), {
      ...texts,
      "share/man/man1/lifesign.1": "manual",
      "share/zsh/site-functions/_lifesign": "for zsh",
      "share/doc/lifesign/LICENSES": notices,
      "share/doc/lifesign/lifesign.conf": "example",
    }],
    [
      debian.map((file) => ({ ...file, path: file.path.replace("usr/", "") })),
      {
        ...texts,
        "share/man/man1/lifesign.1.gz": "manual",
        "share/zsh/vendor-completions/_lifesign": "for zsh",
        "share/doc/lifesign/README.Debian": "notes",
        "share/doc/lifesign/copyright": notices,
        "share/doc/lifesign/examples/lifesign.conf": "example",
        "share/lintian/overrides/lifesign": "overrides",
      },
    ],
  ];
  for (const [files, texts] of rows) {
    for (const [path, text] of Object.entries(texts)) {
      assertEquals(named(files, path).content, text);
    }
    assertEquals(named(files, "bin/lifesign"), {
      path: "bin/lifesign",
      content: { copyOf: "/build/lifesign" },
      isProgram: true,
    });
    assert(named(files, "lib/systemd/system/lifesign.service"));
    const paths = files.map(({ path }) => path);
    assertEquals(new Set(paths).size, paths.length);
  }
});

Deno.test("debianFiles() zips what ends in .gz, and nothing else", () => {
  for (const { path, isZipped = false } of debian) {
    assertEquals(isZipped, path.endsWith(".gz"), path);
  }
});

Deno.test("archiveFiles() and debianFiles() have a unit that runs their executable", () => {
  const rows: [files: PackagedFile[], folder: string, executable: string][] = [
    [archiveFiles(material), "", "/usr/local/bin/lifesign"],
    [debian, "usr/", "/usr/bin/lifesign"],
  ];
  for (const [files, folder, executable] of rows) {
    const path = `${folder}lib/systemd/system/lifesign.service`;
    const lines = `${named(files, path).content}`.split("\n");
    for (
      const line of [
        `ExecStart=${executable} run -c /etc/lifesign.conf`,
        "ConditionPathExists=/etc/lifesign.conf",
        "User=lifesign",
        "ReadWritePaths=-/var/lib/lifesign",
        "ProtectHome=yes",
      ]
    ) assert(lines.includes(line), line);
  }
});
