import { assert, assertEquals } from "@std/assert";
import { type Fault, isFault } from "../world.ts";
import { createNotifications, createQueue } from "./notifications.ts";
import { inFolder } from "./test_folder.ts";

const decoder = new TextDecoder();

Deno.test("createQueue() keeps one message under way, and of those that wait the newest of each kind", async () => {
  const sent: { text: string; done: () => void }[] = [];
  const queue = createQueue(
    (bytes) =>
      new Promise<void>((done) =>
        sent.push({ text: decoder.decode(bytes), done })
      ),
    () => {},
  );
  const rows = [
    "STATUS=a",
    "STATUS=b",
    "RELOADING=1\nMONOTONIC_USEC=1",
    "STATUS=c",
    "READY=1",
    "WATCHDOG=1",
    "RELOADING=1\nMONOTONIC_USEC=2",
    "WATCHDOG=1",
  ];
  for (const row of rows) queue.send(row);
  assertEquals(sent.map(({ text }) => text), ["STATUS=a"]);
  let flushed = false;
  const flush = queue.flush().then(() => flushed = true);
  for (let at = 0; at < sent.length; at++) {
    assert(!flushed);
    sent[at]!.done();
    for (let turn = 0; turn < 10; turn++) await null;
  }
  await flush;
  assertEquals(sent.slice(1).map(({ text }) => text), [
    "STATUS=c",
    "READY=1",
    "RELOADING=1\nMONOTONIC_USEC=2",
    "WATCHDOG=1",
  ]);
  queue.send("STOPPING=1");
  assertEquals(sent.at(-1)!.text, "STOPPING=1");
});

Deno.test("createQueue() goes on after a message that could not be sent", async () => {
  const sent: string[] = [];
  const errors: unknown[] = [];
  const queue = createQueue((bytes) => {
    sent.push(decoder.decode(bytes));
    return sent.length === 1 ? Promise.reject("no") : Promise.resolve();
  }, (error) => errors.push(error));
  queue.send("READY=1");
  queue.send("STATUS=a");
  await queue.flush();
  assertEquals([sent, errors], [["READY=1", "STATUS=a"], ["no"]]);
});

Deno.test("open() sends from a socket that leaves no file, whatever was left there", () =>
  inFolder(async (folder) => {
    const path = `${folder}/manager`;
    const manager = Deno.listenDatagram({ transport: "unixpacket", path });
    // The file of a process that was killed in between.
    Deno.listenDatagram({
      transport: "unixpacket",
      path: `${folder}/lifesign-notify`,
    }).close();
    const faults: Fault[] = [];
    const notifications = createNotifications();
    const notifier = notifications.open(
      path,
      folder,
      (fault) => faults.push(fault),
    );
    assert(!isFault(notifier));
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), [
      "manager",
    ]);
    for (const message of ["READY=1", "STATUS=ü"]) {
      notifier.send(message);
      const [bytes] = await manager.receive();
      assertEquals(decoder.decode(bytes), message);
    }
    manager.close();
    Deno.removeSync(path);
    notifier.send("STATUS=lost");
    await notifications.flush();
    assertEquals(faults, [
      { code: "ENOENT", message: "there is no such socket or folder" },
    ]);
    notifications.close();
  }));

Deno.test("open() returns a fault where it can't send, and removes nothing but a socket", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/lifesign-notify`, "a poem\n");
    const rows: [to: string, folder: string, code: string][] = [
      ["@abstract", folder, "EAFNOSUPPORT"],
      ["vsock:2:1234", folder, "EAFNOSUPPORT"],
      ["relative", folder, "EAFNOSUPPORT"],
      [`${folder}/manager`, folder, "EADDRINUSE"],
      [`${folder}/manager`, `${folder}/missing`, "ENOENT"],
      [`${folder}/manager`, `${folder}/${"long".repeat(50)}`, "EINVAL"],
    ];
    for (const [to, from, code] of rows) {
      const fault = createNotifications().open(to, from, () => {});
      assert(isFault(fault));
      assertEquals(fault.code, code, `${to} ${from}`);
    }
    assertEquals(
      Deno.readTextFileSync(`${folder}/lifesign-notify`),
      "a poem\n",
    );
    return Promise.resolve();
  }));
