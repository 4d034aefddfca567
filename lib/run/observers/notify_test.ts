import { assertEquals } from "@std/assert";
import { app, second } from "../../cli/test_app.ts";
import { deadUid, decodeRequest, encodeReply } from "../../protocol/srun.ts";
import type { FakeReply, FakeRequest } from "../../testing/fake_network.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorldOptions,
  settle,
} from "../../testing/fake_world.ts";
import { watchdogPeriod } from "./notify.ts";

const manager = {
  NOTIFY_SOCKET: "/run/systemd/notify",
  RUNTIME_DIRECTORY: "/run/lifesign:/run/other",
};

const base = ["run", "-g", "192.0.2.1", "-u", "77"];

/** Says of each UID what a script says of it at that time; nothing if that is absent. */
function life(script: (uid: bigint, at: number) => bigint | undefined) {
  return ({ bytes, at }: FakeRequest): FakeReply[] => {
    const reply = script(decodeRequest(bytes)!, at);
    return reply === undefined
      ? []
      : [{ bytes: encodeReply(reply), after: at % 7 + 1 }];
  };
}

/** Runs for so long, then ends by SIGTERM. */
async function messages(
  args: readonly string[],
  seconds: number,
  options: FakeWorldOptions,
) {
  const world = createFakeWorld({ environment: manager, ...options });
  const code = app(args, world);
  await elapse(world.clock, seconds * second);
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
  const { sent } = world.notifications;
  const { length } = sent;
  world.clock.runUntil((seconds + 3600) * second);
  assertEquals([sent.length, world.clock.pending], [length, 0]);
  return { sent, world };
}

Deno.test("notifyLines() tells a session's last verdict", async () => {
  const { sent, world } = await messages(base, 185, {
    respond: life((uid, at) => at >= 60_000 && at < 70_000 ? undefined : uid),
  });
  assertEquals(world.notifications.opened, [
    "/run/systemd/notify /run/lifesign",
  ]);
  const alive = "default: alive (192.0.2.1:3335, 1 ms, 1 try)";
  assertEquals(sent, [
    "READY=1\nSTATUS=default: not asked yet",
    `STATUS=${alive}`,
    "STATUS=default: silent (no answer from 192.0.2.1:3335, 3 tries)",
    "STATUS=default: alive (192.0.2.1:3335, 1 ms, 1 try)",
    "STATUS=default: alive (192.0.2.1:3335, 4 ms, 1 try)",
    "STOPPING=1\nSTATUS=default: alive (192.0.2.1:3335, 4 ms, 1 try)",
  ]);
});

Deno.test("notifyLines() tells a status that changes all the time once a second", async () => {
  const quick = [...base, "--interval=50ms", "--timeout=10ms"];
  const { sent } = await messages(quick, 9.5, { respond: life((uid) => uid) });
  assertEquals(
    sent.map((message) => message.split("=")[0]),
    ["READY", ...Array(10).fill("STATUS"), "STOPPING"],
  );
});

Deno.test("notifyLines() counts several sessions", async () => {
  const text = ["a", "b", "c"].map((name, k) => `[${name}]\nuid = ${77 + k}\n`)
    .join("");
  const { sent } = await messages(["run"], 130, {
    files: { "/etc/lifesign.conf": { text: `gateway=192.0.2.1\n${text}` } },
    respond: life((uid, at) => {
      if (uid === 79n) return undefined;
      return uid === 78n && at > 30_000 ? deadUid : uid;
    }),
  });
  assertEquals(sent, [
    "READY=1\nSTATUS=3 sessions: 3 not asked yet",
    "STATUS=3 sessions: 1 alive, 2 not asked yet",
    "STATUS=3 sessions: 2 alive, 1 not asked yet",
    "STATUS=3 sessions: 1 fault, 2 alive",
    "STATUS=3 sessions: 1 dead, 1 fault, 1 alive",
    "STOPPING=1\nSTATUS=3 sessions: 1 dead, 1 fault, 1 alive",
  ]);
});

Deno.test("notifyLines() tells when settings are read again, well or badly", async () => {
  const file = (text: string) => ({ text: `gateway=192.0.2.1\n${text}` });
  const files = { "/etc/lifesign.conf": file("[a]\nuid=77\n[b]\nuid=78") };
  const world = createFakeWorld({
    environment: manager,
    files,
    respond: life((uid) => uid),
  });
  const code = app(["run"], world);
  const { sent } = world.notifications;
  await elapse(world.clock, 10_500);
  const before = sent.length;
  const rows: [text: string, usec: number, status: string][] = [
    ["[b]\nuid=78", 11e6, "b: alive"],
    ["[b]\nuid=78\n[b]", 11e6, "b: alive"],
    ["[b]\nuid=78\n[c]\nuid=79", 11e6, "2 sessions: 1 alive, 1 not asked yet"],
  ];
  for (const [text, usec, status] of rows) {
    files["/etc/lifesign.conf"] = file(text);
    const at = sent.length;
    world.signals.raise("SIGHUP");
    await settle();
    assertEquals(sent.slice(at), [
      `RELOADING=1\nMONOTONIC_USEC=${usec}`,
      `READY=1\nSTATUS=${status}`,
    ]);
  }
  assertEquals(sent.length, before + 6);
  world.signals.raise("SIGTERM");
  await code;
});

Deno.test("notifyLines() feeds the watchdog twice as often as it is to be fed", async () => {
  const environment = { ...manager, WATCHDOG_USEC: "20000000" };
  const { sent } = await messages(base, 65, { environment });
  assertEquals(
    sent.filter((message) => message === "WATCHDOG=1").length,
    6,
  );
});

Deno.test("watchdogPeriod() reads what the service manager wants, of this process", () => {
  type Row = [usec: string | undefined, process: string | undefined, number?];
  const rows: Row[] = [
    ["60000000", undefined, 30_000],
    ["60000000", "42", 30_000],
    ["60000000", "", 30_000],
    ["60000000", "41"],
    ["0", "42"],
    ["-1", "42"],
    ["1e9", "42"],
    ["", "42"],
    [undefined, "42"],
  ];
  for (const [WATCHDOG_USEC, WATCHDOG_PID, expected = null] of rows) {
    const environment = new Map(
      Object.entries({ WATCHDOG_USEC, WATCHDOG_PID }),
    );
    const period = watchdogPeriod((name) => environment.get(name), 42);
    assertEquals(period, expected, `${WATCHDOG_USEC} ${WATCHDOG_PID}`);
  }
});

Deno.test("notifyLines() warns once where it can't notify, and says nothing where nobody wants it", async () => {
  const rows: [FakeWorldOptions, why: string | null][] = [
    [{ environment: {} }, null],
    [{ environment: { ...manager, NOTIFY_SOCKET: "" } }, null],
    [
      { environment: { NOTIFY_SOCKET: "/run/systemd/notify" } },
      "RUNTIME_DIRECTORY names no folder for a socket, expected a unit with RuntimeDirectory=lifesign",
    ],
    [{ notifyFault: { code: "EX", message: "no way" } }, "no way"],
  ];
  for (const [options, why] of rows) {
    const { sent, world } = await messages(base, 130, options);
    const warnings = world.terminal.errors.split("\n")
      .filter((line) => line.includes("NOTIFY_SOCKET"))
      .map((line) => line.slice(21));
    const prefix = "warn NOTIFY_SOCKET: Cannot notify the service manager: ";
    assertEquals(warnings, why === null ? [] : [prefix + why]);
    assertEquals(sent, []);
  }
});

Deno.test("notifyLines() warns once of messages that are lost", async () => {
  const world = createFakeWorld({ environment: manager });
  const code = app(base, world);
  await settle();
  for (const message of ["lost", "lost again"]) {
    world.notifications.fail({ code: "EX", message });
  }
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
  assertEquals(world.terminal.errors.match(/NOTIFY_SOCKET.*/g), [
    "NOTIFY_SOCKET: Cannot notify the service manager: lost",
  ]);
});
