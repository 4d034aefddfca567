/**
 * The real world, and the end of the process as far as it can be prepared.
 *
 * @module
 */
import type { Terminal, World } from "../world.ts";
import { clock } from "./clock.ts";
import { datagrams } from "./datagrams.ts";
import { files } from "./files.ts";
import { createNames } from "./names.ts";
import { createSignals } from "./signals.ts";
import { readLines } from "./stdin.ts";
import { createWriter } from "./writer.ts";

/** How long unread output may hold up the end after a signal, in ms. */
const patience = 50;

/** The machine that lifesign runs on. */
export interface Host {
  /** What the program sees of it. */
  readonly world: World;
  /** Resolves to 1 when something was thrown that nobody caught; its stack has been written to stderr. */
  readonly crashed: Promise<1>;
  /**
   * Makes everything ready for the process to end with this code: what was
   * written is written, and with 130 the process dies of SIGINT, right here.
   */
  end(code: number): Promise<void>;
}

/** Takes the machine over: from now on nothing that is thrown ends the process by itself. */
export function createHost(): Host {
  const out = createWriter(Deno.stdout);
  const errors = createWriter(Deno.stderr);
  const signals = createSignals();
  const terminal: Terminal = {
    write: out.write,
    writeError: errors.write,
    get isTerminal() {
      return Deno.stdout.isTerminal();
    },
    readLines,
  };
  const world: World = {
    clock,
    datagrams,
    names: createNames(),
    files,
    terminal,
    signals,
    environment: { get: (name) => Deno.env.get(name) },
    random: Math.random,
  };
  return {
    world,
    crashed: new Promise((resolve) => {
      onCrash((error) => {
        errors.write(`lifesign: Crashed: ${describe(error)}\n`);
        resolve(1);
      });
    }),
    async end(code) {
      const written = Promise.all([out.flush(), errors.flush()]);
      const inTime = signals.received
        ? new Promise((resolve) => setTimeout(resolve, patience))
        : written;
      await Promise.race([written, inTime]);
      if (code === 130) signals.dieOf("SIGINT");
    },
  };
}

function onCrash(callback: (error: unknown) => void): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    callback(event.error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    callback(event.reason);
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
