import { assertEquals } from "@std/assert";
import { didYouMean, nearest } from "./nearest.ts";

const words = ["check", "run", "gateway", "demo", "exit-codes", "help"];

Deno.test("nearest() finds the word that is one slip away", () => {
  const rows: [word: string, nearest: string | undefined][] = [
    ["check", "check"],
    ["chekc", "check"],
    ["hceck", "check"],
    ["chck", "check"],
    ["checkk", "check"],
    ["shell", undefined],
    ["rum", "run"],
    ["gatewya", "gateway"],
    ["gtwy", undefined],
    ["exitcode", "exit-codes"],
    ["exit_codes", "exit-codes"],
    ["CHECK", undefined],
    ["status", undefined],
    ["", undefined],
  ];
  for (const [word, expected] of rows) {
    assertEquals(nearest(word, words), expected, word);
  }
});

Deno.test("nearest() prefers the nearer word, then the first one", () => {
  assertEquals(nearest("tial", ["trial", "tail"]), "trial");
  assertEquals(nearest("tial", ["tail", "trial"]), "tail");
  assertEquals(nearest("--tries", ["--trees", "--tries"]), "--tries");
  assertEquals(nearest("check", []), undefined);
});

Deno.test("nearest() takes no word for another one that shares nothing with it", () => {
  for (const word of ["5", "x", "-"]) {
    assertEquals(nearest(word, ["4", "6", "auto"]), undefined, word);
  }
  assertEquals(nearest("a5", ["4", "6"]), undefined);
});

Deno.test("didYouMean() is a question, or nothing", () => {
  assertEquals(didYouMean("chekc", words), '; did you mean "check"?');
  assertEquals(didYouMean("status", words), "");
});
