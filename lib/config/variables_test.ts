import { assertEquals } from "@std/assert";
import { exitCodes } from "../exit_code.ts";
import { variables } from "./settings.ts";
import { hookVariables, loginVariables, misspelled } from "./variables.ts";

Deno.test("misspelled() names the setting that a variable was meant to be", () => {
  const rows: [name: string, meant: string][] = [
    ["LIFESIGN_GATWAY", "LIFESIGN_GATEWAY"],
    ["LIFESIGN_UIDFILE", "LIFESIGN_UID_FILE"],
    ["LIFESIGN_TIMEOUT_", "LIFESIGN_TIMEOUT"],
    ["LIFESIGN_gateway", "LIFESIGN_GATEWAY"],
    ["LIFESIGN_HOOK_TIMEOT", "LIFESIGN_HOOK_TIMEOUT"],
    ["LIFESIGN_CONFG", "LIFESIGN_CONFIG"],
  ];
  for (const [name, meant] of rows) {
    assertEquals(misspelled([name]), [
      `${name}: Cannot use the variable: there is no such setting; did you mean "${meant}"?`,
    ]);
  }
});

Deno.test("misspelled() leaves alone what others set, and what lifesign itself sets", () => {
  const container = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_METRICS"]
    .concat(["PORT", "PORT_9100_TCP", "PORT_9100_TCP_ADDR"])
    .concat(["PORT_9100_TCP_PORT", "PORT_9100_TCP_PROTO", "VERSION", "HOME"]);
  const forEval = exitCodes.flatMap((row) => "name" in row ? [row.name] : []);
  assertEquals(
    misspelled([
      ...variables,
      ...hookVariables,
      ...loginVariables,
      ...container.map((name) => `LIFESIGN_${name}`),
      ...forEval.map((name) => `LIFESIGN_EXIT_${name}`),
      "LIFESIGN_",
    ]),
    [],
  );
});
