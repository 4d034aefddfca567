import { assertEquals } from "@std/assert";
import { staticTargets } from "../static/targets.ts";
import { architectures } from "./debian.ts";
import { archiveName, openwrtName } from "./names.ts";

Deno.test("archiveName() says machine and kind as people do", () => {
  const targets = [
    ...Object.keys(architectures),
    ...Object.keys(staticTargets),
  ];
  assertEquals(targets.map((target) => archiveName("1.2.3", target)), [
    "lifesign-1.2.3-linux-x86_64",
    "lifesign-1.2.3-linux-aarch64",
    "lifesign-1.2.3-linux-x86_64-static",
    "lifesign-1.2.3-linux-i686-static",
    "lifesign-1.2.3-linux-aarch64-static",
    "lifesign-1.2.3-linux-armv7-static",
    "lifesign-1.2.3-linux-mips-static",
    "lifesign-1.2.3-linux-mipsel-static",
    "lifesign-1.2.3-linux-riscv64-static",
  ]);
});

Deno.test("openwrtName() has DISTRIB_ARCH, and no two packages have one name", () => {
  const all = Object.values(staticTargets).flatMap(({ openwrt }) => openwrt);
  assertEquals(new Set(all).size, all.length);
  assertEquals(
    openwrtName("1.2.3", "mipsel_24kc"),
    "lifesign-1.2.3-openwrt-mipsel_24kc.ipk",
  );
});
