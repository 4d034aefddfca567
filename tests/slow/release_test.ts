import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { release } from "../../scripts/release.ts";
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

const { version } = manifest;
const target = Deno.build.target;
const date = new Date("2026-01-02T03:04:05Z");

/** What makes packages. */
const withTools = inFolder.unless(
  await missing("dpkg-deb", "md5sum", "tar", "xz", "gzip"),
);

/** What has to be there to install a package, without a change to this machine. */
const layers = await sh(`unshare -m sh -c 'mount -t tmpfs none /mnt &&
  mkdir /mnt/upper /mnt/work && mount -t overlay -o \
  lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt' &&
  command -v adduser deb-systemd-helper setpriv systemd-analyze nsenter`);

const noLayers = layers.code === 0
  ? undefined
  : `no installation: ${layers.stderr.trim() || "programs are missing"}`;

withTools.test("release makes the same packages for each target again", async (folder) => {
  const fake = `${folder}/fake`;
  await Deno.writeTextFile(fake, '#!/bin/sh\necho "lifesign $*"\n', {
    mode: 0o755,
  });
  const targets = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
  const executables = Object.fromEntries(
    [target, ...targets].map((target) => [target, fake]),
  );
  const sums: string[] = [];
  for (const umask of [0o022, 0o077]) {
    const output = `${folder}/${umask}`;
    await Deno.mkdir(output);
    const before = Deno.umask(umask);
    const options = { targets, executables, output, date, preset: 0 };
    const names = await release(options).finally(() => {
      Deno.umask(before);
    });
    assertEquals(names, [
      `lifesign-${version}-x86_64-unknown-linux-gnu.tar.xz`,
      `lifesign_${version}_amd64.deb`,
      `lifesign-${version}-aarch64-unknown-linux-gnu.tar.xz`,
      `lifesign_${version}_arm64.deb`,
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

const withShellcheck = unless(await missing("shellcheck"));

withShellcheck.test("the Debian package's scripts are what shellcheck likes", async () => {
  const outcome = await sh("shellcheck scripts/release/debian/p*");
  assertOutcome(outcome, { code: 0, stdout: "" });
});

withTools.test(
  "a release unpacks, installs, starts and purges cleanly",
  async (folder, test) => {
    await Deno.chmod(folder, 0o755);
    const [archive, debian] = await release({
      targets: [target],
      executables: { [target]: lifesign },
      output: folder,
      date,
      // The largest, but soonest made.
      preset: 0,
    });
    await test.step("an archive holds a working lifesign", () =>
      unpack(folder, archive!));
    await test.step({
      ...condition(noLayers, "a Debian package comes and goes"),
      fn: () => install(folder, debian!),
    });
  },
);

async function unpack(folder: string, archive: string): Promise<void> {
  const top = `lifesign-${version}-${target}`;
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
  assertOutcome(unpacked, {
    code: 0,
    stdout: `lifesign ${version}\n`,
    stderr: "",
  });
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
  await Deno.mkdir(layers);
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
  const dpkg = "PATH=/tmp/fake:$PATH dpkg";
  await succeed(`${dpkg} -i /mnt/${debian}`);
  await succeed("lifesign --version", { stdout: `lifesign ${version}\n` });
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
  await succeed(`${dpkg} -P lifesign`);
  await succeed("cut -d ' ' -f 1 /tmp/asked", {
    stdout: "start\nrestart\nstop\n",
  });
  const changes = (await machine.changes()).filter((path) =>
    // What dpkg and adduser themselves leave.
    !/^\/var\/(lib\/dpkg|cache|log)\/|^\/etc\/g?(shadow|passwd|group)-$/.test(
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
