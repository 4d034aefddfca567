/**
 * Says what is going on where it takes longer than two seconds, in one place for
 * all scripts: in a terminal by a line that goes away, elsewhere by a line now
 * and then. It goes to stderr.
 *
 * @module
 */

/** After how many seconds the first line is due. */
const patience = 2;

/** How many seconds are between two lines. */
const pauses = { terminal: 1, elsewhere: 15 };

/** When the next line is due, in seconds since the beginning. */
export function nextLine(
  seconds: number,
  isTerminal: boolean,
): number {
  const pause = isTerminal ? pauses.terminal : pauses.elsewhere;
  return seconds < patience ? patience : seconds + pause;
}

/** What was written to a pipe, without such lines: a busy machine has some, another none. */
export function withoutProgress(stderr: string): string {
  return stderr.replace(/^.+, \d+ s\n/gm, "");
}

/** Something that takes a while. */
export interface Progress extends Disposable {
  /** Writes the line if it is due. A timer does so, too, where code that runs lets it. */
  tick(): void;
}

/** What is going on now. What has begun last has the line. */
const current: object[] = [];

/** Whether the line of a terminal is there. */
let isShown = false;

const write = (text: string) =>
  void Deno.stderr.writeSync(new TextEncoder().encode(text));

/** Erases the line, before something else is written. */
export function hideProgress(): void {
  if (isShown) write("\r\x1b[K");
  isShown = false;
}

/** Tells of something until it is disposed of. */
export function progress(text: string | (() => string)): Progress {
  const isTerminal = Deno.stderr.isTerminal();
  const start = performance.now();
  const own = {};
  let due = nextLine(0, isTerminal);
  const tick = () => {
    const seconds = Math.floor((performance.now() - start) / 1000);
    if (seconds < due || current.at(-1) !== own) return;
    due = nextLine(seconds, isTerminal);
    const line = `${typeof text === "string" ? text : text()}, ${seconds} s`;
    // A line that is wrapped can't be erased.
    write(isTerminal ? `\r\x1b[K${line.slice(0, 79)}` : `${line}\n`);
    isShown = isTerminal;
  };
  current.push(own);
  const timer = setInterval(tick, 500);
  return {
    tick,
    [Symbol.dispose]() {
      clearInterval(timer);
      current.splice(current.indexOf(own), 1);
      hideProgress();
    },
  };
}
