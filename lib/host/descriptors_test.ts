import { assertEquals } from "@std/assert";
import { descriptors } from "./descriptors.ts";

Deno.test("free() counts up to what is asked for, and leaves nothing open", () => {
  assertEquals(descriptors.free(0), 0);
  for (let turn = 0; turn < 10; turn++) assertEquals(descriptors.free(40), 40);
});
