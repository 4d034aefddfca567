import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName } from "../scripts/release/names.ts";
import { staticTargets } from "../scripts/static/targets.ts";
import {
  assertOutcome,
  createFolder,
  missing,
  type Outcome,
  quote,
  sh,
  startGateway,
  unless,
} from "./harness.ts";
import { block } from "./documents.ts";

const project = decodeURIComponent(new URL("..", import.meta.url).pathname);
const withTools = unless(await missing("tar", "gzip", "sha256sum"));

/** Shells, whose program they are, and whether they find only what BusyBox has. */
const shells: readonly (readonly [
  shell: string,
  program: string,
  isBusy: boolean,
])[] = [
  ["sh", "sh", false],
  ["dash", "dash", false],
  ["ash", "busybox", true],
];

/** The targets whose archives a test needs. */
const targets = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  ...Object.keys(staticTargets),
];

/** A release of programs that only print their name, and a home for them. */
async function createRelease() {
  const folder = await createFolder({
    // Prepared by hand, since a real one needs all executables.
    make: `set -e
mkdir release home applets fakes
cp ${quote(`${project}scripts/install.sh`)} release
cd release
for name in ${targets.map((it) => archiveName("1.2.3", it)).join(" ")}
do
  case $name in *-static) place=$name ;; *) place=$name/bin ;; esac
  mkdir -p $place $name/share
  printf '#!/bin/sh\\necho lifesign 1.2.3\\necho %s\\n' $name >$place/lifesign
  chmod +x $place/lifesign
  tar -czf $name.tar.gz $name
  rm -r $name
done
sha256sum -- * >SHA256SUMS
cd ../fakes
echo 'echo "$MACHINE"' >uname
echo 'case $1 in LONG_BIT) echo "$BITS" ;; *) echo "$LIBC" ;; esac' >getconf
echo 'printf "$ORDER"' >dd
echo 'echo 1000' >id
sed -i '1 i #!/bin/sh' -- *
chmod +x -- *
if command -v busybox >/dev/null; then busybox --install -s ../applets; fi
`,
  });
  const { path } = folder;
  assertOutcome(await sh(`cd ${quote(path)} && sh make`), { code: 0 });
  const installed = `${path}/home/.local/bin/lifesign`;
  return {
    path,
    release: `${path}/release`,
    installed,
    /** Runs install.sh as an ordinary user; on x86-64 with glibc if nothing else is said. */
    install(
      args: readonly string[],
      { shell = "sh", isBusy = false, env = {}, first = "" } = {},
    ): Promise<Outcome> {
      const found = isBusy ? `${path}/applets` : "/usr/bin:/bin";
      const script = `${shell} ${quote(`${path}/release/install.sh`)} ${
        args.map(quote).join(" ")
      }`;
      return sh(script, {
        env: {
          HOME: `${path}/home`,
          PATH: `${first}${path}/fakes:${found}`,
          ...{ MACHINE: "x86_64", LIBC: "glibc 2.36", BITS: "64" },
          ...env,
        },
      });
    },
    /** Runs a block of the page in the release, as an ordinary user. */
    paste: (text: string, env: Readonly<Record<string, string>> = {}) =>
      sh(`cd ${quote(`${path}/release`)}\n${text}`, {
        env: { HOME: `${path}/home`, ...env },
        asPasted: true,
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** What is in the folder that install.sh uses. */
function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

withTools.test("install.sh takes the archive that fits machine, C library and order of bytes", async () => {
  await using place = await createRelease();
  const rows: [env: Record<string, string>, name: string][] = [
    [{ MACHINE: "x86_64" }, "x86_64"],
    [{ MACHINE: "aarch64" }, "aarch64"],
    [{ MACHINE: "x86_64", LIBC: "" }, "x86_64-static"],
    [{ MACHINE: "aarch64", LIBC: "" }, "aarch64-static"],
    [{ MACHINE: "x86_64", BITS: "32" }, "x86_64-static"],
    [{ MACHINE: "i686", BITS: "32" }, "i686-static"],
    [{ MACHINE: "armv7l", BITS: "32" }, "armv7-static"],
    [{ MACHINE: "armv8l", BITS: "32" }, "armv7-static"],
    [{ MACHINE: "mips", LIBC: "", ORDER: "\\002" }, "mips-static"],
    [{ MACHINE: "mips", LIBC: "", ORDER: "\\001" }, "mipsel-static"],
    [{ MACHINE: "riscv64" }, "riscv64-static"],
  ];
  for (const [shell, program, isBusy] of shells) {
    if (await missing(program) !== undefined) continue;
    for (const [env, name] of rows) {
      const options = { shell, isBusy, env };
      const { code, stdout, stderr } = await place.install([], options);
      assertEquals([code, stderr], [0, ""], `${shell}: ${name}`);
      const { stdout: about } = await sh(quote(place.installed));
      assertEquals(about, `lifesign 1.2.3\nlifesign-1.2.3-linux-${name}\n`);
      const note = name.endsWith("-static")
        ? ", the static build, which has no TLS"
        : "";
      const bin = `${place.path}/home/.local/bin`;
      assertEquals(
        stdout,
        `${bin}/lifesign is lifesign 1.2.3${note}\n${bin} is not on your PATH: add  PATH=${bin}:$PATH  to ~/.profile\n`,
      );
      assertEquals(namesIn(bin), ["lifesign"]);
    }
  }
});

withTools.test("install.sh takes the static build where --static asks for it, and is content with the PATH", async () => {
  await using place = await createRelease();
  const first = `${place.path}/home/.local/bin:`;
  for (const from of [[], [place.release], [`${place.release}/`]]) {
    const outcome = await place.install(["--static", ...from], { first });
    assertOutcome(outcome, {
      code: 0,
      stdout:
        `${place.installed} is lifesign 1.2.3, the static build, which has no TLS\n`,
    });
  }
});

withTools.test("install.sh installs nothing that SHA256SUMS does not vouch for, or that does not run", async () => {
  await using place = await createRelease();
  const archive = "lifesign-1.2.3-linux-x86_64.tar.gz";
  assertEquals((await place.install([])).code, 0);
  await Deno.writeTextFile(place.installed, "#!/bin/sh\necho old\n");
  const rows: [change: string, env: Record<string, string>, why: string][] = [
    [
      `printf x >>${archive}`,
      {},
      `${archive} is not the file that SHA256SUMS is about`,
    ],
    [
      `f=lifesign-1.2.3-linux-x86_64 && mkdir -p $f/bin && echo '#!/bin/sh
exit 1' >$f/bin/lifesign && tar -czf $f.tar.gz $f && sha256sum -- *.gz >SHA256SUMS`,
      {},
      `${archive} does not run here; if it lacks a library, try --static`,
    ],
    [`rm ${archive}`, {}, `Cannot get ${archive} from .`],
    [
      ":",
      { MACHINE: "s390x" },
      "There is no archive for s390x in ./SHA256SUMS",
    ],
    ["rm SHA256SUMS", {}, "Cannot get SHA256SUMS from ."],
  ];
  for (const [change, env, why] of rows) {
    assertOutcome(await place.paste(change), { code: 0 });
    const script = `cd ${quote(place.release)} && sh install.sh`;
    const { code, stdout, stderr } = await sh(script, {
      env: {
        HOME: `${place.path}/home`,
        PATH: `${place.path}/fakes:/usr/bin:/bin`,
        ...{ MACHINE: "x86_64", LIBC: "glibc 2.36", BITS: "64" },
        ...env,
      },
    });
    assertEquals([code, stdout], [1, ""], why);
    assertStringIncludes(
      stderr,
      `install.sh: ${why}; nothing is installed\n`,
    );
    assertEquals(namesIn(`${place.path}/home/.local/bin`), ["lifesign"]);
    assertEquals((await sh(quote(place.installed))).stdout, "old\n");
  }
});

/** Serves a folder on a free port of this machine. */
function serve(folder: string) {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const name = new URL(request.url).pathname.replace("/lifesign/", "");
      asked.push(name);
      const bytes = await Deno.readFile(`${folder}/${name}`).catch(() => null);
      return new Response(bytes, { status: bytes === null ? 404 : 200 });
    },
  );
  return {
    asked,
    url: `http://127.0.0.1:${server.addr.port}/lifesign`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

withTools.test("install.sh downloads with curl, or with wget where there is none", async () => {
  await using place = await createRelease();
  await using server = serve(place.release);
  const rows: [program: string, options: object][] = [
    ["curl", {}],
    ["busybox", { isBusy: true, shell: "ash" }],
  ];
  const archive = "lifesign-1.2.3-linux-x86_64.tar.gz";
  for (const [program, options] of rows) {
    if (await missing(program) !== undefined) continue;
    const { code, stderr } = await place.install([server.url], options);
    assertEquals(code, 0, stderr);
    assertEquals(server.asked.splice(0), ["SHA256SUMS", archive]);
    assertEquals(
      stderr,
      `downloading ${server.url}/SHA256SUMS\ndownloading ${server.url}/${archive}\n`,
    );
    const env = { LIFESIGN_RELEASES: `${server.url}/nowhere` };
    const failed = await place.install([], { ...options, env });
    assertEquals(failed.code, 1);
    assertStringIncludes(
      failed.stderr,
      `Cannot get SHA256SUMS from ${server.url}/nowhere; nothing is installed`,
    );
    server.asked.length = 0;
  }
});

const withShellcheck = unless(await missing("shellcheck"));

withShellcheck.test("install.sh is what shellcheck likes", async () => {
  assertOutcome(await sh("shellcheck scripts/install.sh"), {
    code: 0,
    stdout: "",
  });
});

withTools.test("docs/install.md's commands for a release work", async () => {
  await using place = await createRelease();
  await using server = serve(place.release);
  const here = (text: string) =>
    text.replaceAll("http://files.example/lifesign", server.url);
  const env = { PATH: `${place.path}/fakes:/usr/bin:/bin` };
  const machine = { MACHINE: "x86_64", LIBC: "", BITS: "64" };
  const blocks = await missing("curl") === undefined
    ? [
      block("docs/install.md", "here"),
      here(block("docs/install.md", "download")),
    ]
    : [block("docs/install.md", "here")];
  for (const text of blocks) {
    const { code, stderr } = await place.paste(text, { ...env, ...machine });
    assertEquals(code, 0, stderr);
    assertStringIncludes((await sh(quote(place.installed))).stdout, "-static");
    await Deno.remove(place.installed);
  }

  const copied = await place.paste(block("docs/install.md", "unpack"));
  assertEquals([copied.code, copied.stderr], [0, ""]);
  assertStringIncludes((await sh(quote(place.installed))).stdout, "-static");
  await Deno.mkdir(`${place.path}/local`);
  const unpack = block("docs/install.md", "whole").replace("sudo ", "")
    .replace("/usr/local", quote(`${place.path}/local`));
  assertOutcome(await place.paste(unpack), { code: 0, stderr: "" });
  assert((await Deno.stat(`${place.path}/local/bin/lifesign`)).isFile);

  assertOutcome(await place.paste(block("docs/install.md", "remove")), {
    code: 0,
    stderr: "",
  });
  assertEquals(namesIn(`${place.path}/home/.local/bin`), []);
});

Deno.test("docs/install.md's commands for services do what they say", async () => {
  await using folder = await createFolder({
    crontab: "#!/bin/sh\ncase $1 in -l) cat ~/tab ;; *) cat >~/new ;; esac\n",
    systemctl: '#!/bin/sh\necho "systemctl $*" >>~/asked\n',
    // It does nothing to this machine.
    sudo: '#!/bin/sh\necho "sudo $*" >>~/asked\n',
  });
  const { path } = folder;
  await sh(`cd ${quote(path)} && chmod +x * && mkdir -p .config/systemd/user &&
    touch .config/systemd/user/lifesign.service .config/systemd/user/other`);
  const paste = (text: string) =>
    sh(text, {
      env: { HOME: path, PATH: `${path}:/usr/bin:/bin` },
      asPasted: true,
    });
  for (
    const text of [
      block("docs/install.md", "restart"),
      block("docs/install.md", "remove-unit"),
      block("docs/install.md", "remove-own-unit"),
      block("docs/install.md", "remove-local"),
    ]
  ) {
    assertOutcome(await paste(text), { code: 0, stdout: "", stderr: "" });
  }
  assertEquals(
    await Deno.readTextFile(`${path}/asked`),
    `sudo systemctl restart lifesign
sudo systemctl disable --now lifesign
sudo rm -f /etc/systemd/system/lifesign.service
systemctl --user disable --now lifesign
sudo rm -f /usr/local/bin/lifesign
`,
  );
  assertEquals(namesIn(`${path}/.config/systemd/user`), ["other"]);

  await using gateway = await startGateway("--uid", "77");
  const uid = `${path}/session.uid`;
  await Deno.writeTextFile(uid, "77\n", { mode: 0o600 });
  const config =
    `gateway = ${gateway.address}\nuid_file = ${uid}\nstate = ${path}/state\n`;
  const conf = `${path}/.config/lifesign.conf`;
  await Deno.writeTextFile(conf, config, { mode: 0o600 });
  const env = { HOME: path };
  const printed = await sh("lifesign service cron", { env });
  assertEquals([printed.code, printed.stderr], [0, ""]);
  const lines = printed.stdout.slice(
    printed.stdout.indexOf("# BEGIN lifesign"),
  );
  const own = lines.slice(0, lines.indexOf("# END lifesign"));
  await Deno.writeTextFile(
    `${path}/tab`,
    `0 1 * * * before\n${own}# END lifesign\n0 2 * * * after\n`,
  );
  assertOutcome(await paste(block("docs/install.md", "remove-cron")), {
    code: 0,
    stderr: "",
  });
  assertEquals(
    await Deno.readTextFile(`${path}/new`),
    "0 1 * * * before\n0 2 * * * after\n",
  );
  const listed = await sh(block("docs/install.md", "look"), { env });
  assertEquals(listed.code, 0, listed.stderr);
  for (const line of [/^uid_file +\/.*session\.uid/m, /^state +\/.*state/m]) {
    assert(line.test(listed.stdout), listed.stdout);
  }
});

Deno.test("docs/install.md's commands for OpenWrt are those of its programs", async () => {
  await using folder = await createFolder({
    opkg: '#!/bin/sh\necho "opkg $*" >>~/asked\n',
    "lifesign.conf": "gateway = 127.0.0.1\nuid = 77\n",
    openwrt_release: "DISTRIB_ARCH='mipsel_24kc'\n",
    "lifesign-1.2.3-openwrt-mipsel_24kc.ipk": "",
    "lifesign-1.2.3-openwrt-mips_24kc.ipk": "",
    program: "",
  });
  const { path } = folder;
  await Deno.chmod(`${path}/opkg`, 0o755);
  await Deno.chmod(`${path}/lifesign.conf`, 0o600);
  const started = `${path}/lifesign.init`;
  const paste = (text: string) =>
    sh(
      text.replaceAll(
        /\/etc\/init\.d\/lifesign|\/usr\/sbin\/lifesign|\/(?:etc|tmp)\//g,
        (place) =>
          place.endsWith("/")
            ? quote(`${path}/`)
            : quote(place.startsWith("/etc") ? started : `${path}/program`),
      ),
      { env: { HOME: path, PATH: `${path}:/usr/bin:/bin` } },
    );
  assertOutcome(await paste(block("docs/install.md", "opkg")), {
    code: 0,
    stderr: "",
  });
  assertOutcome(await paste(block("docs/install.md", "procd")), {
    code: 0,
    stderr: "",
  });
  const script = await Deno.readTextFile(started);
  assert(script.startsWith("#!/bin/sh /etc/rc.common\n"), script);
  assertEquals((await Deno.stat(started)).mode! & 0o111, 0o111);
  // rc.common is OpenWrt's.
  const fake = `#!/bin/sh\necho "init $*" >>~/asked\n`;
  await Deno.writeTextFile(started, fake);
  for (
    const text of [
      block("docs/install.md", "start"),
      block("docs/install.md", "remove-package"),
      block("docs/install.md", "remove-router"),
    ]
  ) {
    assertOutcome(await paste(text), { code: 0, stderr: "" });
  }
  assertEquals(
    await Deno.readTextFile(`${path}/asked`),
    `opkg install ${path}/lifesign-1.2.3-openwrt-mipsel_24kc.ipk
init enable
init start
init stop
init disable
opkg remove lifesign
init stop
init disable
`,
  );
  assert(!namesIn(path).includes("lifesign.init"));
  assert(!namesIn(path).includes("program"));
});
