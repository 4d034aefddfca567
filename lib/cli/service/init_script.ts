/**
 * An init script for OpenWrt.
 *
 * @module
 */
import { inShell } from "../../config/trust.ts";
import type { Deployment } from "./deployment.ts";

/**
 * Writes an init script for procd. It starts an instance for the file with the
 * settings, and one for each file in the folder beside it, `lifesign.d` of
 * `lifesign.conf`.
 */
export function initScript(deployment: Deployment): string {
  const { executable, config, user } = deployment;
  const args = deployment.args.map((word) => ` ${inShell(word)}`).join("");
  const folder = `${config.replace(/\.[^./]*$/, "")}.d`;
  const asUser = user === "root"
    ? ""
    : `  procd_set_param user ${inShell(user)}\n`;
  return `#!/bin/sh /etc/rc.common
# Printed by "lifesign service procd", for /etc/init.d/lifesign: make it
# executable, then "/etc/init.d/lifesign enable" and "start".
# shellcheck shell=dash disable=SC2034

USE_PROCD=1
START=95
STOP=10

start_file() {
  [ -r "$2" ] || return 0
  procd_open_instance "$1"
  procd_set_param command ${inShell(executable)} run -c "$2"${args}
  procd_set_param file "$2"
${asUser}  procd_set_param stdout 1
  procd_set_param stderr 1
  # It ends when its sessions are dead or its settings are wrong, and somebody
  # has to fix that. So after five ends within an hour it is left alone.
  procd_set_param respawn 3600 10 5
  procd_close_instance
}

start_service() {
  start_file lifesign ${inShell(config)}
  for file in ${inShell(folder)}/*.conf; do
    name=\${file##*/}
    start_file "\${name%.conf}" "$file"
  done
}

reload_service() {
  procd_send_signal lifesign
}

service_triggers() {
  procd_add_reload_trigger lifesign
}
`;
}
