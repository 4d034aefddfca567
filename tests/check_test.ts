import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  run,
  sh,
  startGateway,
  testsWithoutNetwork,
  words,
} from "./harness.ts";

const quick = ["--timeout=100ms", "--tries=2"];

/** One try is enough, however busy the machine is. */
const patient = ["--timeout=30s"];

/** What a gateway does, what a check of it ends with, and what it prints. */
const rows: [
  what: string,
  gateway: string[],
  args: string[],
  code: number,
  stdout: RegExp,
][] = [
  [
    "while the session is alive",
    ["--uid", "77"],
    ["-u", "77", ...patient],
    0,
    /^default: alive \(HERE, \d+(\.\d)? ms, 1 try\)\n$/,
  ],
  [
    "when the gateway says dead, and confirms it",
    ["--uid", "77"],
    ["-u", "78", ...quick],
    10,
    /^default: dead \(HERE said so \d times\)\n$/,
  ],
  [
    "when nothing comes back",
    ["--loss", "1"],
    ["-u", "77", ...quick],
    20,
    /^default: silent \(no answer from HERE, 2 tries\)\n$/,
  ],
  [
    "when nothing leaves this machine",
    [],
    // An address for documentation (RFC 5737), so never one of this machine.
    ["-u", "77", "-b", "192.0.2.1", ...quick],
    21,
    /^default: unsendable \(EADDRNOTAVAIL: 192\.0\.2\.1 is not an address of this machine, at least not now: does `ip address` show it\?\)\n$/,
  ],
];

for (const [what, faults, args, code, stdout] of rows) {
  Deno.test(`check ends with ${code} ${what}`, async () => {
    await using gateway = await startGateway(...faults);
    const outcome = await run(["check", "-g", gateway.address, ...args]);
    assertOutcome(outcome, { code, stderr: "" });
    assertMatch(outcome.stdout.replace(gateway.address, "HERE"), stdout);
  });
}

const offline = await testsWithoutNetwork();

offline.test("check ends with 22 when the gateway's name does not resolve", async (run) => {
  // The resolver can't ask anybody.
  const outcome = await run(["check", "-g", "gw.invalid", "-u", "77"]);
  assertEquals(outcome.code, 22);
  assert(
    /^default: unresolved \(\w+: cannot look up gw\.invalid: .+\)\n$/
      .test(outcome.stdout),
    outcome.stdout,
  );
});

Deno.test("check ends with 23 when no answer is valid", async (t) => {
  for (const how of ["length", "uid", "tail", "random"]) {
    await t.step(`--garble ${how}`, async () => {
      await using gateway = await startGateway("--garble", how);
      const { code, stdout } = await run(
        words`check --json -g ${gateway.address} -u 77 ${quick}`,
      );
      const { sessions: [session] } = JSON.parse(stdout);
      assertEquals([code, session.verdict, session.exit_code], [
        23,
        "garbled",
        23,
      ]);
      const reason = how === "random" ? "uid" : how;
      assertEquals(session.reasons, { [reason]: 2 });
    });
  }
});

Deno.test("check --no-strict-reply accepts a tail", async () => {
  await using gateway = await startGateway("--garble", "tail");
  const args = ["check", "-g", gateway.address, "-u", "77"];
  assertEquals((await run([...args, "--no-strict-reply"])).code, 0);
});

Deno.test("check --json prints one object with every field", async () => {
  await using gateway = await startGateway();
  const { stdout } = await run(
    words`check --json -g ${gateway.address} -u 77 ${patient}`,
  );
  const { sessions: [session], ...rest } = JSON.parse(stdout);
  assertEquals(rest, { verdict: "alive", exit_code: 0 });
  const { rtt_ms, answer_ms, local_port, ...fixed } = session;
  assert(rtt_ms >= 0 && answer_ms >= rtt_ms && local_port > 0);
  assertEquals(fixed, {
    session: "default",
    verdict: "alive",
    exit_code: 0,
    target: `srun://${gateway.address}`,
    protocol: "srun",
    gateway: gateway.address,
    address: gateway.address,
    tries: 1,
    dead_replies: 0,
    reasons: {},
    error: null,
    note: null,
    warning: null,
    held: null,
    phases_ms: null,
    portal: null,
    one_way_ms: null,
  });
  assertEquals(
    Object.keys(session).join(),
    [
      "session,verdict,exit_code,target,protocol,gateway,address,rtt_ms",
      "answer_ms,tries,local_port,dead_replies,reasons,error,note,warning",
      "held,phases_ms,portal,one_way_ms",
    ].join(),
  );
});

Deno.test("check -q is silent while alive, and only then", async () => {
  await using gateway = await startGateway("--uid", "77");
  const args = ["check", "-q", "-g", gateway.address, ...quick, "-u"];
  assertQuiet(await run([...args, "77"]));
  const dead = await run([...args, "78"]);
  assertEquals([dead.code, dead.stdout !== ""], [10, true]);
});

Deno.test("check is not fooled by a death from another port", async () => {
  await using gateway = await startGateway("--forge", "dead@other-port");
  const { code, stdout } = await run(
    words`check --json -g ${gateway.address} -u 77`,
  );
  const { sessions: [{ reasons }] } = JSON.parse(stdout);
  assertEquals([code, reasons], [0, { source: 1 }]);
});

Deno.test("check hears a reply that comes after other tries", async () => {
  await using gateway = await startGateway("--delay", "1s", "--duplicate");
  const { code, stdout } = await run(
    words`check --json -g ${gateway.address} -u 77 -t 100ms -n 6`,
  );
  const { sessions: [{ tries, rtt_ms, answer_ms }] } = JSON.parse(stdout);
  assertEquals([code, rtt_ms], [0, null]);
  assert(tries > 1 && answer_ms >= 1000);
});

Deno.test("check reaches a gateway by name and on IPv6", async () => {
  await using four = await startGateway();
  const port = four.address.split(":").at(-1)!;
  const byName = await run(words`check -4 -g localhost:${port} -u 1`);
  assertEquals(byName.code, 0, byName.stdout);

  await using six = await startGateway("--listen", "[::1]:0");
  const outcome = await run(["check", "-g", six.address, "-u", "1"]);
  assertEquals(outcome.code, 0, outcome.stdout);
});

Deno.test("check takes settings from the environment, and flags before them", async () => {
  await using gateway = await startGateway("--uid", "77");
  const env = {
    LIFESIGN_GATEWAY: gateway.address,
    LIFESIGN_UID: "78",
    LIFESIGN_TIMEOUT: "500ms",
  };
  assertEquals((await run(["check"], { env })).code, 10);
  assertEquals((await run(["check", "-u77"], { env })).code, 0);
});

Deno.test("check reads the UID from a file, a pipe and stdin", async () => {
  await using gateway = await startGateway("--uid", "77");
  const check = `lifesign check -q -g ${gateway.address} -t 30s -U`;
  const outcome = await sh(`
    set -e
    umask 077
    dir=$(mktemp -d)
    trap 'rm -r "$dir"' EXIT
    printf 'uid of the session\\n77\\n' >"$dir/uid"
    ${check} "$dir/uid"
    echo 77 | ${check} -
    echo 77 | ${check} /dev/stdin
    mkfifo "$dir/pipe"
    echo 77 >"$dir/pipe" &
    ${check} "$dir/pipe"
  `);
  assertQuiet(outcome);
});

Deno.test("check refuses a UID file that is missing, empty or not to be trusted", async () => {
  const rows: [string, number, string][] = [
    ["true", 66, "Cannot read the UID: there is no such file"],
    [
      "echo none >uid",
      66,
      "Cannot find a UID: expected a line with a number, e.g. 123456",
    ],
    ["echo -2 >uid", 66, 'Cannot use "-2": expected any number but -2'],
    ["mkdir uid", 66, "Cannot read the UID: it is a directory"],
    ["ln -s uid uid", 66, "Cannot read the UID: its symbolic links"],
    ["echo 77 >uid; chmod 666 uid", 78, "Cannot trust the UID: others can"],
  ];
  for (const [prepare, code, message] of rows) {
    const outcome = await sh(`
      dir=$(mktemp -d)
      cd "$dir"
      ${prepare}
      lifesign check -g 127.0.0.1 -U uid
      code=$?
      rm -r "$dir"
      exit $code
    `);
    assertOutcome(outcome, { code, stdout: "" });
    assert(outcome.stderr.startsWith(`uid: ${message}`), outcome.stderr);
    assertEquals(outcome.stderr.split("\n").length, 2);
  }
});
