import { assertEquals } from "@std/assert";
import { absentCode, type Fault, isFault } from "../world.ts";
import {
  lockAtNeed,
  logFilesAtNeed,
  replacerAtNeed,
  routesAtNeed,
} from "./at_need.ts";
import { inFolder } from "./test_folder.ts";

Deno.test("routesAtNeed() tells that nothing can tell, whoever asks to be told when", async () => {
  await inFolder(async (path) => {
    const routes = routesAtNeed({ path });
    const told: string[] = [];
    routes.onAbsence(({ code }) => told.push(`early ${code}`));
    const answer = await new Promise<object | Fault>((resolve) =>
      routes.lookUp({ to: "192.0.2.1" }, resolve)
    );
    assertEquals(isFault(answer) && answer.code, absentCode);
    assertEquals(told, [`early ${absentCode}`]);
    const late = Promise.withResolvers<Fault>();
    routes.onAbsence(late.resolve);
    assertEquals((await late.promise).code, absentCode);
    assertEquals(told, [`early ${absentCode}`]);
  });
});

Deno.test("logFilesAtNeed() writes every line before the end, and has none before the first file", async () => {
  await inFolder(async (folder) => {
    const files = logFilesAtNeed();
    await files.flush();
    const path = `${folder}/log`;
    const file = await files.open(path, {
      maxBytes: 1_000,
      backups: 0,
      onFault: (what, fault) => {
        throw new Error(`${what}: ${fault.message}`);
      },
      lossLine: (lost) => `${lost} lost\n`,
    });
    if (isFault(file)) throw new Error(file.message);
    file.write("a line\n");
    await files.flush();
    assertEquals(await Deno.readTextFile(path), "a line\n");
    file.close();
  });
});

Deno.test("lockAtNeed() and replacerAtNeed() do what is loaded for them", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    const locked = await lockAtNeed(path, 10);
    if (isFault(locked)) throw new Error(locked.message);
    const other = await lockAtNeed(path, 10);
    assertEquals(isFault(other), true);
    locked.release();
    const replace = replacerAtNeed();
    const fault = await replace(path, "text", { mode: 0o600, isDurable: true });
    assertEquals(fault, null);
    assertEquals(await Deno.readTextFile(path), "text");
  });
});
