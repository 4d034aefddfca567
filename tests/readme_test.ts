import { assert, assertEquals } from "@std/assert";
import { type ExitCodeRow, exitCodes } from "../lib/exit_code.ts";
import { denoVersion } from "../scripts/supply/denort.ts";
import { blocksIn, documents, readDocument } from "./documents.ts";
import { missing, type Outcome, sh, startGateway, unless } from "./harness.ts";
import { createNewcomer, type Newcomer, shells } from "./pasting.ts";

const readme = readDocument("README.md");
const translation = "docs/README.zh-CN.md";

Deno.test("README.md has the table of exit codes", () => {
  const rows = readme.matchAll(
    /^\| (\d+) *\| *(.*?) *\| *(.*?) *\| *(.*?) *\|$/gm,
  )
    .map(([, code, name, means, from]) => [code, name, means, from]).toArray();
  const table: readonly ExitCodeRow[] = exitCodes;
  assertEquals(
    rows,
    table.map((
      { code, name = "", means, from },
    ) => [`${code}`, name, means, from]),
  );
});

Deno.test("documents name the version of Deno that the runtime is pinned to", () => {
  for (const path of documents) {
    const versions = readDocument(path).matchAll(/deno@([\d.]+)/g)
      .map(([, it]) => it).toArray();
    if (path === "README.md") assert(versions.length > 0);
    assertEquals(versions.filter((it) => it !== denoVersion), [], path);
  }
});

Deno.test("README.md is short, and its first screen says what, for whom and how", () => {
  const lines = readme.trimEnd().split("\n");
  assert(lines.length <= 200, `${lines.length} lines`);
  const first = lines.slice(0, 40).join("\n");
  for (
    const part of ["README.zh-CN.md", "[SRUN](", "(docs/screen.svg)", "```sh"]
  ) {
    assert(first.includes(part), part);
  }
});

Deno.test("README.md lists every document", () => {
  for (const path of documents.slice(1)) {
    assert(readme.includes(`](${path}`), path);
  }
});

/** What a reader pastes, and the answer that is shown for it. */
function piecesOf(path: string) {
  return blocksIn(readDocument(path)).filter(({ label }) => label !== "");
}

Deno.test(`${translation} has pieces of README.md as they are, and leads back`, () => {
  const original = piecesOf("README.md");
  const translated = piecesOf(translation);
  assert(translated.length >= 6);
  for (const piece of translated) {
    const { label } = piece;
    assertEquals(piece, original.find((it) => it.label === label), label);
  }
  const unnamed = blocksIn(readDocument(translation)).filter(({ label }) =>
    label === ""
  );
  assertEquals(unnamed, []);
  assert(readDocument(translation).includes("](../README.md)"));
});

/** A text without what is another one each time. */
function steady(text: string): string {
  return text.replaceAll(/\(127\..*?\)/g, "(…)")
    .replaceAll(/\d+(\.\d+)*/g, "#").replaceAll(/ +/g, " ");
}

/** What a piece for the shell has to do. It is run on a machine that has pasted those before it. */
type Check = (
  outcome: Outcome,
  newcomer: Newcomer,
) => void | Promise<void>;

const checks: Readonly<Record<string, Check>> = {
  try({ code, stdout }) {
    assertEquals(code, 0);
    // The answer that README.md shows is the answer.
    const { text } = piecesOf("README.md").find(({ label }) =>
      label === "answer"
    )!;
    const lines = text.trim().split("\n").filter((line) => line !== "[…]");
    assert(lines.length > 4);
    for (const line of lines) {
      assert(
        steady(stdout).includes(`${steady(line)}\n`),
        `${line}\n${stdout}`,
      );
    }
  },
  async install({ code }, { home }) {
    assertEquals(code, 0);
    const { mode, size } = await Deno.stat(`${home}/.local/bin/lifesign`);
    assert((mode! & 0o111) !== 0 && size > 1e6);
  },
  async router({ code, stdout }, { home }) {
    assertEquals(code, 0);
    assert(/^made .*mipsel.*\ndefault: alive \(/.test(stdout), stdout);
    await Deno.stat(`${home}/router/usr/sbin/lifesign`);
  },
  check({ code, stdout }) {
    assertEquals(code, 0);
    assert(stdout.startsWith("default: alive ("), stdout);
    assert(stdout.includes("All is well"), stdout);
    assert((stdout.match(/✓/g)?.length ?? 0) >= 6, stdout);
  },
  async keep({ code, stderr }, { home, read }) {
    assertEquals(code, 0);
    assert(!stderr.includes("warn"), stderr);
    const { mode } = await Deno.stat(`${home}/.config/lifesign.conf`);
    assertEquals(mode! & 0o777, 0o600);
    assert((await read(".config/lifesign.conf")).startsWith("target "));
  },
  async cron({ code }, { read }) {
    assertEquals(code, 0);
    const crontab = await read("crontab");
    assertEquals(crontab.match(/^\*\/5 /gm)?.length, 1, crontab);
  },
  async systemd({ code, stdout }, { home, read }) {
    assertEquals(code, 0);
    assert(stdout.endsWith("\nsystemctl enable --now lifesign\n"), stdout);
    const unit = await read("lifesign.service");
    assert(
      unit.includes(
        `\nExecStart=${home}/.local/bin/lifesign run -c ${home}/.config/lifesign.conf\n`,
      ),
      unit,
    );
  },
  async procd({ code, stdout }, { home, read }) {
    assertEquals([code, stdout], [0, "service enable\nservice restart\n"]);
    const script = await read("router/etc/init.d/lifesign");
    assert(script.startsWith("#!/bin/sh /etc/rc.common\n"), script);
    const { mode } = await Deno.stat(`${home}/router/etc/init.d/lifesign`);
    assert((mode! & 0o111) !== 0);
  },
};

for (
  const [name, shell] of Object.entries({
    ...{ bash: ["bash"], zsh: ["zsh", "-f"] },
    busybox: ["busybox", "sh"],
  })
) {
  unless(await missing(name)).test(
    `README.md's line for cron stays in the crontab when the settings have a mistake, in ${name}`,
    async () => {
      const { text } = piecesOf("README.md").find(({ label }) =>
        label === "cron"
      )!;
      await using newcomer = await createNewcomer();
      const { read, run, write } = newcomer;
      await write("crontab", "0 4 * * * reboot\n");
      await Deno.mkdir(`${newcomer.home}/.config`);
      const settings = "target = srun+http://127.0.0.1\n";
      await write(".config/lifesign.conf", settings);
      assertEquals((await run(text, shell)).code, 0);
      const before = await read("crontab");
      assert(/^0 4 .*\n# BEGIN(.*\n)+# END lifesign\n$/.test(before), before);
      assertEquals((await run(text, shell)).code, 0);
      assertEquals(await read("crontab"), before);

      await write(".config/lifesign.conf", `${settings}intervall = 5m\n`);
      assertEquals((await run(text, shell)).code, 78);
      assertEquals(await read("crontab"), before);
    },
  );
}

/** A piece with the addresses of a portal and of a free port, and `run` with an end. */
function here(text: string, portal: string, free: string): string {
  return text.replaceAll("172.16.202.201", portal)
    .replace("gateway -q", `gateway -q --listen ${free}`)
    .replace("-g 127.0.0.1", `-g ${free}`)
    .replace(/^lifesign run$/m, "lifesign run --count 1");
}

for (const [name, shell] of Object.entries(shells)) {
  const reason = await missing(name, "setsid", "install");
  unless(reason).test(
    `README.md can be pasted into ${name} from top to bottom, and again`,
    async () => {
      const pieces = piecesOf("README.md").filter(({ language }) =>
        language === "sh"
      );
      assertEquals(pieces.map(({ label }) => label), Object.keys(checks));
      await using portal = await startGateway(
        "--listen",
        "srun+http://127.0.0.1:0",
      );
      // Whoever has a port at this address keeps it free at its neighbour.
      await using gateway = await startGateway();
      const free = gateway.address.replace("127.0.0.1", "127.0.0.2");
      await using newcomer = await createNewcomer();
      const pasted = Object.fromEntries(
        pieces.map((
          { label, text },
        ) => [label, here(text, portal.address, free)]),
      );
      for (const _ of ["once", "again"]) {
        const outcomes = await newcomer.paste(shell, pasted);
        for (const [label, check] of Object.entries(checks)) {
          const outcome = outcomes[label]!;
          try {
            await check(outcome, newcomer);
          } catch (error) {
            throw new Error(`${label}: ${outcome.stderr}`, { cause: error });
          }
        }
      }
    },
  );
}

Deno.test("every piece for a shell in a document has a label, and a test that runs it", () => {
  const tests = [".", "./slow/"].flatMap((folder) => {
    const place = new URL(folder, import.meta.url);
    return Array.from(Deno.readDirSync(place), ({ name }) => name)
      .filter((name) => name.endsWith("_test.ts"))
      .map((name) => Deno.readTextFileSync(new URL(name, place)));
  }).join("\n");
  const used = new Set(
    tests.matchAll(/\bblock\(\s*"([^"]+)",\s*"([^"]+)",?\s*\)/g)
      .map(([, path, label]) => `${path} ${label}`),
  );
  const untested = documents
    // The pieces of the first are pasted, and those of the second are the same.
    .filter((path) => path !== "README.md" && path !== translation)
    .flatMap((path) =>
      blocksIn(readDocument(path))
        .filter(({ language }) => language === "sh")
        .map(({ label }) => `${path} ${label}`)
    ).filter((piece) => !used.has(piece));
  assertEquals(untested, []);
});

Deno.test("pieces for a shell have no word that some shell takes amiss", () => {
  const traps: readonly (readonly [trap: RegExp, why: string])[] = [
    [/(^|[ ;])#/m, "zsh takes no comments from a terminal"],
    [/\bstatus=/, "zsh keeps status for itself"],
    [/\bexit\b/, "it closes the terminal"],
    [/\bcp\b/, "it can't replace what is running"],
    [/^(?!.*<).*\bssh\b.*\n(?!$)/m, "ssh reads what is pasted behind it"],
  ];
  for (const path of documents) {
    for (const { language, label, text } of blocksIn(readDocument(path))) {
      if (language !== "sh" || text.startsWith("#!")) continue;
      // What goes into a file or to a router is not for this shell.
      const own = text.replace(/'[^']*'/g, "''").replace(/<<.*/s, "");
      for (const [trap, why] of traps) {
        assert(!trap.test(own), `${path} ${label}: ${why}`);
      }
    }
  }
});

Deno.test("README.md's case tells the classes of exit codes apart, and --sh names them", async () => {
  const [, cases] = /^`(case \$\? in .*? esac)`/ms.exec(readme)!;
  const { stdout, stderr } = await sh(`
    eval "$(lifesign exit-codes --sh)"
    log_in_again() { printf 'log in, '; }
    mail_me() { printf 'mail, '; }
    crashed() { printf 'crashed, '; }
    for code in $LIFESIGN_EXIT_OK $LIFESIGN_EXIT_DEAD $LIFESIGN_EXIT_GARBLED \
      $LIFESIGN_EXIT_NOINPUT $LIFESIGN_EXIT_CONFIG 1 130
    do (exit $code); ${cases}; printf "$code; "; done
  `);
  assertEquals(stderr, "");
  assertEquals(
    stdout,
    "0; log in, 10; 23; mail, 66; mail, 78; crashed, 1; crashed, 130; ",
  );
});
