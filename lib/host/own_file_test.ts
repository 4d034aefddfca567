import { assertEquals } from "@std/assert";
import { isFault } from "../world.ts";
import { openOwn } from "./own_file.ts";
import { inFolder } from "./test_folder.ts";
import { runScript } from "./test_process.ts";

/** Opens a file for appending; returns what is wrong, or else the path of what is open. */
async function tried(path: string): Promise<string> {
  const found = await openOwn(path, { append: true }, Deno.open);
  if (isFault(found)) return found.message;
  found.file.close();
  return `opened ${found.info.size} ${(found.info.mode! & 0o7777).toString(8)}`;
}

Deno.test("openOwn() opens or makes a regular file, also behind links that only root or this user could have made", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/logs`);
    await Deno.writeTextFile(`${folder}/logs/old`, "12345", { mode: 0o644 });
    await Deno.symlink("logs/old", `${folder}/to-old`);
    await Deno.symlink(`${folder}/logs/new`, `${folder}/to-new`);
    await Deno.symlink("logs", `${folder}/way`);
    await Deno.symlink("to-old", `${folder}/to-link`);
    await Deno.link(`${folder}/logs/old`, `${folder}/logs/other-name`);
    const rows: [path: string, outcome: string][] = [
      ["logs/old", "opened 5 644"],
      ["logs/fresh", "opened 0 600"],
      ["to-old", "opened 5 644"],
      ["to-new", "opened 0 600"],
      ["to-link", "opened 5 644"],
      ["way/old", "opened 5 644"],
      ["way/../logs//./old", "opened 5 644"],
      ["logs/other-name", "opened 5 644"],
    ];
    for (const [path, outcome] of rows) {
      assertEquals(await tried(`${folder}/${path}`), outcome, path);
    }
    assertEquals((await Deno.stat(`${folder}/logs/new`)).size, 0);
    const before = Deno.cwd();
    try {
      Deno.chdir(`${folder}/logs`);
      assertEquals(await tried("old"), "opened 5 644");
      assertEquals(await tried("../to-old"), "opened 5 644");
    } finally {
      Deno.chdir(before);
    }
  }));

Deno.test("openOwn() follows no link in a folder where others can put one", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/own`);
    await Deno.writeTextFile(`${folder}/own/file`, "precious");
    for (
      const [name, mode] of [["sticky", 0o1777], ["group", 0o775]] as const
    ) {
      const shared = `${folder}/${name}`;
      await Deno.mkdir(shared);
      await Deno.chmod(shared, mode);
      await Deno.symlink("../own/file", `${shared}/link`);
      await Deno.symlink("../own/none", `${shared}/dangling`);
      await Deno.symlink("../own", `${shared}/way`);
      await Deno.link(`${folder}/own/file`, `${shared}/hard`);
      const planted = (path: string) =>
        `${path} is a link that another user could have made`;
      const rows: [path: string, outcome: string][] = [
        ["link", planted(`${shared}/link`)],
        ["dangling", planted(`${shared}/dangling`)],
        ["way/file", planted(`${shared}/way`)],
        ["way/new", planted(`${shared}/way`)],
        ["hard", "it has another name that another user could have made"],
        ["plain", "opened 0 600"],
      ];
      for (const [path, outcome] of rows) {
        assertEquals(await tried(`${shared}/${path}`), outcome, path);
      }
    }
    const left = [...Deno.readDirSync(`${folder}/own`)].map(({ name }) => name);
    assertEquals(left, ["file"]);
  }));

Deno.test("openOwn() says what is wrong where a link leads", () =>
  inFolder(async (folder) => {
    await Deno.symlink("none/log", `${folder}/dangling`);
    await Deno.symlink("a", `${folder}/b`);
    await Deno.symlink("b", `${folder}/a`);
    await Deno.symlink("/dev/null", `${folder}/null`);
    await Deno.symlink(".", `${folder}/folder`);
    const rows: [path: string, outcome: string][] = [
      [
        "dangling",
        `it is a link into ${folder}/none, which does not exist`,
      ],
      ["none/log", "its folder does not exist"],
      ["a", "its symbolic links go in a circle"],
      ["null", "it is no regular file"],
      ["folder", "it is a directory"],
    ];
    for (const [path, outcome] of rows) {
      assertEquals(await tried(`${folder}/${path}`), outcome, path);
    }
  }));

Deno.test({
  name: `openOwn() refuses what belongs to another user, and links of theirs${
    Deno.uid() === 0 ? "" : " (skipped: only root can give files away)"
  }`,
  ignore: Deno.uid() !== 0,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/theirs`, "");
      await Deno.writeTextFile(`${folder}/ours`, "");
      await Deno.symlink("ours", `${folder}/link`);
      await Deno.chown(`${folder}/theirs`, 12345, 12345);
      const { stdout, stderr } = await runScript("", {
        shell: `chown -h 12345 ${folder}/link`,
      });
      assertEquals([stdout, stderr], ["", ""]);
      assertEquals(
        await tried(`${folder}/theirs`),
        "it belongs to user 12345, expected root or user 0",
      );
      assertEquals(
        await tried(`${folder}/link`),
        `${folder}/link is a link that another user could have made`,
      );
    }),
});

Deno.test("openOwn() does not take one file for another that was put in its place", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await Deno.writeTextFile(path, "12345");
    await Deno.writeTextFile(`${folder}/precious`, "1234567");
    let tries = 0;
    const found = await openOwn(
      path,
      { append: true },
      async (path, options) => {
        // Between the look and the opening, once.
        if (tries++ === 0) {
          await Deno.remove(path);
          await Deno.symlink("precious", path);
          const file = await Deno.open(path, options);
          await Deno.remove(path);
          await Deno.writeTextFile(path, "12");
          return file;
        }
        return await Deno.open(path, options);
      },
    );
    if (isFault(found)) throw new Error(found.message);
    found.file.close();
    assertEquals([tries, found.info.size], [2, 2]);
  }));

Deno.test("openOwn() leaves no file open whose metadata it can't have", () =>
  inFolder(async (folder) => {
    let closed = 0;
    const found = await openOwn(
      `${folder}/log`,
      { append: true },
      () =>
        Promise.resolve({
          stat: () => Promise.reject(new Error("Out of memory (os error 12)")),
          close: () => closed++,
        }),
    );
    assertEquals([isFault(found) && found.code, closed], ["ENOMEM", 1]);
  }));
