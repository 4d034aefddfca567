import { assertEquals } from "@std/assert";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  settle,
} from "../testing/fake_world.ts";
import type { Fault } from "../world.ts";
import { keepFile } from "./kept_file.ts";

const path = "/run/lifesign/status.json";

const full = { code: "ENOSPC", message: "its file system is full" };

/** A file that holds what `content` says, and what its keeper told. */
function setUp(unwritable: Record<string, Fault | null> = {}) {
  const world = createFakeWorld({ unwritable });
  const content = { text: "start" };
  const told: (string | null)[] = [];
  const file = keepFile({
    world,
    path,
    render: () => content.text,
    onFault: (fault) => told.push(fault && fault.code),
  });
  /** Changes the file at a time in ms. */
  async function change(at: number, text: string): Promise<void> {
    await elapse(world.clock, at);
    content.text = text;
    file.touch();
  }
  return { world, file, change, told, unwritable };
}

function written({ files }: FakeWorld): [at: number, text: string][] {
  return files.replacements.map(({ at, text }) => [at, text]);
}

Deno.test("touch() writes at once, then at most once a second, the newest last", async () => {
  const { world, file, change, told } = setUp();
  assertEquals(await file.open(), null);
  for (let at = 10; at <= 2_500; at += 10) await change(at, `${at}`);
  await change(9_000, "later");
  await elapse(world.clock, 60_000);
  assertEquals(written(world), [
    [0, "start"],
    [1_000, "990"],
    [2_000, "1990"],
    [3_000, "2500"],
    [9_000, "later"],
  ]);
  assertEquals(
    new Set(world.files.replacements.map(({ mode }) => mode)),
    new Set([0o644]),
  );
  assertEquals([told, world.clock.pending], [[], 0]);
});

Deno.test("touch() is a matter of the next moment, so that much at once is written once", async () => {
  const { world, change } = setUp();
  for (const text of ["a", "b", "c"]) await change(5, text);
  await settle();
  assertEquals(written(world), []);
  await elapse(world.clock, 5);
  world.clock.runUntil(5);
  await elapse(world.clock, 60_000);
  assertEquals(written(world), [[5, "c"]]);
});

Deno.test("open() returns why the file can't be written, and tells nobody else", async () => {
  const { file, told } = setUp({ [path]: full });
  assertEquals([await file.open(), told], [full, []]);
});

Deno.test("a fault is told once for each reason, and the file is tried again each five seconds", async () => {
  const { world, file, change, told, unwritable } = setUp();
  await file.open();
  unwritable[path] = full;
  for (let at = 500; at <= 12_000; at += 500) await change(at, `${at}`);
  assertEquals(told, ["ENOSPC"]);
  unwritable[path] = { code: "EROFS", message: "its file system is read-only" };
  // Nothing changes any more, and yet it is tried: at 16 s, 21 s, 26 s and 31 s.
  await elapse(world.clock, 30_500);
  assertEquals(told, ["ENOSPC", "EROFS"]);
  delete unwritable[path];
  await elapse(world.clock, 60_000);
  assertEquals(told, ["ENOSPC", "EROFS", null]);
  assertEquals(written(world), [[0, "start"], [31_000, "12000"]]);
});

Deno.test("a disk that never answers holds up nothing", async () => {
  const { world, file, change, told, unwritable } = setUp();
  await file.open();
  unwritable[path] = null;
  await change(2_000, "lost");
  await elapse(world.clock, 2_500);
  // Were anything written while that goes on, it would arrive.
  delete unwritable[path];
  await change(10_000, "waits");
  await elapse(world.clock, 60_000);
  assertEquals([written(world), told], [[[0, "start"]], []]);
  assertEquals(world.clock.pending, 0);
});

Deno.test("open() begins with what it is given, and the rest follows soon", async () => {
  const { world, file } = setUp();
  await file.open("little");
  await elapse(world.clock, 60_000);
  assertEquals(written(world), [[0, "little"], [1_000, "start"]]);
});

Deno.test("close() writes once more at once, and then nothing", async () => {
  const { world, file, change } = setUp();
  await file.open();
  await change(300, "changed");
  await file.close("end");
  file.touch();
  await elapse(world.clock, 60_000);
  assertEquals(written(world), [[0, "start"], [300, "end"]]);
  assertEquals(world.clock.pending, 0);
});

Deno.test("close() lets what is being written come to its end first", async () => {
  const world = createFakeWorld();
  const going: { text: string; end: () => void }[] = [];
  const file = keepFile({
    world: {
      clock: world.clock,
      files: {
        ...world.files,
        replace: (_, text) =>
          new Promise((resolve) => {
            const whole = [...text].join("");
            going.push({ text: whole, end: () => resolve(null) });
          }),
      },
    },
    path,
    render: () => "changed",
    onFault: () => {},
  });
  file.touch();
  await elapse(world.clock, 1);
  const closing = file.close("end");
  await settle();
  assertEquals(going.map(({ text }) => text), ["changed"]);
  going[0]!.end();
  await settle();
  assertEquals(going.map(({ text }) => text), ["changed", "end"]);
  going[1]!.end();
  await closing;
});

Deno.test("what takes long to prepare is prepared less often, in slices", async () => {
  const rows: [takes: number, written: number[]][] = [
    [100, [100, 5_100, 25_100]],
    // Readers wait no longer than that for what is new.
    [3_000, [3_000, 23_000, 43_000]],
  ];
  for (const [takes, times] of rows) {
    const world = createFakeWorld();
    const { clock } = world;
    const parts: string[][] = [];
    const part = "x".repeat(2_048);
    const told: number[] = [];
    const file = keepFile({
      world: {
        clock,
        files: {
          ...world.files,
          replace(path, text, options) {
            parts.push([...text]);
            return world.files.replace(path, parts.at(-1)!, options);
          },
        },
      },
      path,
      *render(longer) {
        told.push(longer);
        for (let made = 0; made < 100; made++) {
          clock.runUntil(clock.now() + takes / 100);
          yield part;
        }
      },
      onFault: () => {},
    });
    await file.open();
    file.touch();
    await elapse(clock, 25_000);
    file.touch();
    await elapse(clock, 60_000);
    assertEquals(written(world).map(([at]) => at), times);
    const longer = times[1]! - times[0]! - 1_000;
    assertEquals(told, [0, longer, longer]);
    // Each of some ms at most, if a part does not take longer by itself.
    const each = Math.max(1, Math.ceil(4 / (takes / 100)));
    assertEquals(
      parts[0]!.slice(0, -1),
      Array(100 / each).fill(part.repeat(each)),
    );
  }
});
