/**
 * A service script for OpenRC.
 *
 * @module
 */
import { inShell } from "../../config/trust.ts";
import type { Deployment } from "./deployment.ts";

/** Writes a script for /etc/init.d, which OpenRC's supervisor starts again whenever it ends. */
export function openrcScript(
  { executable, config, args, user }: Deployment,
): string {
  // OpenRC has a shell read it once more.
  const words = ["run", "-c", config, ...args].map(inShell).join(" ");
  return `#!/sbin/openrc-run
# Printed by "lifesign service openrc", for /etc/init.d/lifesign
# shellcheck shell=sh disable=SC1003,SC2016,SC2034

description="lifesign keeps login sessions alive"
extra_started_commands="reload"
supervisor=supervise-daemon
command=${inShell(executable)}
command_args=${inShell(words)}
command_user=${inShell(user)}
respawn_delay=10
respawn_max=0
output_logger="logger -t lifesign"
error_logger="logger -t lifesign"

depend() {
	after net firewall
	use dns logger
}

reload() {
	ebegin "Reading the settings of lifesign again"
	supervise-daemon "$RC_SVCNAME" --signal HUP
	eend $?
}
`;
}
