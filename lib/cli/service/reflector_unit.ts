/**
 * A unit for systemd that runs a reflector of STAMP.
 *
 * @module
 */
import { flagOf } from "../../config/settings.ts";
import type { GatewaySettings } from "../gateway/settings.ts";
import { quoteArgument, quoteWord, strict } from "./systemd_unit.ts";

/** The folder that systemd makes for the metrics, since the user exists only while the unit runs. */
export const metricsFolder = "/run/lifesign-gateway";

/** The ports below this one need a right. */
const firstFreePort = 1024;

/** What a reflector is started with. */
export interface Reflecting {
  /** The path of the executable. */
  readonly executable: string;
  /** Its settings. */
  readonly settings: Pick<GatewaySettings, "listen" | "keyFile">;
  /** The texts of those that were given, by name. */
  readonly given: Readonly<Record<string, string>>;
}

/** Writes a unit. systemd 247 and newer read all of it. The key stays root's: systemd hands over a copy. */
export function reflectorUnit(
  { executable, settings: { listen, keyFile }, given }: Reflecting,
): string {
  const flags = Object.entries(given)
    .filter(([name]) => name !== "keyFile")
    .map(([name, text]) =>
      name === "unauthenticated"
        ? flagOf(name)
        : quoteArgument(`${flagOf(name)}=${text}`)
    );
  const key = keyFile === null
    ? []
    : ["--key-file=${CREDENTIALS_DIRECTORY}/key"];
  const command = [quoteWord(executable), "gateway", "-q", ...flags, ...key];
  const right = listen.port < firstFreePort ? "CAP_NET_BIND_SERVICE" : "";
  const lines = [
    '# Printed by "lifesign service systemd gateway", for /etc/systemd/system/lifesign-gateway.service',
    "[Unit]",
    "Description=lifesign answers STAMP (RFC 8762)",
    "After=network-online.target",
    "Wants=network-online.target",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${command.join(" ")}`,
    ...keyFile === null
      ? []
      : [`LoadCredential=key:${keyFile.replaceAll("%", "%%")}`],
    "DynamicUser=yes",
    ...given["metricsFile"] === undefined
      ? []
      : ["RuntimeDirectory=lifesign-gateway"],
    "Restart=always",
    "RestartSec=10",
    "# Wrong settings: somebody has to fix that first.",
    "RestartPreventExitStatus=64 78",
    ...right === "" ? [] : [`AmbientCapabilities=${right}`],
    `CapabilityBoundingSet=${right}`,
    "RestrictAddressFamilies=AF_INET AF_INET6",
    ...strict,
    "PrivateTmp=yes",
    "ProtectControlGroups=yes",
    "ProtectHome=yes",
    "ProtectProc=invisible",
    "ProtectSystem=strict",
    "UMask=0022",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ];
  return lines.join("\n");
}
