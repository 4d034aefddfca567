import { assertEquals } from "@std/assert";
import { checkFiles } from "./files.ts";
import { type Layer, resolve } from "./layers.ts";
import { agentSettings } from "./settings.ts";

Deno.test("checkFiles() refuses one file for two things", () => {
  const origin = { type: "flag", name: "--metrics-file" } as const;
  const layer = (statusFile: string | null, metricsFile: string): Layer => ({
    ...statusFile !== null && {
      statusFile: { text: statusFile, origin: { type: "default" } },
    },
    metricsFile: { text: metricsFile, origin },
  });
  const message =
    "Cannot write metrics_file where status_file is: expected another file, e.g. /run/a.metrics_file";
  const rows: [
    status: string | null,
    metrics: string,
    message: string | null,
  ][] = [
    ["/run/a", "/run/a", message],
    ["/run/a", "/run/b", null],
    [null, "/run/a", null],
    // What can't be read at all is told elsewhere.
    ["-", "-", null],
  ];
  for (const [status, metrics, message] of rows) {
    assertEquals(
      checkFiles(resolve(agentSettings, [layer(status, metrics)])),
      message === null ? [] : [{ origin, message }],
    );
  }
});
