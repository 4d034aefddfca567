import { assertEquals } from "@std/assert";
import { modelOf } from "./machine.ts";

Deno.test("modelOf() finds the processor's name, where there is one", () => {
  const rows: [cpuinfo: string, model: string][] = [
    [
      "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: fpu\n",
      "Some CPU @ 2 GHz",
    ],
    ["processor\t: 0\nBogoMIPS\t: 50.00\n", "unknown"],
  ];
  for (const [cpuinfo, model] of rows) assertEquals(modelOf(cpuinfo), model);
});
