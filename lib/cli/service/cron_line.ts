/**
 * What belongs into a crontab.
 *
 * @module
 */
import { inShell } from "../../config/trust.ts";
import type { Deployment } from "./deployment.ts";

/** Writes a line that checks every five minutes, between comments by which an older one can be found. */
export function cronBlock(deployment: Deployment): string {
  return `# BEGIN lifesign
# Printed by "lifesign service cron", for the crontab of ${deployment.user}: cron mails
# what is printed, so nothing while the session is alive.
*/5 * * * * ${inCrontab(checkCommand(deployment))}
# END lifesign
`;
}

/** The command in the line, as a shell reads it. */
export function checkCommand(
  { executable, config, args }: Deployment,
): string {
  const words = [executable, "check", "-q", "-c", config, ...args]
    .map(inShell);
  const handler = Object.entries(handlers)
    .map(([pattern, command]) => `${pattern}) ${command};;`);
  return `${words.join(" ")}; case $? in ${handler.join(" ")} esac`;
}

/** What to do for each class of exit codes; users replace these commands. */
const handlers = {
  "0": "",
  "1?": "echo 'Put what logs in again in place of this echo.' ",
  "2?": "",
  "6?|7?": "echo 'Fix the settings, or a file that they name.' ",
  "*": 'echo "lifesign crashed with status $?." ',
};

/** Quotes a command for cron, which takes a bare % for a line feed, and \\\\% for a backslash and a bare %. */
export function inCrontab(command: string): string {
  return command.replaceAll("\\%", "\\''%").replaceAll("%", "\\%");
}
