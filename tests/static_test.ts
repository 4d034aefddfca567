import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  inFolder,
  isStatic,
  lifesign,
  missing,
  noNamespaces,
  quote,
  sh,
  slowness,
  startGateway,
  unless,
} from "./harness.ts";

/** What only the static build can do, and so is skipped for the other. */
const { test } = inFolder.unless(isStatic ? undefined : "not the static build");

const inEmptyRoot = inFolder.unless(
  isStatic ? await noNamespaces("-r") : "not the static build",
);

inEmptyRoot.test("check works in a root with nothing but the executable", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  await Deno.copyFile(lifesign, `${folder}/lifesign`);
  const command = `unshare -r chroot ${quote(folder)} /lifesign check -u 77 -g`;
  const { code, stdout, stderr } = await sh(`${command} ${gateway.address}`);
  assertEquals(code, 0, stdout + stderr);
});

test("a working directory that is gone is no obstacle", async (folder) => {
  const script = `mkdir ${quote(`${folder}/gone`)}
    cd ${quote(`${folder}/gone`)}; rmdir ${quote(`${folder}/gone`)}
    lifesign exit-codes >/dev/null`;
  const { code, stderr } = await sh(script);
  assertEquals([code, stderr], [0, ""]);
});

test("arguments, variables and names of files may have any bytes", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const odd = "odd=$(printf 'a\\377b')";
  const check = `lifesign check -g ${gateway.address}`;
  const rows: [script: string, code: number, said: string][] = [
    [`${odd}; ${check} -u 77 "$odd"`, 64, String.raw`a session "a\udcffb"`],
    [`${odd}; export odd; ${check} -u 77`, 0, "alive"],
    [`${odd}; LIFESIGN_UID=$odd ${check}`, 78, "expected UTF-8"],
    [
      `${odd}; cd ${quote(folder)}; (umask 077; echo 77 >"$odd")
       ${check} --uid-file "./$odd"`,
      0,
      "alive",
    ],
  ];
  for (const [script, code, said] of rows) {
    const outcome = await sh(script);
    assertEquals(outcome.code, code, script + outcome.stderr);
    assertStringIncludes(outcome.stdout + outcome.stderr, said);
  }
});

const inNetwork = inFolder.unless(
  isStatic
    ? await missing("ip") ?? await noNamespaces("-rmn")
    : "not the static build",
);

inNetwork.test("a name server may be named with its interface, and gets the time that it needs", async (folder) => {
  const file = `${folder}/resolv.conf`;
  const lines = ["nameserver fe80::1%lo", "options timeout:1 attempts:1", ""];
  await Deno.writeTextFile(file, lines.join("\n"));
  const script = `ip link set lo up; ip address add fe80::1/64 dev lo nodad
    mount --bind ${quote(file)} /etc/resolv.conf
    exec ${quote(lifesign)} check -g gateway.test -u 77`;
  const start = performance.now();
  const { code, stdout, stderr } = await sh(
    `unshare -rmn sh -c ${quote(script)}`,
  );
  assertEquals(code, 22, stdout + stderr);
  // Nobody listens there. Without a route it would have been given up sooner.
  assert(performance.now() - start >= 1000, stdout + stderr);
});

/** An emulator of this machine, whose Linux has no seccomp. */
const emulator = `qemu-${Deno.build.arch}-static`;

const emulated = inFolder.unless(
  isStatic ? slowness ?? await missing(emulator) : "not the static build",
);

emulated.test("check says at the level debug that the kernel has no seccomp, and goes on", async () => {
  await using gateway = await startGateway("--uid", "77");
  const command = `${emulator} ${quote(lifesign)} check -u 77 -g`;
  for (const level of ["debug", "info"]) {
    const { code, stderr } = await sh(`${command} ${gateway.address}`, {
      env: { LIFESIGN_LOG_LEVEL: level },
    });
    assertEquals(
      [code, stderr.includes("this kernel has no seccomp")],
      [0, level === "debug"],
      stderr,
    );
  }
});

test("check has its exit status whichever standard streams are closed", async () => {
  await using gateway = await startGateway("--uid", "77");
  const check = `lifesign check -u 77 -g ${gateway.address}`;
  for (const stdin of ["", "<&-"]) {
    for (const stdout of ["", ">&-"]) {
      for (const stderr of ["", "2>&-"]) {
        const script = `${check} ${stdin} ${stdout} ${stderr}`;
        const outcome = await sh(script);
        assertEquals([outcome.code, outcome.stderr], [0, ""], script);
      }
    }
  }
});

const inMounts = inFolder.unless(
  isStatic ? slowness ?? await noNamespaces("-rm") : "not the static build",
);

inMounts.test("run with a hook does without /proc and /dev", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const run = [
    ...["run", "-u77", "-g", gateway.address, "--count=1"],
    ...["--on-cycle", "echo from the hook", `--status-file=${folder}/status`],
  ];
  for (const gone of ["/proc", "/dev"]) {
    const script = `mount -t tmpfs none ${gone}
      exec ${[lifesign, ...run].map(quote).join(" ")}`;
    const { code, stderr } = await sh(`unshare -rm sh -c ${quote(script)}`);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "from the hook");
  }
});

const limited = unless(
  isStatic ? slowness : "not the static build",
);

limited.test("check is alive, or says that there is not enough memory, however little there is", async () => {
  await using gateway = await startGateway("--uid", "77");
  const ends = new Set<number>();
  for (let limit = 1_000; limit <= 12_000; limit += 250) {
    const { code, stdout, stderr } = await sh(
      `ulimit -v ${limit}; lifesign check -u 77 -g ${gateway.address}`,
    );
    ends.add(code);
    // The kernel itself has no room for the executable.
    if (code === 139 || code === 137) continue;
    assertStringIncludes(
      stdout + stderr,
      code === 0 ? "alive" : "there is not enough memory",
      `${limit} KiB: ${code}`,
    );
    assert(code === 0 || code === 1, `${limit} KiB: ${code}`);
  }
  assert(ends.has(0) && ends.has(1), [...ends].join());
});
