import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lifesign } from "./test_app.ts";
import type { FakeWorldOptions } from "../testing/fake_world.ts";

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

const start = (line: string, options: FakeWorldOptions = {}) =>
  lifesign(line.split(" "), { files: usual, ...options });

/** What is started, and as whom. */
function commandIn(output: string): string {
  const user = /^User=(.*)$/m.exec(output)?.[1] ??
    /^# .* crontab of ([^:]*)/m.exec(output)?.[1];
  const command = /^ExecStart=(.*)$/m.exec(output)?.[1] ??
    /^\*\/5 \* \* \* \* (.*); case/m.exec(output)?.[1];
  return `${user}: ${command}`;
}

Deno.test("service() starts the command with the file, as the owner of the UID", async () => {
  const hyphened = { text: config.text.replace("dorm", "-dorm"), ...root };
  const path = "/usr/local/bin/lifesign";
  const run = `${path} run -c /etc/lifesign.conf`;
  const check = `${path} check -q -c /etc/lifesign.conf`;
  const rows: [line: string, FakeWorldOptions, expected: string][] = [
    ["service systemd", {}, `alice: ${run}`],
    ["service cron", {}, `alice: ${check}`],
    ["service systemd dorm", {}, `alice: ${run} dorm`],
    [
      "service cron -- -dorm",
      { files: { ...usual, "/etc/lifesign.conf": hyphened } },
      `alice: ${check} -- -dorm`,
    ],
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
    [
      "service systemd wss://gw.example/chat?a -i 30s",
      {},
      `root: ${run} "wss://gw.example/chat?a" --interval=30s`,
    ],
    // Secrets are read by their owner, certificates by anybody.
    [
      "service systemd",
      {
        files: {
          ...usual,
          "/etc/lifesign.conf": {
            text:
              "target = wss://gw.example\nheaders_file = /srv/h\nca_file = /srv/ca",
            ...root,
          },
          "/srv/h": { text: "Cookie: a\n", owner: 1000, mode: 0o600 },
          "/srv/ca": {
            text:
              "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ...root,
          },
        },
      },
      `alice: ${run}`,
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
      `alice: ${path} run -c /srv/l`,
    ],
    [
      "service systemd",
      {
        environment: { LIFESIGN_CONFIG: "/srv/l" },
        files: { ...usual, "/srv/l": config },
      },
      `alice: ${path} run -c /srv/l`,
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
      `alice: ${path} run -c /home/alice/.config/lifesign.conf`,
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
    const { code, output, errors, world } = await start(line, options);
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
    errors: string | RegExp,
    code?: number,
  ][] = [
    [
      "service",
      {},
      'lifesign: Cannot guess what is to start it: expected systemd, cron, procd, openrc, docker, prometheus or grafana, e.g. "lifesign service systemd"',
      64,
    ],
    [
      "service sytemd --bogus",
      {},
      /^lifesign: Cannot use "--bogus".*\nlifesign: Cannot print a unit for "sytemd": expected systemd, cron, procd, openrc, docker, prometheus or grafana; did you mean "systemd"\?$/,
      64,
    ],
    [
      "service constructor",
      {},
      /"constructor": expected systemd, cron, procd, openrc, docker, prometheus or grafana$/,
      64,
    ],
    [
      "service cron --user",
      {},
      '--user: Cannot be used here: "lifesign service cron" has no such flag',
      64,
    ],
    [
      "service systemd --user",
      { files: { ...usual, "/run/dorm.uid": { ...uid, owner: 1002 } } },
      "--user: Cannot start as bob there, whose files the settings name: expected files of your own",
    ],
    [
      "service grafana dorm -i 5s --user",
      {},
      /"dorm".*\n--interval: Cannot be used here.*\n--user: Cannot be used here/,
      64,
    ],
    ["service systemd drm", {}, /"drm": expected dorm; did you mean/, 64],
    [
      "service systemd --state /s",
      {},
      '--state: Cannot be used here: "lifesign run" has no such flag',
      64,
    ],
    [
      "service cron --count 3",
      {},
      '--count: Cannot be used here: "lifesign check" has no such flag',
      64,
    ],
    ["service cron --tolerate 3", {}, /^--tolerate: Cannot tolerate 3/],
    [
      "service systemd -u 77",
      {},
      "--uid: Cannot print the UID, since others may read that: expected a line with uid or uid_file in a file, e.g. uid_file = /run/lifesign.uid",
    ],
    [
      "service cron",
      { environment: { LIFESIGN_UID: "77" } },
      /^LIFESIGN_UID: Cannot print the UID/,
    ],
    [
      "service systemd -g gw -U /run/dorm.uid",
      { files: { "/run/dorm.uid": uid } },
      "lifesign: Cannot start without a file with the settings: expected /etc/lifesign.conf, ~/.config/lifesign.conf or --config FILE",
    ],
    [
      "service systemd -U -",
      {},
      `--uid-file: Cannot use stdin in a unit: ${path}`,
    ],
    [
      "service systemd",
      { files: { ...withUid("uid_file=dorm.uid"), "dorm.uid": uid } },
      `/etc/lifesign.conf:2:10: Cannot use "dorm.uid" in a unit: ${path}`,
    ],
    [
      "service systemd",
      {
        environment: { HOME: "/home/alice" },
        files: { ...withUid("uid_file=~/u"), "/home/alice/u": uid },
      },
      `/etc/lifesign.conf:2:10: Cannot use "~/u" in a unit: ${path}`,
    ],
    [
      "service systemd --lock-file lock",
      {},
      `--lock-file: Cannot use "lock" in a unit: ${path}`,
    ],
    [
      "service systemd -c l",
      { files: { ...usual, l: config } },
      `--config: Cannot use "l" in a unit: ${path}`,
    ],
    [
      "service systemd",
      { files: { ...usual, l: config }, environment: { LIFESIGN_CONFIG: "l" } },
      `LIFESIGN_CONFIG: Cannot use "l" in a unit: ${path}`,
    ],
    [
      "service systemd",
      { executable: "/opt/a\nb" },
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
      "lifesign: Cannot start as root with /etc/lifesign.conf: the file belongs to user 1000, expected root or user 0",
    ],
    [
      "service systemd",
      { files: { ...usual, "/etc/lifesign.conf": { ...config, mode: 0o600 } } },
      "lifesign: Cannot read /etc/lifesign.conf as alice: only its owner can, `chmod go+r /etc/lifesign.conf` fixes that",
    ],
    [
      "service systemd",
      { files: { ...usual, "/run/dorm.uid": { ...uid, mode: 0o622 } } },
      /^\/run\/dorm.uid: Cannot trust the UID: others can write the file/,
    ],
    [
      "service systemd",
      { files: { "/etc/lifesign.conf": config } },
      "/run/dorm.uid: Cannot read the UID: there is no such file",
      66,
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
      "/etc/lifesign.conf:3:12: Cannot use /run/dorm.uid in a unit: it is a pipe, expected a file",
    ],
    [
      "service systemd -c /none",
      {},
      /\/none: Cannot read the configuration: there is no such file$/,
      66,
    ],
    [
      "service systemd",
      { environment: { LIFESIGN_CONFIG: "/none" } },
      "/none: Cannot read the configuration: there is no such file",
      66,
    ],
    ["service systemd -i 1s", {}, /^--interval: Cannot fit 3 tries/],
  ];
  for (const [line, options, errors, expected = 78] of rows) {
    const { code, output, errors: found } = await start(line, options);
    assertEquals([code, output], [expected, ""], `${line}\n${found}`);
    if (typeof errors === "string") assertEquals(found, `${errors}\n`);
    else assert(errors.test(found.trimEnd()), found);
  }
});

Deno.test("service() hardens what has no hooks, and warns as run does", async () => {
  const files = { ...usual, "/run/dorm.uid": { ...uid, mode: 0o644 } };
  const { output, errors } = await start("service systemd", { files });
  assert(output.includes("\nNoNewPrivileges=yes\n"));
  assertEquals(
    errors,
    "lifesign: /run/dorm.uid: others can read the UID, `chmod go-r /run/dorm.uid` fixes that\n",
  );
});

Deno.test("service() lets the service see the socket of an X server, whose folder is of all", async () => {
  const rows: [target: string, hasOwn: boolean][] = [
    ["x11://:0", false],
    ["x11:///run/x/socket", true],
    ["x11://gw.example:0", true],
  ];
  for (const [target, hasOwn] of rows) {
    const text = `target = ${target}\n`;
    const files = { ...usual, "/etc/lifesign.conf": { text, ...root } };
    const { output, errors } = await start("service systemd", { files });
    const found = /^PrivateTmp=yes$/m.test(output);
    assertEquals([errors, found], ["", hasOwn], target);
  }
});

Deno.test("service() prints a unit for a reflector, whose key stays root's", async () => {
  const files = { "/etc/lifesign/a key": { text: "00".repeat(16), ...root } };
  const reflect = (args: string[], key = 0o640) =>
    lifesign(["service", "systemd", "gateway", ...args], {
      files: {
        "/etc/lifesign/a key": { ...files["/etc/lifesign/a key"], mode: key },
      },
    });
  const listen = "--listen=stamp://192.0.2.1";
  const signed = [listen, "--key-file", "/etc/lifesign/a key"];
  const { code, output, errors } = await reflect([
    ...signed,
    ...["--limit", "5", "--metrics-file=/run/lifesign-gateway/a.prom"],
  ]);
  assertEquals([code, errors], [0, ""]);
  for (
    const line of [
      "ExecStart=/usr/local/bin/lifesign gateway -q --listen=stamp://192.0.2.1 --limit=5 --metrics-file=/run/lifesign-gateway/a.prom --key-file=${CREDENTIALS_DIRECTORY}/key",
      "LoadCredential=key:/etc/lifesign/a key",
      "DynamicUser=yes",
      "RuntimeDirectory=lifesign-gateway",
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
    ]
  ) {
    assert(output.split("\n").includes(line), `${line} in ${output}`);
  }
  const free = await reflect(["--listen=stamp://[::1]:8620"]);
  assertEquals(free.code, 0);
  assertStringIncludes(free.output, "\nCapabilityBoundingSet=\n");
  assert(!/Load|Runtime|Ambient/.test(free.output));
  const exposed = await reflect(signed, 0o644);
  assertEquals([exposed.code, exposed.errors], [
    0,
    "lifesign: /etc/lifesign/a key: Cannot trust key_file: others can read the file, `chmod go-r '/etc/lifesign/a key'` fixes that\n",
  ]);
});

Deno.test("service() says what it can't reflect", async () => {
  const listen = "--listen=stamp://127.0.0.1";
  const rows: [args: string[], code: number, message: string][] = [
    [
      [],
      78,
      "--listen: Cannot start a simulation as a service: expected a reflector, e.g. --listen stamp://192.0.2.1:862",
    ],
    [
      ["--listen=stamp://192.0.2.1"],
      78,
      "--listen: Cannot answer whoever asks at stamp://192.0.2.1:862 without being told to: expected a key, e.g. --key-file /etc/lifesign/stamp.key, or --unauthenticated",
    ],
    [
      [listen, "--key-file=k"],
      78,
      "--key-file: Cannot use it in a unit: expected a path that begins with /, e.g. /etc/lifesign/stamp.key",
    ],
    [
      [listen, "--metrics-file=/var/lib/m"],
      78,
      "--metrics-file: Cannot write there, since the unit has a user of its own: expected a file in /run/lifesign-gateway, e.g. /run/lifesign-gateway/metrics.prom",
    ],
    [
      [listen, "--metrics-file=/run/lifesign-gateway/../m"],
      78,
      "--metrics-file: Cannot write there, since the unit has a user of its own: expected a file in /run/lifesign-gateway, e.g. /run/lifesign-gateway/metrics.prom",
    ],
    [
      [listen, "--interval=5s"],
      64,
      "--interval: Cannot be used here: expected flags of a reflector, e.g. --listen stamp://192.0.2.1:862",
    ],
    [[listen, "x"], 64, 'lifesign: Cannot use "x": expected only flags here'],
  ];
  for (const [args, expected, message] of rows) {
    const line = ["service", "systemd", "gateway", ...args];
    const { code, output, errors } = await lifesign(line);
    assertEquals([code, output, errors], [expected, "", `${message}\n`]);
  }
  const session = await start("service systemd --listen=127.0.0.1");
  assertEquals([session.code, session.errors], [
    64,
    '--listen: Cannot be used here: "lifesign run" has no such flag\n',
  ]);
});
