import { assert, assertEquals } from "@std/assert";
import { clock, fineWallTime } from "./clock.ts";

/** Lets every timer run that is due. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("setTimer() calls back once, and never too early", async () => {
  const called: number[] = [];
  for (let k = 0; k < 100; k++) {
    const at = clock.now() + Math.random() * 2;
    await new Promise<void>((resolve) => {
      clock.setTimer(at, () => {
        called.push(clock.now() - at);
        resolve();
      });
    });
  }
  await turn();
  assertEquals(called.length, 100);
  assert(called.every((late) => late >= 0), `${called}`);
});

Deno.test("setTimer() calls back in the order of the times", async () => {
  const start = clock.now() + 2;
  const called: number[] = [];
  await new Promise<void>((resolve) => {
    clock.setTimer(start + 20, () => resolve());
    for (const after of [10, 0, 5]) {
      clock.setTimer(start + after, () => called.push(after));
    }
  });
  assertEquals(called, [0, 5, 10]);
});

Deno.test("setTimer() calls back soon for a time in the past, but not at once", async () => {
  for (const at of [clock.now(), clock.now() - 1e6, 0, -Infinity]) {
    let called = 0;
    clock.setTimer(at, () => called++);
    assertEquals(called, 0);
    await turn();
    assertEquals(called, 1, `${at}`);
  }
});

Deno.test("setTimer() lets a turn pass before what is set for now by what it calls back", async () => {
  const called: string[] = [];
  const now = clock.now();
  clock.setTimer(now, () => {
    clock.setTimer(0, () => called.push("later"));
    called.push("first");
    queueMicrotask(() => called.push("between"));
  });
  clock.setTimer(now, () => called.push("second"));
  await turn();
  await turn();
  const timers = called.filter((word) => word !== "between");
  assertEquals(timers, ["first", "second", "later"]);
  assert(called.indexOf("between") < called.indexOf("later"));
});

Deno.test("setTimer() returns what cancels it, before as after", async () => {
  let called = 0;
  const cancel = clock.setTimer(clock.now(), () => called++);
  cancel();
  cancel();
  await turn();
  assertEquals(called, 0);
  const tooLate = clock.setTimer(clock.now(), () => called++);
  await turn();
  tooLate();
  assertEquals(called, 1);
});

Deno.test("setTimer() does not fire at once where a delay is too long for the system", async () => {
  let called = 0;
  const times = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 1e15, Infinity];
  const cancels = times.map((after) =>
    clock.setTimer(clock.now() + after, () => called++)
  );
  await turn();
  assertEquals(called, 0);
  for (const cancel of cancels) cancel();
});

Deno.test("setTimer() waits in steps that the system takes, and can be cancelled at each", () => {
  const longest = 2 ** 31 - 1;
  const day = 24 * 60 * 60 * 1000;
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = performance;
  let time = 0;
  let timers: { id: number; at: number; callback: () => void }[] = [];
  let made = 0;
  const delays: number[] = [];
  let called = 0;
  try {
    performance.now = () => time;
    Object.assign(globalThis, {
      setTimeout(callback: () => void, delay: number) {
        delays.push(delay);
        timers.push({ id: ++made, at: time + delay, callback });
        return made;
      },
      clearTimeout(id: number) {
        timers = timers.filter((timer) => timer.id !== id);
      },
    });
    const step = () => {
      const timer = timers.shift()!;
      time = timer.at;
      timer.callback();
    };
    clock.setTimer(60 * day, () => called++);
    while (timers.length > 0) step();
    assertEquals(delays, [longest, longest, 60 * day - 2 * longest]);
    assertEquals([called, time], [1, 60 * day]);

    const cancel = clock.setTimer(time + 60 * day, () => called++);
    step();
    cancel();
    assertEquals([timers.length, called], [0, 1]);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    performance.now = now;
  }
});

Deno.test("wallTime() is what this machine takes for the time", () => {
  const before = Date.now();
  const time = clock.wallTime();
  assert(before <= time && time <= Date.now());
});

Deno.test("uptime() goes on like now() while the machine is awake", async () => {
  const asleep = () => clock.uptime() - clock.now();
  const before = asleep();
  await new Promise<void>((resolve) =>
    clock.setTimer(clock.now() + 1_100, resolve)
  );
  // Its resolution is one second.
  assert(Math.abs(asleep() - before) <= 1_000, `${before}`);
});

Deno.test("bootId() is the same each time, and the kernel's where one may read that", async () => {
  const ids = [await clock.bootId(), await clock.bootId()];
  const path = "/proc/sys/kernel/random/boot_id";
  const kernels = await Deno.readTextFile(path).catch(() => null);
  assertEquals(ids, [kernels?.trim() ?? null, ids[0]]);
});

Deno.test("zone has a name that tells where the machine is, if anybody knows", () => {
  const before = Deno.env.get("TZ");
  const zones = ["Asia/Shanghai", "UTC", "nowhere", "EST5"].map((zone) => {
    Deno.env.set("TZ", zone);
    return clock.zone.name;
  });
  if (before === undefined) Deno.env.delete("TZ");
  else Deno.env.set("TZ", before);
  assertEquals(zones, ["Asia/Shanghai", "UTC", "UTC", "local time"]);
});

Deno.test("zone tells how far local time is ahead of UTC", () => {
  for (const month of [0, 6]) {
    const utc = Date.UTC(2026, month, 21, 14, 2, 11);
    const there = new Date(utc + clock.zone.offset(utc));
    assertEquals(
      [there.getUTCHours(), there.getUTCMinutes()],
      [new Date(utc).getHours(), new Date(utc).getMinutes()],
    );
  }
});

Deno.test("fineWallTime() is finer than a clock of whole ms, and stays within its ms", () => {
  const rows: [wall: number, now: number, fine: number][] = [
    [1_000, 50, 1_000],
    [1_000, 50.25, 1_000.25],
    // The ms began no later than now: what went by before is made up for.
    [1_001, 50.5, 1_001],
    [1_001, 51.25, 1_001.75],
    // Set ahead, and back.
    [9_000, 51.5, 9_000],
    [9_000, 52, 9_000.5],
    [2_000, 52.5, 2_000.9990234375],
    [2_001, 53, 2_001.4990234375],
  ];
  let at = 0;
  const wallTime = fineWallTime(() => rows[at]![0], () => rows[at]![1]);
  for (; at < rows.length; at++) assertEquals(wallTime(), rows[at]![2]);
});
