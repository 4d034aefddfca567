/**
 * A unit for systemd.
 *
 * @module
 */
import type { Deployment } from "./deployment.ts";

/** The folder below /run that systemd makes for our sockets and files. */
const runtimeFolder = "lifesign";

/** Writes a unit. systemd 239 and newer read all of it. */
export function systemdUnit(deployment: Deployment): string {
  return unit(
    deployment,
    'Printed by "lifesign service systemd", for /etc/systemd/system/lifesign.service',
  );
}

/** Writes a unit for the services of the user who starts them. Only what needs no privileges is forbidden. */
export function systemdUserUnit(deployment: Deployment): string {
  return unit(
    deployment,
    `Printed by "lifesign service systemd --user", for ~/.config/systemd/user/lifesign.service.
# It ends with the user's last login, unless there was a "loginctl enable-linger".`,
    { isForUser: true },
  );
}

/** Writes the unit for a package. It starts only once the settings are there. */
export function packagedUnit(deployment: Deployment): string {
  const { config, user } = deployment;
  const comment =
    `Starts if there is ${config}, which the user "${user}" has to be able to read.
# "lifesign service systemd" prints one for another user, and for hooks that need more rights.`;
  return unit(deployment, comment, {
    condition: `ConditionPathExists=${config}\n`,
  });
}

function unit(
  deployment: Deployment,
  comment: string,
  { condition = "", isForUser = false } = {},
): string {
  const { executable, config, user } = deployment;
  const args = ["run", "-c", config, ...deployment.args].map(quoteArgument);
  return `# ${comment}
[Unit]
Description=lifesign keeps login sessions alive
${isForUser ? "" : "After=network.target\n"}StartLimitIntervalSec=0
${condition}
[Service]
Type=notify
ExecStart=${quoteWord(executable)} ${args.join(" ")}
ExecReload=/bin/kill -HUP $MAINPID
${isForUser ? "" : `User=${user}\n`}RuntimeDirectory=${runtimeFolder}
WatchdogSec=60
Restart=always
RestartSec=10
# Dead, or wrong settings: somebody has to fix that first.
RestartPreventExitStatus=10 64 78
${(isForUser ? unprivileged : hardening)(deployment).join("\n")}

[Install]
WantedBy=${isForUser ? "default" : "multi-user"}.target
`;
}

/** Takes rights that a process without hooks never needs, and the right to gain any. */
export const strict: readonly string[] = [
  "LockPersonality=yes",
  "NoNewPrivileges=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallErrorNumber=EPERM",
  "SystemCallFilter=@system-service",
];

/** Takes the rights that a service of a user can do without. Hooks may gain rights. */
function unprivileged({ hasHooks }: Deployment): string[] {
  return hasHooks ? [] : [
    "LockPersonality=yes",
    "NoNewPrivileges=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
  ];
}

/** Takes rights from the process. Hooks are the user's own commands, and may gain rights and change files. */
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
    "CapabilityBoundingSet=",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX",
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
export function quoteWord(word: string): string {
  const text = word.replaceAll("%", "%%");
  return /^[\w@%+=:,./$-]+$/.test(text)
    ? text
    : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Quotes a word of a command line behind the first one. */
export function quoteArgument(word: string): string {
  return quoteWord(word).replaceAll("$", "$$$$");
}
