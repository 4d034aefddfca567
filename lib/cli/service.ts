/**
 * `lifesign service`: prints what starts lifesign, and what watches many of them.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import { quote } from "../config/quote.ts";
import { flagOf } from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { check } from "./check.ts";
import { type Command, refuseOperands, usage } from "./invocation.ts";
import { run } from "./run.ts";
import { alertRules } from "./service/alert_rules.ts";
import { cronBlock } from "./service/cron_line.ts";
import { dashboard } from "./service/dashboard.ts";
import { type Deployment, planDeployment } from "./service/deployment.ts";
import { dockerfile } from "./service/dockerfile.ts";
import { initScript } from "./service/init_script.ts";
import { openrcScript } from "./service/openrc_script.ts";
import { planReflector, reflectorSettings } from "./service/reflector.ts";
import { systemdUnit, systemdUserUnit } from "./service/systemd_unit.ts";

/** Something that starts lifesign. */
interface Starter {
  /** The command that it starts. */
  readonly command: Command;
  /** Makes what it reads. `target` is the triple of this build. */
  readonly print: (deployment: Deployment, target: string) => string;
  /** The same for the services of the user who asks; absent if it has none. */
  readonly printOwn?: (deployment: Deployment) => string;
}

const starters: Readonly<Record<string, Starter>> = {
  systemd: { command: run, print: systemdUnit, printOwn: systemdUserUnit },
  cron: { command: check, print: cronBlock },
  procd: { command: run, print: initScript },
  openrc: { command: run, print: openrcScript },
  docker: { command: run, print: dockerfile },
};

/** What watches agents; it is the same for all settings. */
const watchers: Readonly<Record<string, () => string>> = {
  prometheus: () => alertRules,
  grafana: dashboard,
};

const names = [...Object.keys(starters), ...Object.keys(watchers)];

const userSwitch = {
  flag: "--user",
  help: "systemd: a unit for the services of the user who asks",
};

/** Prints what starts lifesign with the present settings, or what watches it. */
export const service: Command = {
  name: "service",
  operands: "KIND [TARGET|SESSION…]",
  operandWords: names,
  isOutputResult: true,
  summary: "print a ready unit for systemd, cron and others",
  details: `KIND is one of ${names.join(", ")}.
systemd, cron, procd (OpenWrt), openrc and docker start lifesign: the settings
have to be in one file. Other flags and environment variables go into what is
printed, but never a UID. prometheus prints alert rules, and grafana a
dashboard, over the metrics that run writes. "systemd gateway --listen
stamp://HOST:PORT --key-file FILE" prints a unit for a reflector.`,
  settings: { ...reflectorSettings, ...run.settings, ...check.settings },
  switches: [userSwitch],
  async run(args, world) {
    world.revokeRun();
    const [name = "", ...sessions] = args.operands;
    const rest = { ...args, operands: sessions };
    const text = name === "systemd" && sessions[0] === "gateway"
      ? await planReflector({ ...rest, operands: sessions.slice(1) }, world)
      : Object.hasOwn(starters, name)
      ? await startText(name, rest, world)
      : Object.hasOwn(watchers, name)
      ? watchText(name, rest)
      : noStarter(args);
    world.terminal.write(text);
    return 0;
  },
};

/** What starts lifesign. Rejects with a `LifesignError` that names all obstacles. */
async function startText(
  name: string,
  args: Arguments,
  world: World,
): Promise<string> {
  const { command, print, printOwn } = starters[name]!;
  const isForUser = args.switches.has(userSwitch.flag);
  const mistakes = isForUser && printOwn === undefined
    ? [strangeFlag(userSwitch.flag, name)]
    : [];
  const { deployment, warnings, isOwn } = await planDeployment(
    { ...args, mistakes: [...args.mistakes, ...mistakes] },
    command,
    world,
  );
  if (isForUser && !isOwn) {
    refuse([{
      kind: "config",
      message:
        `--user: Cannot start as ${deployment.user} there, whose files the settings name: expected files of your own`,
    }]);
  }
  for (const warning of warnings) {
    world.terminal.writeError(`lifesign: ${warning}\n`);
  }
  if (isForUser && printOwn !== undefined) return printOwn(deployment);
  return print(deployment, (await world.build()).target);
}

/** What watches agents. Throws a `LifesignError` for what does not change it. */
function watchText(name: string, args: Arguments): string {
  const flags = [
    ...Object.keys(args.layer).map(flagOf),
    ...args.switches.has(userSwitch.flag) ? [userSwitch.flag] : [],
  ];
  refuse([
    ...args.mistakes,
    ...refuseOperands(args),
    ...flags.map((flag) => strangeFlag(flag, name)),
  ]);
  return watchers[name]!();
}

function strangeFlag(flag: string, name: string): Mistake {
  return {
    kind: "usage",
    message:
      `${flag}: Cannot be used here: "lifesign service ${name}" has no such flag`,
  };
}

/** Throws a `LifesignError` that says what can be printed. */
function noStarter({ operands: [name], mistakes }: Arguments): never {
  const expected = `expected ${names.slice(0, -1).join(", ")} or ${
    names.at(-1)
  }`;
  const message = name === undefined
    ? `Cannot guess what is to start it: ${expected}, e.g. "lifesign service ${
      names[0]
    }"`
    : `Cannot print a unit for ${quote(name)}: ${expected}${
      didYouMean(name, names)
    }`;
  throw new LifesignError([...mistakes, usage(message)]);
}
