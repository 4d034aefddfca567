/**
 * A unit for systemd.
 *
 * @module
 */
import type { Deployment } from "./deployment.ts";

/** What systemd makes for sockets and files of ours, below /run. */
const runtimeFolder = "lifesign";

/** Writes the unit; systemd 239 and newer read all of it. */
export function systemdUnit(deployment: Deployment): string {
  return unit(deployment, {
    comment:
      'Printed by "lifesign service systemd", for /etc/systemd/system/lifesign.service',
    conditions: [],
  });
}

/** Writes the unit for a package, which is installed before there are any settings: it starts only if they are there. */
export function packagedUnit(deployment: Deployment): string {
  const { config, user } = deployment;
  return unit(deployment, {
    comment:
      `Starts if there is ${config}, which the user "${user}" has to be able to read.
# "lifesign service systemd" prints one for another user, and for hooks that need more rights.`,
    conditions: [`ConditionPathExists=${config}`],
  });
}

/** What depends on who writes the unit. */
interface Occasion {
  /** The comment at its beginning. */
  readonly comment: string;
  /** Lines that tell when it is not to be started. */
  readonly conditions: readonly string[];
}

function unit(
  deployment: Deployment,
  { comment, conditions }: Occasion,
): string {
  const { executable, config, flags, sessions, user } = deployment;
  const operands = sessions.some((name) => name.startsWith("-"))
    ? ["--", ...sessions]
    : sessions;
  const args = ["run", "-c", config, ...flags, ...operands].map(quoteArgument);
  return `# ${comment}
[Unit]
Description=lifesign keeps login sessions alive
After=network.target
StartLimitIntervalSec=0
${linesOf(conditions)}
[Service]
Type=notify
ExecStart=${quoteWord(executable)} ${args.join(" ")}
ExecReload=/bin/kill -HUP $MAINPID
User=${user}
RuntimeDirectory=${runtimeFolder}
WatchdogSec=60
Restart=always
RestartSec=10
# Dead, or wrong settings: somebody has to fix that first.
RestartPreventExitStatus=10 64 78
${linesOf(hardening(deployment))}
[Install]
WantedBy=multi-user.target
`;
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** What a process without hooks never needs; all of it takes the right to gain rights (NoNewPrivileges). */
const strict = [
  "CapabilityBoundingSet=",
  "LockPersonality=yes",
  "NoNewPrivileges=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallErrorNumber=EPERM",
  "SystemCallFilter=@system-service",
];

/** What the process may not do: a hook, which is the user's own command, may gain rights and change files. */
function hardening({ hasHooks, reads, writes }: Deployment): string[] {
  if (hasHooks) return ["ProtectControlGroups=yes", "ProtectSystem=full"];
  const paths = [...reads, ...writes];
  const folders = writes.map(folderOf).filter((folder) =>
    !isBelow(folder, `/run/${runtimeFolder}`)
  );
  const isInHome = paths.some((path) =>
    ["/home", "/root", "/run/user"].some((home) => isBelow(path, home))
  );
  const isTemporary = paths.some((path) =>
    isBelow(path, "/tmp") || isBelow(path, "/var/tmp")
  );
  return [
    ...strict,
    ...isTemporary ? [] : ["PrivateTmp=yes"],
    "ProtectControlGroups=yes",
    `ProtectHome=${isInHome ? "read-only" : "yes"}`,
    "ProtectProc=invisible",
    "ProtectSystem=strict",
    ...[...new Set(folders)].map((folder) =>
      `ReadWritePaths=${quoteWord(`-${folder}`)}`
    ),
  ];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Quotes a word in which systemd replaces no variables. */
function quoteWord(word: string): string {
  const text = word.replaceAll("%", "%%");
  return /^[\w@%+=:,./$-]+$/.test(text)
    ? text
    : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Quotes a word of a command line behind the first one. */
function quoteArgument(word: string): string {
  return quoteWord(word).replaceAll("$", "$$$$");
}
