import { assertEquals } from "@std/assert";

const folder = new URL(".", import.meta.url);
const header = await Deno.readTextFile(new URL("native/native.h", folder));
const types = await Deno.readTextFile(new URL("native.ts", folder));

Deno.test("Native has the functions of native.h, with as many parameters", () => {
  const rows = [...header.matchAll(/ROW\((\w+), (\d+)\)/g)]
    .map(([, name, count]) => `${name} ${count}`);
  const [, body = ""] = types.split("export interface Native {");
  const members = [
    ...body.matchAll(/^ {2}(\w+)\(([^()]*(?:\([^()]*\)[^()]*)*)\)/gm),
  ]
    .map(([, name, list = ""]) => `${name} ${countParameters(list)}`);
  assertEquals(members.toSorted(), rows.toSorted());
});

/** How many parameters a list has, without those of functions and tuples in it. */
function countParameters(list: string): number {
  let text = list;
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/\([^()]*\)|\[[^[\]]*\]/g, "");
  }
  return text.split(",").filter((it) => it.trim() !== "").length;
}
