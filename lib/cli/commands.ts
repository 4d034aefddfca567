/**
 * The table of commands.
 *
 * @module
 */
import { check } from "./check.ts";
import { createCompletions } from "./completions.ts";
import { config } from "./config.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { exitCodesCommand } from "./exit_codes.ts";
import { gateway } from "./gateway_command.ts";
import { createHelp } from "./help.ts";
import type { Command } from "./invocation.ts";
import { report } from "./report_command.ts";
import { run } from "./run.ts";
import { service } from "./service.ts";
import { status } from "./status.ts";
import { versionCommand } from "./version_command.ts";
import { watch } from "./watch.ts";

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  check,
  run,
  watch,
  status,
  report,
  doctor,
  gateway,
  demo,
  config,
  exitCodesCommand,
  service,
  createCompletions(() => commands),
  createHelp(() => commands),
  versionCommand,
];
