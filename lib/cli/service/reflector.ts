/**
 * What it takes to start a reflector with the flags that are given.
 *
 * @module
 */
import { resolve } from "../../config/layers.ts";
import { mistakesOf } from "../../config/origin.ts";
import { flagOf } from "../../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../../errors.ts";
import { readSettingFile } from "../../run/setting_files.ts";
import type { SettingsTable } from "../../setting.ts";
import type { World } from "../../world.ts";
import type { Arguments } from "../arguments.ts";
import {
  conflicts,
  type GatewaySettings,
  settings,
} from "../gateway/settings.ts";
import { refuseOperands } from "../invocation.ts";
import { metricsFolder, reflectorUnit } from "./reflector_unit.ts";

const { listen, unauthenticated, maxAge, limit, keyFile, metricsFile } =
  settings;

/** The settings that a unit for a reflector may have. */
export const reflectorSettings: SettingsTable<
  Pick<
    GatewaySettings,
    | "listen"
    | "unauthenticated"
    | "maxAge"
    | "limit"
    | "keyFile"
    | "metricsFile"
  >
> = { listen, unauthenticated, maxAge, limit, keyFile, metricsFile };

/** Writes a unit for a reflector; warns of a key that can't be read now. Rejects with a `LifesignError` that names all obstacles. */
export async function planReflector(
  args: Arguments,
  world: Pick<World, "environment" | "executable" | "files" | "terminal">,
): Promise<string> {
  const strange = Object.keys(args.layer)
    .filter((name) => !Object.hasOwn(reflectorSettings, name))
    .map((name): Mistake => ({
      kind: "usage",
      message: `${
        flagOf(name)
      }: Cannot be used here: expected flags of a reflector, e.g. --listen stamp://192.0.2.1:862`,
    }));
  const mistakes = [...args.mistakes, ...refuseOperands(args), ...strange];
  const resolved = resolve(settings, [args.layer]);
  if ("findings" in resolved) {
    throw new LifesignError([...mistakes, ...mistakesOf(resolved.findings)]);
  }
  const { settings: values } = resolved;
  refuse([
    ...mistakes,
    ...conflicts(values, args.layer),
    ...obstacles(values),
  ]);
  if (values.keyFile !== null) {
    const { keyFileContent } = await import("../../protocol/stamp.ts");
    const kind = { setting: "keyFile", kind: keyFileContent, world };
    const found = await readSettingFile(values.keyFile, kind);
    if ("mistake" in found) {
      world.terminal.writeError(`lifesign: ${found.mistake.message}\n`);
    }
  }
  const given = Object.entries(args.layer)
    .flatMap(([name, it]) => it === undefined ? [] : [[name, it.text]]);
  return reflectorUnit({
    executable: world.executable,
    settings: values,
    given: Object.fromEntries(given),
  });
}

/** What a unit can't do. */
function obstacles(
  { listen, keyFile, metricsFile }: GatewaySettings,
): Mistake[] {
  const config = (message: string): Mistake => ({ kind: "config", message });
  if (listen.scheme !== "stamp") {
    return [config(
      "--listen: Cannot start a simulation as a service: expected a reflector, e.g. --listen stamp://192.0.2.1:862",
    )];
  }
  const relative = keyFile === null || /^\/[^\p{Cc}]+$/u.test(keyFile)
    ? []
    : [config(
      "--key-file: Cannot use it in a unit: expected a path that begins with /, e.g. /etc/lifesign/stamp.key",
    )];
  const isOwn = metricsFile === null ||
    /^[^/]+$/.test(metricsFile.slice(metricsFolder.length + 1)) &&
      metricsFile.startsWith(`${metricsFolder}/`);
  return isOwn ? relative : [
    ...relative,
    config(
      `--metrics-file: Cannot write there, since the unit has a user of its own: expected a file in ${metricsFolder}, e.g. ${metricsFolder}/metrics.prom`,
    ),
  ];
}
