/**
 * What is known, on the screen: drawn when it has changed, and once a second.
 *
 * @module
 */
import type { World } from "../../world.ts";
import { render, type View } from "./render.ts";
import type { WatchState } from "./state.ts";

/** A screen that shows what is known. */
export interface Display {
  /** Something has changed. */
  update(): void;
  /** Gives the terminal back, and leaves there what was known last. */
  close(): void;
}

/** What is displayed, and to whom. */
export interface DisplayOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "terminal">;
  /** What is known at present. */
  readonly state: () => WatchState;
  /** Called when somebody wants to leave. */
  readonly onQuit: () => void;
}

/** From one drawing to the next, in ms: at least, and at most if nothing happens. */
const pause = { least: 250, most: 1_000 };

/** Drawing many sessions holds everything up: the pause after it is this many times as long. */
const pausePerWork = 20;

/** Whether there is a terminal to draw on. */
export function canDraw(
  { environment, terminal }: Pick<World, "environment" | "terminal">,
): boolean {
  return terminal.isTerminal && environment.get("TERM") !== "dumb";
}

/** Begins to draw. */
export function openDisplay(
  { world: { clock, terminal }, state, onQuit }: DisplayOptions,
): Display {
  const { hasColours: colours, isInteractive: hasKeys } = terminal;
  let notBefore = -Infinity;
  let due = Infinity;
  let isClosed = false;
  let cancel = () => {};
  const screen = terminal.openScreen({
    onKey(key) {
      if (key === "q" || key === "Q") onQuit();
    },
    onChange: draw,
  });

  function linesNow(options: Pick<View, "rows" | "colours" | "isLast">) {
    const { columns } = screen.size;
    const { zone } = clock;
    const now = clock.wallTime();
    const present = { now, zone, hasKeys };
    return render(state(), { columns, ...options, ...present });
  }

  function draw(): void {
    cancel();
    const start = clock.now();
    due = Infinity;
    const { rows } = screen.size;
    screen.show(linesNow({ rows, colours, isLast: false }));
    const cost = clock.now() - start;
    notBefore = start + Math.max(pause.least, pausePerWork * cost);
    drawAt(Math.max(start + pause.most, notBefore));
  }

  function drawAt(at: number): void {
    if (isClosed || at >= due) return;
    cancel();
    due = at;
    cancel = clock.setTimer(at, draw);
  }

  draw();
  return {
    update: () => drawAt(Math.max(clock.now(), notBefore)),
    close() {
      isClosed = true;
      cancel();
      // The shell's prompt stands below.
      const rows = screen.size.rows - 1;
      const lines = linesNow({ rows, colours: false, isLast: true });
      screen.close();
      terminal.write(lines.map((line) => `${line}\n`).join(""));
    },
  };
}
