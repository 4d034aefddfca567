import { assert, assertEquals } from "@std/assert";
import { app } from "./test_app.ts";
import {
  createFakeWorld,
  type FakeWorldOptions,
} from "../testing/fake_world.ts";

const root = { owner: 0, mode: 0o644 };
const passwd = {
  text:
    "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nAlso Alice:x:1001:0:::\nbob:x:1002:0:::\n",
  ...root,
};
const config = {
  text: "gateway = gw.example\n[dorm]\nuid_file = /run/dorm.uid\n",
  ...root,
};
const uid = { text: "77\n", owner: 1000 };
const usual = {
  "/etc/passwd": passwd,
  "/etc/lifesign.conf": config,
  "/run/dorm.uid": uid,
};

async function lifesign(line: string, options: FakeWorldOptions = {}) {
  const world = createFakeWorld({ files: usual, ...options });
  const code = await app(line.split(" "), world);
  const { output, errors } = world.terminal;
  return { code, output, errors, world };
}

/** What is started, and as whom. */
function commandIn(output: string): string {
  const user = /^User=(.*)$/m.exec(output)?.[1] ??
    /^# .* crontab of ([^:]*)/m.exec(output)?.[1];
  const command = /^ExecStart=(.*)$/m.exec(output)?.[1] ??
    /^\*\/5 \* \* \* \* (.*); case/m.exec(output)?.[1];
  return `${user}: ${command}`;
}

Deno.test("service() starts the command with the file, as the owner of the UID", async () => {
  const start = "/usr/local/bin/lifesign";
  const run = `${start} run -c /etc/lifesign.conf`;
  const check = `${start} check -q -c /etc/lifesign.conf`;
  const rows: [line: string, FakeWorldOptions, expected: string][] = [
    ["service systemd", {}, `alice: ${run}`],
    ["service cron", {}, `alice: ${check}`],
    ["service systemd dorm", {}, `alice: ${run} dorm`],
    [
      "service systemd -i 30s -4 --no-strict-reply -v",
      {},
      `alice: ${run} --no-strict-reply --interval=30s --family=4 --log-level=debug`,
    ],
    [
      "service systemd --lock-file /run/l -U /run/dorm.uid",
      { environment: { LIFESIGN_TRIES: "5", LIFESIGN_TOLERATE: "2" } },
      `alice: ${run} --uid-file=/run/dorm.uid --tries=5 --tolerate=2 --lock-file=/run/l`,
    ],
    // `check` needs no tolerance where it remembers nothing.
    [
      "service cron",
      { environment: { LIFESIGN_TRIES: "5", LIFESIGN_TOLERATE: "2" } },
      `alice: ${check} --tries=5`,
    ],
    [
      "service cron --state /var/lib/s --tolerate 2",
      {},
      `alice: ${check} --tolerate=2 --state=/var/lib/s`,
    ],
    [
      "service systemd -c /srv/l",
      { files: { ...usual, "/srv/l": config } },
      `alice: ${start} run -c /srv/l`,
    ],
    [
      "service systemd",
      {
        environment: { LIFESIGN_CONFIG: "/srv/l" },
        files: { ...usual, "/srv/l": config },
      },
      `alice: ${start} run -c /srv/l`,
    ],
    [
      "service systemd",
      {
        environment: { HOME: "/home/alice" },
        files: {
          "/etc/passwd": passwd,
          "/home/alice/.config/lifesign.conf": { ...config, owner: 1000 },
          "/run/dorm.uid": uid,
        },
      },
      `alice: ${start} run -c /home/alice/.config/lifesign.conf`,
    ],
    [
      "service systemd",
      { files: { ...usual, "/run/dorm.uid": { ...uid, owner: 1001 } } },
      `1001: ${run}`,
    ],
    [
      "service systemd",
      { files: { ...usual, "/run/dorm.uid": { ...uid, owner: 0 } } },
      `root: ${run}`,
    ],
    [
      "service systemd",
      { files: { "/etc/lifesign.conf": config, "/run/dorm.uid": uid } },
      `1000: ${run}`,
    ],
    // Without a file of its own, the UID is read by whoever owns the settings.
    [
      "service systemd",
      {
        files: {
          "/etc/passwd": passwd,
          "/etc/lifesign.conf": { text: "gateway=gw\nuid=77", owner: 1000 },
        },
      },
      `alice: ${run}`,
    ],
    [
      "service systemd",
      { executable: "/opt/a b/lifesign" },
      'alice: "/opt/a b/lifesign" run -c /etc/lifesign.conf',
    ],
  ];
  for (const [line, options, expected] of rows) {
    const { code, output, errors, world } = await lifesign(line, options);
    assertEquals([code, errors, commandIn(output)], [0, "", expected], line);
    assert(!world.mayStartProcesses);
  }
});

Deno.test("service() refuses what would mean something else elsewhere", async () => {
  const path =
    "expected a path that begins with /, e.g. /var/lib/lifesign/file";
  const withUid = (text: string) => ({
    ...usual,
    "/etc/lifesign.conf": { text: `gateway=gw\n${text}`, ...root },
  });
  const rows: [
    line: string,
    FakeWorldOptions,
    code: number,
    errors: string | RegExp,
  ][] = [
    [
      "service",
      {},
      64,
      'lifesign: Cannot guess what is to start it: expected systemd or cron, e.g. "lifesign service systemd"',
    ],
    [
      "service sytemd --bogus",
      {},
      64,
      /^lifesign: Cannot use "--bogus".*\nlifesign: Cannot print a unit for "sytemd": expected systemd or cron; did you mean "systemd"\?$/,
    ],
    [
      "service constructor",
      {},
      64,
      /"constructor": expected systemd or cron$/,
    ],
    ["service systemd drm", {}, 64, /"drm": expected dorm; did you mean/],
    [
      "service systemd --state /s",
      {},
      64,
      '--state: Cannot be used here: "lifesign run" has no such flag',
    ],
    [
      "service cron --count 3",
      {},
      64,
      '--count: Cannot be used here: "lifesign check" has no such flag',
    ],
    ["service cron --tolerate 3", {}, 78, /^--tolerate: Cannot tolerate 3/],
    [
      "service systemd -u 77",
      {},
      78,
      "--uid: Cannot print the UID, since others may read that: expected a line with uid or uid_file in a file, e.g. uid_file = /run/lifesign.uid",
    ],
    [
      "service cron",
      { environment: { LIFESIGN_UID: "77" } },
      78,
      /^LIFESIGN_UID: Cannot print the UID/,
    ],
    [
      "service systemd -g gw -U /run/dorm.uid",
      { files: { "/run/dorm.uid": uid } },
      78,
      "lifesign: Cannot start without a file with the settings: expected /etc/lifesign.conf, ~/.config/lifesign.conf or --config FILE",
    ],
    [
      "service systemd -U -",
      {},
      78,
      `--uid-file: Cannot use stdin in a unit: ${path}`,
    ],
    [
      "service systemd",
      { files: { ...withUid("uid_file=dorm.uid"), "dorm.uid": uid } },
      78,
      `/etc/lifesign.conf:2:10: Cannot use "dorm.uid" in a unit: ${path}`,
    ],
    [
      "service systemd",
      {
        environment: { HOME: "/home/alice" },
        files: { ...withUid("uid_file=~/u"), "/home/alice/u": uid },
      },
      78,
      `/etc/lifesign.conf:2:10: Cannot use "~/u" in a unit: ${path}`,
    ],
    [
      "service systemd --lock-file lock",
      {},
      78,
      `--lock-file: Cannot use "lock" in a unit: ${path}`,
    ],
    [
      "service systemd -c l",
      { files: { ...usual, l: config } },
      78,
      `--config: Cannot use "l" in a unit: ${path}`,
    ],
    [
      "service systemd",
      { files: { ...usual, l: config }, environment: { LIFESIGN_CONFIG: "l" } },
      78,
      `LIFESIGN_CONFIG: Cannot use "l" in a unit: ${path}`,
    ],
    [
      "service systemd",
      { executable: "/opt/a\nb" },
      78,
      `lifesign: Cannot use "/opt/a\\nb" in a unit: ${path}`,
    ],
    [
      "service systemd",
      {
        environment: { HOME: "/home/alice" },
        files: {
          ...usual,
          "/home/alice/.config/lifesign.conf": { text: "tries = 5" },
        },
      },
      78,
      "lifesign: Cannot start with both /etc/lifesign.conf and /home/alice/.config/lifesign.conf: expected one file, e.g. --config /etc/lifesign.conf",
    ],
    [
      "service systemd",
      {
        files: {
          ...withUid("[a]\nuid_file=/run/dorm.uid\n[b]\nuid_file=/run/b"),
          "/run/b": { text: "78\n", owner: 1002 },
        },
      },
      78,
      /^\/etc\/lifesign.conf:5:10: Cannot start as two users: \/run\/b belongs to bob, \/run\/dorm.uid to alice, expected one owner\n/,
    ],
    [
      "service systemd",
      {
        files: {
          ...usual,
          "/etc/lifesign.conf": { ...config, owner: 1000 },
          "/run/dorm.uid": { ...uid, owner: 0 },
        },
      },
      78,
      "lifesign: Cannot start as root with /etc/lifesign.conf: the file belongs to user 1000, expected root or user 0",
    ],
    [
      "service systemd",
      { files: { ...usual, "/etc/lifesign.conf": { ...config, mode: 0o600 } } },
      78,
      "lifesign: Cannot read /etc/lifesign.conf as alice: only its owner can, `chmod go+r /etc/lifesign.conf` fixes that",
    ],
    [
      "service systemd",
      { files: { ...usual, "/run/dorm.uid": { ...uid, mode: 0o622 } } },
      78,
      /^\/run\/dorm.uid: Cannot trust the UID: others can write the file/,
    ],
    [
      "service systemd",
      { files: { "/etc/lifesign.conf": config } },
      66,
      "/run/dorm.uid: Cannot read the UID: there is no such file",
    ],
    [
      "service cron",
      {
        files: {
          ...usual,
          "/run/dorm.uid": {
            code: "PIPE",
            message: "it is a pipe, expected a file",
          },
        },
      },
      78,
      "/etc/lifesign.conf:3:12: Cannot use /run/dorm.uid in a unit: it is a pipe, expected a file",
    ],
    [
      "service systemd -c /none",
      {},
      66,
      /\/none: Cannot read the configuration: there is no such file$/,
    ],
    [
      "service systemd",
      { environment: { LIFESIGN_CONFIG: "/none" } },
      66,
      "/none: Cannot read the configuration: there is no such file",
    ],
    ["service systemd -i 1s", {}, 78, /^--interval: Cannot fit 3 tries/],
  ];
  for (const [line, options, expected, errors] of rows) {
    const { code, output, errors: found } = await lifesign(line, options);
    assertEquals([code, output], [expected, ""], `${line}\n${found}`);
    if (typeof errors === "string") assertEquals(found, `${errors}\n`);
    else assert(errors.test(found.trimEnd()), found);
  }
});

Deno.test("service() hardens what has no hooks, and warns as run does", async () => {
  const files = { ...usual, "/run/dorm.uid": { ...uid, mode: 0o644 } };
  const { output, errors } = await lifesign("service systemd", { files });
  assert(output.includes("\nNoNewPrivileges=yes\n"));
  assertEquals(
    errors,
    "lifesign: /run/dorm.uid: others can read the UID, `chmod go-r /run/dorm.uid` fixes that\n",
  );
});
