import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { release } from "../../scripts/release.ts";
import { architectures } from "../../scripts/release/debian.ts";
import {
  assertOutcome,
  assertQuiet,
  assertStops,
  condition,
  createManager,
  inFolder,
  lifesign,
  missing,
  type Outcome,
  quote,
  type Running,
  sh,
  start,
  startGateway,
  unless,
} from "../harness.ts";
import { block } from "../documents.ts";

const { version } = manifest;
const target = Deno.build.target;
const date = new Date("2026-01-02T03:04:05Z");

/** What makes packages. */
const withTools = inFolder.unless(
  await missing("dpkg-deb", "md5sum", "tar", "gzip"),
);

/** What has to be there to install a package, without a change to this machine. */
const layers = await sh(`unshare -m sh -c 'mount -t tmpfs none /mnt &&
  mkdir /mnt/upper /mnt/work && mount -t overlay -o \
  lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt' &&
  command -v adduser deb-systemd-helper setpriv systemd-analyze nsenter`);

const noLayers = layers.code === 0
  ? undefined
  : `no installation: ${layers.stderr.trim() || "programs are missing"}`;

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

const ownStatic = `${Deno.build.arch}-unknown-linux-musl`;

/** Why there are no packages of the static build; `undefined` if there are. */
const noStatic = await exists(`dist/lifesign-${ownStatic}`)
  ? undefined
  : `no dist/lifesign-${ownStatic}`;

/** Makes a release of programs that only print how they were called. */
async function fakeRelease(
  folder: string,
  targets: readonly string[],
  output = folder,
): Promise<string[]> {
  const fake = `${folder}/fake`;
  await Deno.writeTextFile(fake, '#!/bin/sh\necho "lifesign $*"\n', {
    mode: 0o755,
  });
  const executables = Object.fromEntries(
    [target, ...targets].map((target) => [target, fake]),
  );
  return await release({ targets, executables, output, date, preset: 0 });
}

withTools.test("release makes the same packages for each target again", async (folder) => {
  const targets = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
  const sums: string[] = [];
  for (const umask of [0o022, 0o077]) {
    const output = `${folder}/${umask}`;
    await Deno.mkdir(output);
    const before = Deno.umask(umask);
    const names = await fakeRelease(folder, targets, output).finally(() => {
      Deno.umask(before);
    });
    assertEquals(names, [
      `lifesign-${version}-linux-x86_64.tar.gz`,
      `lifesign_${version}_amd64.deb`,
      `lifesign-${version}-linux-aarch64.tar.gz`,
      `lifesign_${version}_arm64.deb`,
      "install.sh",
      "SHA256SUMS",
    ]);
    const left = [...Deno.readDirSync(output)].map(({ name }) => name);
    assertEquals(left.sort(), names.toSorted());
    assertQuiet(
      await sh(
        `cd ${quote(output)} && sha256sum --strict --quiet -c SHA256SUMS`,
      ),
    );
    for (const architecture of ["amd64", "arm64"]) {
      const file = `${output}/lifesign_${version}_${architecture}.deb`;
      assertOutcome(
        await sh(`dpkg-deb -f ${quote(file)} Version Architecture`),
        {
          code: 0,
          stdout: `Version: ${version}\nArchitecture: ${architecture}\n`,
        },
      );
    }
    sums.push(await Deno.readTextFile(`${output}/SHA256SUMS`));
  }
  assertEquals(sums[0], sums[1]);
});

/** The licences that have to come with the static build, and with the other one. */
const notices = {
  static: [
    "Fabrice Bellard",
    "musl as a whole is licensed",
    "Copyright (c) Zig contributors",
    "the Deno authors",
  ],
  glibc: ["the Deno authors", "the V8 project authors", "UNICODE LICENSE V3"],
};

inFolder.unless(noStatic).test(
  "a package for OpenWrt names its architecture, and unpacks as opkg does it",
  async (folder) => {
    const names = await fakeRelease(folder, ["mipsel-unknown-linux-musl"]);
    const architectures = ["mipsel_24kc", "mipsel_24kc_24kf", "mipsel_74kc"];
    assertEquals(names, [
      `lifesign-${version}-linux-mipsel-static.tar.gz`,
      ...architectures.map((it) => `lifesign-${version}-openwrt-${it}.ipk`),
      "install.sh",
      "SHA256SUMS",
    ]);
    for (const architecture of architectures) {
      const script = `set -e; cd ${
        quote(folder)
      }; rm -rf parts; mkdir -p parts/root
      tar -xzf lifesign-${version}-openwrt-${architecture}.ipk -C parts
      cd parts; cat debian-binary; tar -xzOf control.tar.gz ./control
      tar -xzf data.tar.gz -C root; cd root; find . -type f -perm -111 | sort`;
      const { code, stdout } = await sh(script);
      assertEquals(code, 0);
      assert(
        stdout.startsWith(
          `2.0\nPackage: lifesign\nVersion: ${version}-1\nArchitecture: ${architecture}\n`,
        ),
        stdout,
      );
      assert(
        stdout.endsWith("\n./etc/init.d/lifesign\n./usr/sbin/lifesign\n"),
        stdout,
      );
      const text = await Deno.readTextFile(
        `${folder}/parts/root/usr/share/licenses/lifesign/LICENSES`,
      );
      for (const notice of notices.static) assertStringIncludes(text, notice);
    }
  },
);

const withShellcheck = unless(await missing("shellcheck"));

withShellcheck.test("the Debian package's scripts are what shellcheck likes", async () => {
  const outcome = await sh("shellcheck scripts/release/debian/p*");
  assertOutcome(outcome, { code: 0, stdout: "" });
});

withTools.test(
  "a release unpacks, installs, starts and purges cleanly",
  async (folder, test) => {
    await Deno.chmod(folder, 0o755);
    const executables = {
      [target]: lifesign,
      [ownStatic]: `dist/lifesign-${ownStatic}`,
    };
    const [archive, debian] = await release({
      targets: noStatic === undefined ? [target, ownStatic] : [target],
      executables,
      output: folder,
      date,
      // The largest, but soonest made.
      preset: 0,
    });
    await test.step("an archive holds a working lifesign", () =>
      unpack(folder, archive!));
    await test.step({
      ...condition(noLayers, "install.sh installs, and again while it runs"),
      fn: () => installByScript(folder),
    });
    await test.step({
      ...condition(noLayers ?? noStatic, "install.sh installs on OpenWrt"),
      fn: () => installOnOpenwrt(folder),
    });
    await test.step({
      ...condition(noLayers, "a Debian package comes and goes"),
      fn: () => install(folder, debian!),
    });
  },
);

/** Installs as root, and as somebody else, also over what runs. */
async function installByScript(folder: string): Promise<void> {
  await using machine = await createMachine(folder);
  const user = "runuser -u nobody -- env HOME=/tmp/home";
  // Unlike runuser, it becomes the program, so that the program can be ended.
  const direct = "setpriv --reuid=65534 --regid=65534 --clear-groups";
  await machine.sh("install -d -o nobody /tmp/home");
  const rows: [before: string, place: string][] = [
    ["", "/usr/local/bin"],
    [user, "/tmp/home/.local/bin"],
  ];
  for (const [before, place] of rows) {
    const { code, stdout, stderr } = await machine.sh(
      `${before} sh /mnt/install.sh`,
    );
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(
      stdout,
      `${place}/lifesign is lifesign ${version}\n`,
    );
    await using running = machine.start([
      ...before === "" ? [] : direct.split(" "),
      ...[`${place}/lifesign`, "gateway", "--json"],
      ...["--listen", "127.0.0.1:0", "--uid", "77"],
    ]);
    const { port } = await running.event();
    const again = await machine.sh(
      `stat -c %i ${place}/lifesign; ${before} sh /mnt/install.sh >/dev/null &&
        stat -c %i ${place}/lifesign
        ${place}/lifesign check -q -g 127.0.0.1:${port} -u 77 && ls -A ${place}`,
    );
    assertEquals([again.code, again.stderr], [0, ""]);
    const [first, second, ...names] = again.stdout.trimEnd().split("\n");
    assert(first !== second, again.stdout);
    assert(names.includes("lifesign"), again.stdout);
    assert(!names.some((name) => name.startsWith(".lifesign")), again.stdout);
  }
}

/** Installs where OpenWrt's file says so, and there is no glibc to ask. */
async function installOnOpenwrt(folder: string): Promise<void> {
  await using machine = await createMachine(folder);
  const { code, stdout, stderr } = await machine.sh(
    "touch /etc/openwrt_release; rm /usr/bin/getconf; sh /mnt/install.sh",
  );
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(
    stdout,
    `/usr/sbin/lifesign is lifesign ${version}, the static build`,
  );
  const about = await machine.sh("/usr/sbin/lifesign --version");
  assertStringIncludes(about.stdout, `Build: static, ${ownStatic}, no TLS\n`);
}

async function unpack(folder: string, archive: string): Promise<void> {
  const top = `lifesign-${version}-linux-${Deno.build.arch}`;
  await Deno.mkdir(`${folder}/local`);
  const { stdout } = await sh(`cd ${quote(folder)}/local && TZ=UTC tar \
    --numeric-owner --strip-components=1 -xvvf ../${archive}`);
  const lines = stdout.trimEnd().split("\n");
  assert(lines.length > 10, stdout);
  for (const line of lines) {
    assert(
      /^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) 0\/0 +\d+ 2026-01-02 03:04 /
        .test(line) && line.includes(` ${top}/`),
      line,
    );
  }
  const unpacked = await sh(`${quote(folder)}/local/bin/lifesign --version`);
  assertOutcome(unpacked, { code: 0, stderr: "" });
  assert(unpacked.stdout.startsWith(`lifesign ${version}\n`), unpacked.stdout);
  const texts = await Deno.readTextFile(
    `${folder}/local/share/doc/lifesign/LICENSES`,
  );
  for (const notice of notices.glibc) assertStringIncludes(texts, notice);
}

/** This machine as it is, where all changes go elsewhere. */
interface Machine extends AsyncDisposable {
  /** Runs a script in it, as root. */
  sh(script: string): Promise<Outcome>;
  /** Starts a program in it, as root. */
  start(args: readonly string[]): Running;
  /** What is there, and what is not, unlike on this machine. */
  changes(): Promise<string[]>;
}

/** Makes a machine that has the folder at `/mnt`. */
async function createMachine(folder: string): Promise<Machine> {
  const layers = `${folder}/layers`;
  await Deno.mkdir(layers, { recursive: true });
  const script = `cd ${quote(layers)} && mount -t tmpfs none . && cd "$PWD" &&
    mkdir upper work root && mount -t overlay -o \
    lowerdir=/,upperdir=upper,workdir=work none root &&
    mount --rbind /proc root/proc && mount --rbind /dev root/dev &&
    mount -t tmpfs none root/run && mount -t tmpfs none root/tmp &&
    mount --bind ${quote(folder)} root/mnt && echo mounted &&
    exec cat`;
  const holder = start(["-m", "sh", "-c", script], { command: "unshare" });
  await holder.line();
  const mounts = ["-t", `${holder.pid}`, "-m"];
  const within = [...mounts, "chroot", `${layers}/root`];
  const nsenter = (args: readonly string[]) =>
    sh(`nsenter ${args.map(quote).join(" ")}`);
  return {
    sh: (script) => nsenter([...within, "sh", "-c", script]),
    start: (args) => start([...within, ...args], { command: "nsenter" }),
    async changes() {
      // What was deleted is a character device.
      const { stdout } = await nsenter([
        ...mounts,
        "sh",
        "-c",
        `cd ${quote(layers)}/upper && find . ! -name . | while read -r path
        do if [ -c "$path" ] || ! [ -e "/$path" -o -L "/$path" ]
          then echo "\${path#.}"
          fi
        done`,
      ]);
      return stdout.split("\n").filter((path) => path !== "");
    },
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}

const link = "/etc/systemd/system/multi-user.target.wants/lifesign.service";

async function install(folder: string, debian: string): Promise<void> {
  await using gateway = await startGateway("--uid", "77");
  await using machine = await createMachine(folder);
  const succeed = async (script: string, wanted: Partial<Outcome> = {}) => {
    const outcome = await machine.sh(script);
    assertEquals(outcome.code, 0, `${script}: ${JSON.stringify(outcome)}`);
    assertOutcome(outcome, wanted);
  };
  // systemd "runs": what is asked of it by way of Debian's script is written down.
  await succeed(`mkdir -p /run/systemd/system /tmp/fake && cd /tmp/fake &&
    echo 'echo "$@" >>/tmp/asked' >deb-systemd-invoke &&
    echo 'SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@"' >systemctl &&
    sed -i '1 i #!/bin/sh' * && chmod +x *`);
  const path = "PATH=/tmp/fake:$PATH";
  const dpkg = `${path} dpkg`;
  // It would ask, fetch what is only recommended, and look for programs elsewhere.
  await succeed(`printf '%s "%s";\n' APT::Get::Assume-Yes true \
    APT::Install-Recommends false \
    DPkg::Path /tmp/fake:/usr/sbin:/usr/bin:/sbin:/bin >/tmp/apt.conf`);
  const paste = (text: string) =>
    succeed(
      `export APT_CONFIG=/tmp/apt.conf ${path}; cd /mnt && ${
        text.replace("sudo ", "").replace("amd64", architectures[target]!)
      }`,
    );
  await paste(block("docs/install.md", "debian"));
  await succeed("lifesign --version | head -n 1", {
    stdout: `lifesign ${version}\n`,
  });
  const texts = await textOf(machine, "/usr/share/doc/lifesign/copyright");
  for (const notice of notices.glibc) assertStringIncludes(texts, notice);
  await succeed(`lifesign check -q -g ${gateway.address} -u 77`);
  await succeed("stat -c '%U %G %a' /var/lib/lifesign", {
    stdout: "lifesign lifesign 750\n",
  });
  await succeed(
    "cd / && md5sum --quiet -c /var/lib/dpkg/info/lifesign.md5sums",
  );
  const unit = "/usr/lib/systemd/system/lifesign.service";
  await succeed(`systemd-analyze verify ${unit}`, { stdout: "", stderr: "" });
  await succeed(`test -L ${link} && test -f ${link}`);

  await succeed(`printf '%s\\n' 'gateway = ${gateway.address}' \
    'uid_file = /var/lib/lifesign/uid' \
    'status_file = /var/lib/lifesign/status' >/etc/lifesign.conf &&
    echo 77 | install -o lifesign -m 600 /dev/stdin /var/lib/lifesign/uid`);
  await startAsSystemd(machine, folder, await textOf(machine, unit));

  // Another time, as an upgrade to itself.
  await succeed(`rm ${link} && ${dpkg} -i /mnt/${debian} && ! test -e ${link}`);
  await succeed(`${dpkg} -r lifesign && test -f /etc/lifesign.conf`);
  assertEquals((await machine.sh("command -v lifesign")).stdout, "");
  await paste(block("docs/install.md", "purge"));
  await succeed("cut -d ' ' -f 1 /tmp/asked", {
    stdout: "start\nrestart\nstop\n",
  });
  const changes = (await machine.changes()).filter((path) =>
    // What apt, dpkg and adduser themselves leave.
    !/^\/var\/(lib\/(dpkg|apt)|cache|log)\/|^\/etc\/g?(shadow|passwd|group)-$/
      .test(
        path,
      )
  );
  assertEquals(changes, []);
  assertEquals((await machine.sh("getent passwd lifesign")).code, 0);
}

async function textOf(machine: Machine, path: string): Promise<string> {
  return (await machine.sh(`cat ${path}`)).stdout;
}

/** Does with the unit what systemd would: as its user, without any right. */
async function startAsSystemd(
  machine: Machine,
  folder: string,
  unit: string,
): Promise<void> {
  const of = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)![1]!;
  const user = of("User");
  using manager = createManager(folder);
  await Deno.chmod(manager.path, 0o666);
  const runtime = `/run/${of("RuntimeDirectory")}`;
  await machine.sh(`install -d -o ${user} -g ${user} ${runtime}`);
  await using agent = machine.start([
    "env",
    "-i",
    "NOTIFY_SOCKET=/mnt/manager",
    `RUNTIME_DIRECTORY=${runtime}`,
    "WATCHDOG_USEC=60000000",
    "setpriv",
    `--reuid=${user}`,
    `--regid=${user}`,
    "--clear-groups",
    "--bounding-set=-all",
    "--no-new-privs",
    ...of("ExecStart").split(" "),
  ]);
  await manager.message("READY=1");
  assertStringIncludes(
    await manager.message("STATUS=", "WATCHDOG=1"),
    "default: alive",
  );
  await assertStops(agent);
  assertOutcome(await machine.sh("stat -c %U /var/lib/lifesign/status"), {
    stdout: `${user}\n`,
  });
}
