/**
 * Draws on the screen when something has changed, and once a second.
 *
 * @module
 */
import type { World } from "../../world.ts";
import { screenLines, type View } from "./screen_lines.ts";
import { noWishes, press } from "./keys.ts";
import type { WatchState } from "./state.ts";

/** A screen that is drawn on. */
export interface Display {
  /** Draws soon, since something has changed. */
  update(): void;
  /** Gives the terminal back, and leaves the last state there. */
  close(): void;
}

/** What to draw, and where. */
export interface DisplayOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "terminal">;
  /** What to show now. */
  readonly state: () => WatchState;
  /** Called when somebody presses `q`. */
  readonly onQuit: () => void;
  /** Called when somebody wants all sessions to be asked now; absent if nobody can. */
  readonly onAsk?: () => void;
}

/** The shortest and the longest time from one drawing to the next, in ms. */
const pauseMs = { least: 250, most: 1_000 };

/** How many times longer than a drawing the pause after it is: drawing many sessions holds up their heartbeats. */
const pausePerWork = 20;

/** Whether there is a terminal to draw on. */
export function canDraw(
  { environment, terminal }: Pick<World, "environment" | "terminal">,
): boolean {
  return terminal.isTerminal && environment.get("TERM") !== "dumb";
}

/** Begins to draw. */
export function openDisplay(
  { world: { clock, terminal }, state, onQuit, onAsk }: DisplayOptions,
): Display {
  const { hasColours: colours, isInteractive: hasKeys } = terminal;
  let notBefore = -Infinity;
  let due = Infinity;
  let isClosed = false;
  let cancel = () => {};
  let wishes = noWishes;
  /** What was there when it was paused; `null` while it goes on. */
  let frozen: { readonly state: WatchState; readonly now: number } | null =
    null;
  const present = () => ({ state: state(), now: clock.wallTime() });
  const screen = terminal.openScreen({
    onKey(key) {
      const { sessions } = (frozen ?? present()).state;
      const [next, effect] = press(wishes, key, sessions.length);
      wishes = next;
      if (!wishes.isPaused) frozen = null;
      else frozen ??= present();
      if (effect === "quit") return onQuit();
      if (effect === "ask") onAsk?.();
      draw();
    },
    onChange: draw,
  });

  function linesNow(options: Pick<View, "rows" | "colours" | "isLast">) {
    const { state, now } = options.isLast ? present() : frozen ?? present();
    return screenLines(state, {
      columns: screen.size.columns,
      now,
      wishes,
      mayAsk: onAsk !== undefined,
      zone: clock.zone,
      hasKeys,
      ...options,
    });
  }

  function draw(): void {
    cancel();
    const start = clock.now();
    due = Infinity;
    const { rows } = screen.size;
    screen.show(linesNow({ rows, colours, isLast: false }));
    const cost = clock.now() - start;
    notBefore = start + Math.max(pauseMs.least, pausePerWork * cost);
    drawAt(Math.max(start + pauseMs.most, notBefore));
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
