/**
 * `lifesign service`: prints what makes systemd or cron start lifesign.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import { quote } from "../config/quote.ts";
import { type Mistake, refuse } from "../errors.ts";
import { check } from "./check.ts";
import { type Command, usage } from "./invocation.ts";
import { run } from "./run.ts";
import { cronLine } from "./service/cron_line.ts";
import { type Deployment, planDeployment } from "./service/deployment.ts";
import { planReflector, reflectorSettings } from "./service/reflector.ts";
import { systemdUnit } from "./service/systemd_unit.ts";

/** Something that starts lifesign. */
interface Starter {
  /** The command that it starts. */
  readonly command: Command;
  /** Makes what it reads. */
  readonly print: (deployment: Deployment) => string;
}

const starters: Readonly<Record<string, Starter>> = {
  systemd: { command: run, print: systemdUnit },
  cron: { command: check, print: cronLine },
};

const names = Object.keys(starters);

/** Prints a unit or a line for a crontab that fits the present settings. */
export const service: Command = {
  name: "service",
  operands: `${names.join("|")} [SESSION…]`,
  operandWords: names,
  isOutputResult: true,
  summary: "print a ready unit: systemd or cron",
  details:
    `The settings have to be in one file. Other flags and environment variables go
into what is printed, but never a UID. "service systemd gateway --listen
stamp://HOST:PORT --key-file FILE" prints a unit for a reflector.`,
  settings: { ...reflectorSettings, ...run.settings, ...check.settings },
  switches: [],
  async run(args, world) {
    world.revokeRun();
    const [name, ...sessions] = args.operands;
    if (name === "systemd" && sessions[0] === "gateway") {
      const operands = sessions.slice(1);
      world.terminal.write(await planReflector({ ...args, operands }, world));
      return 0;
    }
    const starter = name !== undefined && Object.hasOwn(starters, name)
      ? starters[name]
      : undefined;
    if (starter === undefined) {
      refuse([...args.mistakes, noStarter(name)]);
      return 64;
    }
    const { deployment, warnings } = await planDeployment(
      { ...args, operands: sessions },
      starter.command,
      world,
    );
    for (const warning of warnings) {
      world.terminal.writeError(`lifesign: ${warning}\n`);
    }
    world.terminal.write(starter.print(deployment));
    return 0;
  },
};

function noStarter(name: string | undefined): Mistake {
  const expected = `expected ${names.join(" or ")}`;
  const message = name === undefined
    ? `Cannot guess what is to start it: ${expected}, e.g. "lifesign service ${
      names[0]
    }"`
    : `Cannot print a unit for ${quote(name)}: ${expected}${
      didYouMean(name, names)
    }`;
  return usage(message);
}
