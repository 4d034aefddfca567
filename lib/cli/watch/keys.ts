/**
 * What keys do to a screen, as data.
 *
 * @module
 */

/** The orders of sessions: as they are set, the worst first, by name. */
export const orders = ["as set", "worst first", "by name"] as const;

/** How somebody wants to see it. */
export interface Wishes {
  /** The order of sessions. */
  readonly order: typeof orders[number];
  /** Which session is chosen, from 0 in that order; `null` for none. */
  readonly chosen: number | null;
  /** Whether the chosen one is shown alone. */
  readonly isAlone: boolean;
  /** Whether the keys are listed. */
  readonly showsKeys: boolean;
  /** Whether the screen stays as it is. */
  readonly isPaused: boolean;
}

/** What somebody sees who has pressed nothing. */
export const noWishes: Wishes = {
  order: "as set",
  chosen: null,
  isAlone: false,
  showsKeys: false,
  isPaused: false,
};

/** What else a key asks for. */
export type KeyEffect = "quit" | "ask" | null;

/** What keys stand for, besides their own letters. */
const names: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1bOA": "up",
  k: "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  j: "down",
  "\r": "enter",
  "\n": "enter",
  "\x1b": "escape",
  " ": "p",
};

/** What is wished after a key was pressed, with so many sessions on the screen. */
export function press(
  wishes: Wishes,
  key: string,
  sessions: number,
): [Wishes, KeyEffect] {
  const { order, chosen, isAlone, showsKeys, isPaused } = wishes;
  const choose = (next: number): [Wishes, null] =>
    sessions === 0 ? [wishes, null] : [{
      ...wishes,
      chosen: Math.max(0, Math.min(next, sessions - 1)),
    }, null];
  switch (names[key] ?? key.toLowerCase()) {
    case "q":
      return [wishes, "quit"];
    case "a":
      return [wishes, "ask"];
    case "?":
      return [{ ...wishes, showsKeys: !showsKeys }, null];
    case "p":
      return [{ ...wishes, isPaused: !isPaused }, null];
    case "s": {
      const next = orders[(orders.indexOf(order) + 1) % orders.length]!;
      return [{ ...wishes, order: next }, null];
    }
    case "down":
      return choose(chosen === null ? 0 : chosen + 1);
    case "up":
      return choose(chosen === null ? sessions - 1 : chosen - 1);
    case "enter":
      return chosen === null
        ? choose(0)
        : [{ ...wishes, isAlone: !isAlone }, null];
    case "escape":
      return isAlone
        ? [{ ...wishes, isAlone: false }, null]
        : [{ ...wishes, chosen: null, showsKeys: false }, null];
    default:
      return [wishes, null];
  }
}

/** The keys, for the foot of a screen. */
export function keyLines({ order }: Wishes, mayAsk: boolean): string[] {
  return [
    "↑ ↓ choose a session, Enter shows it alone, Esc goes back",
    `s sorts (${order}), p pauses${
      mayAsk ? ", a asks now" : ""
    }, ? hides this, q leaves`,
  ];
}
