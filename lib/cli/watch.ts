/**
 * `lifesign watch`: keeps sessions alive as `run` does, or looks at an agent
 * that does, with a live screen.
 *
 * @module
 */
import { flagOf } from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, requestOf, usage } from "./invocation.ts";
import { keepingSettings, keepSessions } from "../run/keeping.ts";
import { configuredFile, namedFile } from "./named_file.ts";
import { agentState } from "./status_file.ts";
import { canDraw } from "./watch/display.ts";
import { lookAtAgent } from "./watch/look.ts";
import { createOwnScreen } from "./watch/own_screen.ts";
import { presentOf, readStatus } from "../run/read_status.ts";

/** Shows sessions live. */
export const watch: Command = {
  name: "watch",
  operands: "[TARGET|SESSION…]",
  summary: "run, or look at a running agent, with a live screen",
  details:
    `With --status-file it shows the running agent that writes this file. It does
the same if only --config is on the command line, status_file is set in a file
or in the environment, and that agent still reports. Otherwise it keeps the
sessions alive itself, as run does. MISS is the share of cycles without a sign
of life over 15 minutes and over 24 hours. × is a cycle without a sign of
life, · one with an unknown round trip, and a digit is the number of tries.
Without a terminal it prints lines instead of a screen.

q, SIGTERM and the end of the terminal end it with 0, whatever the verdicts. ?
lists the keys.`,
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
      // This runs no hooks, but needs the right to run, to die of SIGINT and to be suspended.
      return await lookAtAgent({ path, names: args.operands }, world);
    }
    const screen = canDraw(world)
      ? createOwnScreen(world)
      : { observers: () => [] };
    const options = { isQuiet: false, ...screen };
    return await keepSessions(requestOf(args, "run"), world, options);
  },
};

/** The status file of an agent to look at. Without one it is `null`: this process keeps the sessions alive. */
async function pathToLookAt(
  args: Arguments,
  world: World,
): Promise<string | null> {
  const { statusFile, config: _config, ...others } = args.layer;
  if (statusFile !== undefined) {
    refuse([...args.mistakes, ...Object.keys(others).map(needless)]);
    return await namedFile(args, world, "statusFile");
  }
  if (Object.keys(others).length > 0 || args.incomplete.size > 0) return null;
  const { path } = await configuredFile(args, world, "statusFile");
  return path !== null && await isReporting(path, world) ? path : null;
}

function needless(setting: string): Mistake {
  return usage(
    `Cannot use ${
      flagOf(setting)
    } together with --status-file: the agent that is looked at has its own settings`,
  );
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
