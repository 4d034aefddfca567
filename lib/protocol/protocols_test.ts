import { assertEquals } from "@std/assert";
import { protocols } from "./protocols.ts";

Deno.test("each row of protocols says the same as its protocol's file", async () => {
  for (const { load, hasPath, ...row } of protocols) {
    const protocol = await load();
    const { scheme, port, settings, identity } = protocol;
    const { scheme: s, port: p, settings: t, identity: i } = row;
    assertEquals([s, p, i], [scheme, port, identity]);
    assertEquals(Object.entries(t), Object.entries(settings), scheme);
    const mayHavePath = protocol.carrier === "stream" && protocol.hasPath;
    assertEquals(hasPath, mayHavePath, scheme);
  }
  const schemes = protocols.map(({ scheme }) => scheme);
  assertEquals(new Set(schemes).size, schemes.length);
});
