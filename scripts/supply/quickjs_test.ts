import { assertEquals } from "@std/assert";
import { debianSites } from "./quickjs.ts";

Deno.test("debianSites() finds where a machine gets Debian from, once each", () => {
  assertEquals(
    debianSites([
      "Packages|http://deb.debian.org/debian/|Debian|main",
      "Packages|http://deb.debian.org/debian/|Debian|main",
      "Translations|http://deb.debian.org/debian/|Debian|main",
      "Packages|http://deb.debian.org/debian/|Debian|contrib",
      "Packages|http://deb.debian.org/debian-security/|Debian|main",
      "Packages|http://example.org/tools/|Tools|main",
      "Packages|http://mirror.example/debian/|Debian|main",
      "",
    ].join("\n")),
    ["http://deb.debian.org/debian/", "http://mirror.example/debian/"],
  );
});
