/**
 * The terminal as a screen: drawn on as a whole, and given back as it was,
 * also while it is suspended.
 *
 * @module
 */
import type { Screen, ScreenOptions, ScreenSize } from "../world.ts";
import type { Writer } from "./writer.ts";

/** The screen of this process. */
export interface Screens {
  /** Begins to draw; only one at a time. */
  open(options: ScreenOptions): Screen;
  /** Gives the terminal back if it is drawn on; returns whether it was. */
  close(): boolean;
}

/** Where a terminal does not tell its size. */
const usual: ScreenSize = { columns: 80, rows: 24 };

/** The other screen, without a cursor and without line breaks of the terminal's own. */
const enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";

const leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** Makes what takes stdout, whose writer this is, and stdin for drawing. */
export function createScreens(out: Writer): Screens {
  let closeOpen: (() => void) | null = null;

  function open({ onKey, onChange }: ScreenOptions): Screen {
    let isOpen = true;
    let isTaken = false;
    let isDrawing = false;
    let wanted = "";
    let shown = "";

    function begin(): void {
      if (!isOpen) return;
      isTaken = true;
      shown = "";
      setRaw(true);
      out.write(enter);
    }

    function end(): void {
      isTaken = false;
      out.write(leave);
      setRaw(false);
    }

    async function draw(): Promise<void> {
      if (isDrawing) return;
      isDrawing = true;
      while (isTaken && wanted !== shown) {
        shown = wanted;
        out.write(wanted);
        await out.flush();
      }
      isDrawing = false;
    }

    /** Gives the terminal back before a signal takes effect. */
    async function yieldTo(signal: Deno.Signal): Promise<void> {
      end();
      await out.flush();
      try {
        Deno.kill(Deno.pid, signal);
      } catch {
        // Who may not do that goes on.
        resume();
      }
    }

    function quit(): void {
      // Without a listener it does what the system does by default.
      Deno.removeSignalListener("SIGQUIT", quit);
      yieldTo("SIGQUIT");
    }

    function resume(): void {
      begin();
      onChange();
    }

    const listeners: [Deno.Signal, () => void][] = [
      ["SIGWINCH", onChange],
      ["SIGTSTP", () => yieldTo("SIGSTOP")],
      ["SIGQUIT", quit],
      ["SIGCONT", resume],
    ];

    function close(): void {
      if (!isOpen) return;
      isOpen = false;
      closeOpen = null;
      for (const [signal, listener] of listeners) {
        Deno.removeSignalListener(signal, listener);
      }
      end();
    }

    for (const [signal, listener] of listeners) {
      Deno.addSignalListener(signal, listener);
    }
    begin();
    if (Deno.stdin.isTerminal()) {
      readKeys((key) => {
        if (isOpen) onKey(key);
      });
    }
    closeOpen = close;
    return {
      get size() {
        return sizeNow();
      },
      show(lines) {
        wanted = frameOf(lines);
        draw();
      },
      close,
    };
  }

  return {
    open,
    close() {
      const wasOpen = closeOpen !== null;
      closeOpen?.();
      return wasOpen;
    },
  };
}

/** What shows these lines, at once where the terminal can do that. */
function frameOf(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\x1b[K`).join("\r\n");
  return `\x1b[?2026h\x1b[H${text}\x1b[J\x1b[?2026l`;
}

function sizeNow(): ScreenSize {
  const { columns, rows } = consoleSize();
  return columns > 0 && rows > 0
    // What is erased behind the last column would take it along.
    ? { columns: Math.max(1, columns - 1), rows }
    : { ...usual, columns: usual.columns - 1 };
}

function consoleSize(): ScreenSize {
  try {
    return Deno.consoleSize();
  } catch {
    return usual;
  }
}

/** Takes keys one by one and without showing them; signals go on working. */
function setRaw(isRaw: boolean): void {
  if (!Deno.stdin.isTerminal()) return;
  try {
    Deno.stdin.setRaw(isRaw, { cbreak: isRaw });
  } catch {
    // The terminal has hung up.
  }
}

async function readKeys(onKey: (key: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  for (;;) {
    const length = await Deno.stdin.read(buffer).catch(() => null);
    if (length === null) return;
    const text = decoder.decode(buffer.subarray(0, length), { stream: true });
    const keys = text.startsWith("\x1b") ? [text] : text;
    for (const key of keys) onKey(key);
  }
}
