import { assert, assertEquals } from "@std/assert";
import type { Deployment } from "./deployment.ts";
import { packagedUnit, systemdUnit } from "./systemd_unit.ts";

const plain: Deployment = {
  executable: "/usr/local/bin/lifesign",
  config: "/etc/lifesign.conf",
  args: [],
  user: "alice",
  reads: ["/usr/local/bin/lifesign", "/etc/lifesign.conf", "/run/dorm.uid"],
  writes: [],
  hasHooks: false,
};

/** The lines of a unit. */
function linesOf(change: Partial<Deployment>): string[] {
  return systemdUnit({ ...plain, ...change }).split("\n");
}

function commandOf(change: Partial<Deployment>): string | undefined {
  return linesOf(change).find((line) => line.startsWith("ExecStart="));
}

Deno.test("systemdUnit() prints what does not depend on settings", () => {
  const lines = linesOf({});
  for (
    const line of [
      "Type=notify",
      "ExecStart=/usr/local/bin/lifesign run -c /etc/lifesign.conf",
      "User=alice",
      "RuntimeDirectory=lifesign",
      "WatchdogSec=60",
      "Restart=always",
      "RestartPreventExitStatus=10 64 78",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "WantedBy=multi-user.target",
    ]
  ) assert(lines.includes(line), line);
});

Deno.test("systemdUnit() quotes what systemd would read otherwise", () => {
  const rows: [Partial<Deployment>, command: string][] = [
    [{ args: ["dorm", "lab@1"] }, "dorm lab@1"],
    [{ args: ["--interval=30s", "-4"] }, "--interval=30s -4"],
    [{ args: ["--bind=50%"] }, "--bind=50%%"],
    [{ args: ["--bind=$HOME"] }, "--bind=$$HOME"],
    [{ args: ["--bind=a b"] }, '"--bind=a b"'],
    [{ args: ['--bind=a"\\$b'] }, '"--bind=a\\"\\\\$$b"'],
    [{ args: ["--bind=ü;'"] }, `"--bind=ü;'"`],
  ];
  const start = "ExecStart=/usr/local/bin/lifesign run -c /etc/lifesign.conf ";
  for (const [change, command] of rows) {
    assertEquals(commandOf(change), start + command);
  }
  const executable = "/opt/a $b/50%/lifesign";
  assertEquals(
    commandOf({ executable, config: "/etc/$a" }),
    'ExecStart="/opt/a $b/50%%/lifesign" run -c /etc/$$a',
  );
});

Deno.test("systemdUnit() forbids what the files do not need", () => {
  const rows: [Partial<Deployment>, has: string[], hasNot: string[]][] = [
    [{}, ["ProtectHome=yes", "PrivateTmp=yes"], ["ReadWritePaths="]],
    [{ reads: ["/homestead/x", "/tmpfs/x"] }, [
      "ProtectHome=yes",
      "PrivateTmp=yes",
    ], []],
    [{ reads: ["/home/alice/x"] }, [
      "ProtectHome=read-only",
      "PrivateTmp=yes",
    ], []],
    [{ reads: ["/root/x"] }, ["ProtectHome=read-only"], []],
    [{ reads: ["/run/user/1000/x"] }, ["ProtectHome=read-only"], []],
    [{ writes: ["/home/alice/x"] }, [
      "ProtectHome=read-only",
      "ReadWritePaths=-/home/alice",
    ], []],
    [{ reads: ["/tmp/x"] }, ["ProtectHome=yes"], ["PrivateTmp="]],
    [{ reads: ["/var/tmp/x"] }, [], ["PrivateTmp="]],
    [{ writes: ["/run/lifesign/lock"] }, [], ["ReadWritePaths="]],
    [{ writes: ["/var/lib/a/x", "/var/lib/a/y", "/srv/a b/50%"] }, [
      "ReadWritePaths=-/var/lib/a",
      'ReadWritePaths="-/srv/a b"',
    ], []],
    [{ writes: ["/x"] }, ["ReadWritePaths=-/"], []],
  ];
  for (const [change, has, hasNot] of rows) {
    const lines = linesOf(change);
    const found = has.filter((line) => lines.includes(line));
    assertEquals(found, has);
    const wrong = lines.filter((line) =>
      hasNot.some((start) => line.startsWith(start))
    );
    assertEquals(wrong, []);
    assertEquals(lines.length, new Set(lines).size + 2);
  }
});

Deno.test("systemdUnit() lets hooks gain rights", () => {
  // What systemd.exec(5) names under NoNewPrivileges=, and what a setuid program would lack.
  const implying = [
    "AmbientCapabilities",
    "CapabilityBoundingSet",
    "DynamicUser",
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "PrivateDevices",
    "ProtectClock",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictAddressFamilies",
    "RestrictFileSystems",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "SystemCallArchitectures",
    "SystemCallFilter",
    "SystemCallLog",
  ];
  const used = (hasHooks: boolean) =>
    linesOf({ hasHooks }).map((line) => line.split("=")[0]!)
      .filter((key) => implying.includes(key));
  assertEquals(used(true), []);
  assert(used(false).length > 10);
});

Deno.test("packagedUnit() is systemdUnit() that waits for settings", () => {
  const packaged = packagedUnit(plain).split("\n");
  const condition = "ConditionPathExists=/etc/lifesign.conf";
  assert(packaged.indexOf(condition) < packaged.indexOf("[Service]"));
  const isComment = (line: string) => line.startsWith("#");
  const rest = packaged.filter((line) => line !== condition);
  assertEquals(
    rest.slice(rest.findIndex((line) => !isComment(line))),
    linesOf({}).slice(1),
  );
});
