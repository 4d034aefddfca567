import { assertEquals } from "@std/assert";
import type { Contact } from "./examination.ts";
import { presenceOf } from "./presence.ts";

const fault = (code: string) => ({ code, message: code });
const contact = (
  port: number,
  answer: Contact["answer"],
  after: number,
): Contact => ({ port, answer, after });
const accepted = "accepted";
const refused = fault("ECONNREFUSED");

Deno.test("presenceOf() tells a host that is there from one that is slow, absent or unknown", () => {
  const rows: [contacts: Contact[], type: string, text: string][] = [
    [[], "unknown", ""],
    [[contact(80, null, 4000)], "unknown", ""],
    [[contact(80, fault("EPERM"), 0)], "unknown", ""],
    [
      [contact(3335, null, 4000), contact(80, fault("EHOSTUNREACH"), 3000)],
      "absent",
      "",
    ],
    [
      [contact(3335, refused, 9), contact(80, accepted, 2.04)],
      "there",
      "accepted a TCP connection to port 80 after 2 ms",
    ],
    [
      [contact(3335, refused, 1), contact(80, fault("EHOSTUNREACH"), 3000)],
      "there",
      "refused a TCP connection to port 3335 after 1 ms",
    ],
    [
      [contact(3335, refused, 1), contact(80, accepted, 1003)],
      "slow",
      "accepted a TCP connection to port 80 after 1003 ms",
    ],
  ];
  for (const [contacts, type, text] of rows) {
    assertEquals(
      presenceOf(contacts),
      { type, text },
      JSON.stringify(contacts),
    );
  }
});
