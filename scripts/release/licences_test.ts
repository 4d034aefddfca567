import { assert, assertEquals } from "@std/assert";
import { licencesOf, noticesOf } from "./licences.ts";

Deno.test("noticesOf() has the text of each licence below its name", () => {
  assertEquals(
    noticesOf("MIT of ours\n", {
      QuickJS: "MIT of theirs\n",
      musl: "MIT as well\n",
    }),
    "lifesign\n========\n\nMIT of ours\n\n\n" +
      "QuickJS\n=======\n\nMIT of theirs\n\n\nmusl\n====\n\nMIT as well\n",
  );
});

Deno.test("licencesOf() has the notices of Deno, V8 and ICU", async () => {
  const texts = Object.values(await licencesOf("x86_64-unknown-linux-gnu"));
  for (
    const notice of [
      "Copyright 2018-2026 the Deno authors",
      "the V8 project authors. All rights reserved.",
      "UNICODE LICENSE V3",
    ]
  ) assert(texts.some((text) => text.includes(notice)), notice);
});
