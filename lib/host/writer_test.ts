import { assert, assertEquals } from "@std/assert";
import { createWriter, type Sink } from "./writer.ts";

/** How much may wait, in UTF-16 units. */
const limit = 4 * 1024 * 1024;

/** What a sink does with some bytes: takes so many, throws, or waits for what to do. */
type Step = number | Error | Promise<number>;

/** A sink that does as it is told, one step for each write, and then takes everything. */
function createSink(...steps: Step[]): Sink & { text: string; most: number } {
  let busy = 0;
  const sink = {
    text: "",
    most: 0,
    async write(bytes: Uint8Array) {
      sink.most = Math.max(sink.most, ++busy);
      try {
        const step = await (steps.shift() ?? bytes.length);
        if (step instanceof Error) throw step;
        const taken = Math.min(step, bytes.length);
        sink.text += new TextDecoder().decode(bytes.subarray(0, taken));
        return taken;
      } finally {
        busy--;
      }
    },
  };
  return sink;
}

function error(code: string): Error {
  return Object.assign(new Error(`It failed (${code})`), { code });
}

Deno.test("write() writes everything in its order, however little the sink takes at once", async () => {
  const sink = createSink(...Array(50).fill(3));
  const { write, flush } = createWriter(sink);
  let wanted = "";
  for (let k = 0; k < 200; k++) {
    write(`${k} `);
    wanted += `${k} `;
    if (k % 50 === 0) await flush();
  }
  await flush();
  assertEquals([sink.text, sink.most], [wanted, 1]);
});

Deno.test("write() writes UTF-8, and nothing for nothing", async () => {
  const sink = createSink();
  const { write, flush } = createWriter(sink);
  for (const text of ["", "gätewäy ", "☂", "", "\u{1f4a1}"]) write(text);
  await flush();
  assertEquals(sink.text, "gätewäy ☂\u{1f4a1}");
});

Deno.test("write() returns at once while the sink stalls, and flush() waits for it", async () => {
  const stall = Promise.withResolvers<number>();
  const sink = createSink(stall.promise);
  const { write, flush } = createWriter(sink);
  write("first ");
  write("second ");
  let flushed = false;
  const flushing = flush().then(() => flushed = true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([sink.text, flushed], ["", false]);
  stall.resolve(2);
  write("third");
  await flushing;
  assertEquals(sink.text, "first second third");
});

Deno.test("flush() resolves where nothing is to be written", async () => {
  const { write, flush } = createWriter(createSink());
  await flush();
  write("x");
  await flush();
  await flush();
});

Deno.test("write() drops what can't be written, and writes what comes later", async () => {
  const errors = [
    error("EPIPE"),
    error("ENOSPC"),
    error("EIO"),
    new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
    new TypeError("odd"),
  ];
  for (const thrown of errors) {
    const sink = createSink(3, thrown);
    const losses: string[] = [];
    const { write, flush } = createWriter(
      sink,
      (reason) => losses.push(reason),
    );
    write("lost after three\n");
    await flush();
    write("later\n");
    await flush();
    assertEquals(sink.text, "loslater\n", thrown.message);
    const isPipe = /EPIPE|BrokenPipe/.test(
      `${Reflect.get(thrown, "code")} ${thrown.name}`,
    );
    assertEquals(losses, isPipe ? [] : [thrown.message]);
  }
});

Deno.test("write() survives a sink that throws instead of rejecting", async () => {
  const { write, flush } = createWriter({
    write() {
      throw error("EPIPE");
    },
  });
  write("lost");
  await flush();
});

Deno.test("write() tries again where a pipe is full and does not block", async () => {
  const full = new Deno.errors.WouldBlock(
    "Resource temporarily unavailable (os error 11)",
  );
  const sink = createSink(error("EAGAIN"), 2, full, error("EAGAIN"));
  const { write, flush } = createWriter(sink);
  write("all of it");
  await flush();
  assertEquals(sink.text, "all of it");
});

Deno.test("write() drops what is too much to wait, and nothing else", async () => {
  const stall = Promise.withResolvers<number>();
  const sink = createSink(stall.promise);
  const { write, flush } = createWriter(sink);
  write("a".repeat(limit - 2));
  write("bcd");
  write("e");
  write("f");
  write("g");
  for (let k = 0; k < 1000; k++) write("h".repeat(100_000));
  stall.resolve(1);
  await flush();
  assertEquals(sink.text.length, limit);
  assertEquals(sink.text.slice(-4), "aaef");
  // Now nothing waits any more.
  write("i".repeat(limit));
  await flush();
  assertEquals(sink.text.length, 2 * limit);
  write("j".repeat(3 * limit));
  await flush();
  assertEquals(sink.text.length, 5 * limit);
});

Deno.test("write() counts again what waits when a part is written", async () => {
  const first = Promise.withResolvers<number>();
  const second = Promise.withResolvers<number>();
  const sink = createSink(first.promise, second.promise);
  const { write, flush } = createWriter(sink);
  const half = limit / 2;
  write("a".repeat(half));
  write("b".repeat(half));
  write("dropped");
  first.resolve(half);
  await first.promise;
  await new Promise((resolve) => setTimeout(resolve));
  // The second half is under way and still counts.
  write("c".repeat(half));
  write("dropped");
  second.resolve(half);
  await flush();
  assertEquals(sink.text.length, 3 * half);
  assert(!sink.text.includes("d"));
});

Deno.test("write() drops what a full disk does not take", async () => {
  using disk = await Deno.open("/dev/full", { write: true });
  const { write, flush } = createWriter(disk);
  write("lost");
  await flush();
});
