/**
 * `lifesign watch`: keeps sessions alive as `run` does, or looks at an agent
 * that does, with a live screen.
 *
 * @module
 */
import { flagOf } from "../config/settings.ts";
import { LifesignError, refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, keepingRequest } from "./invocation.ts";
import { keepingSettings, keepSessions } from "../run/keeping.ts";
import { configuredFile } from "./named_file.ts";
import { agentState, statusPath } from "./status_file.ts";
import { canDraw } from "./watch/display.ts";
import { lookAtAgent } from "./watch/look.ts";
import { createOwnScreen } from "./watch/own_screen.ts";
import { presentOf, readStatus } from "../run/read_status.ts";

/** Shows sessions live. */
export const watch: Command = {
  name: "watch",
  operands: "[SESSION…]",
  summary: "run, or look at a running agent, with a live screen",
  details:
    `With --status-file it shows the running agent that writes this file. It does the
same if only --config is on the command line, status_file is set in a file or in
the environment, and that agent still reports. Otherwise it keeps the sessions
alive itself, as run does. NO LIFE is the share of cycles without a sign of life
over 15 minutes and over 24 hours. × is a cycle without a sign of life, · one
with an unknown round trip, and a digit is the number of tries. Without a
terminal it prints lines instead of a screen.

q, SIGTERM and the end of the terminal end it with 0, whatever the verdicts.`,
  settings: {
    ...keepingSettings,
    statusFile: {
      ...keepingSettings.statusFile,
      help: "look at the running agent that writes this file",
    },
  },
  switches: [],
  async run(args, world) {
    const path = await pathToLookAt(args, world);
    if (path !== null) {
      // Nothing is run here, but who may run nothing can't die of SIGINT or be suspended, either.
      return await lookAtAgent({ path, names: args.operands }, world);
    }
    if (!canDraw(world)) {
      return await keepSessions(keepingRequest(args), world, {
        isQuiet: false,
        observers: () => [],
      });
    }
    const { observer, takeLine } = createOwnScreen(world);
    return await keepSessions(keepingRequest(args), world, {
      isQuiet: false,
      observers: (sessionStats, stop) => [observer(sessionStats, stop)],
      takeLine,
    });
  },
};

/** The status file of an agent to look at; `null` if there is none, so that this one is to be it. */
async function pathToLookAt(
  args: Arguments,
  world: World,
): Promise<string | null> {
  const { statusFile, config: _config, ...others } = args.layer;
  if (statusFile !== undefined) {
    refuse([...args.mistakes, ...needless(Object.keys(others))]);
    return await statusPath(args, world);
  }
  if (Object.keys(others).length > 0 || args.incomplete.size > 0) return null;
  const { path } = await configuredFile(args, world, "statusFile");
  return path !== null && await isReporting(path, world) ? path : null;
}

function needless(settings: readonly string[]) {
  return settings.map((setting) => ({
    kind: "usage" as const,
    message: `lifesign: Cannot use ${
      flagOf(setting)
    } together with --status-file: the agent that is looked at has its own settings`,
  }));
}

/** Whether an agent keeps a status file up to date. */
async function isReporting(path: string, world: World): Promise<boolean> {
  try {
    const document = await readStatus(path, world);
    return agentState(document, await presentOf(world)) === "running";
  } catch (error) {
    if (!(error instanceof LifesignError)) throw error;
    return false;
  }
}
