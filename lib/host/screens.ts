/**
 * The terminal as a screen. It is given back as it was, also while the process
 * is suspended.
 *
 * @module
 */
import type { Screen, ScreenOptions, ScreenSize } from "../world.ts";
import type { Writer } from "./writer.ts";

/** The screen of this process. */
export interface Screens {
  /** Begins to draw; only one at a time. */
  open(options: ScreenOptions): Screen;
  /** Gives the terminal back; returns false if no screen was open. */
  close(): boolean;
}

/** The size of a terminal that does not tell its own. */
const usualSize: ScreenSize = { columns: 80, rows: 24 };

/** Switches to the other screen, without a cursor and without the terminal's own line breaks. */
const enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";

const leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** Makes the screen of this process, which draws on stdout through this writer and reads keys from stdin. */
export function createScreens(out: Writer): Screens {
  let screen: HostScreen | null = null;
  return {
    open(options) {
      screen = new HostScreen(out, options);
      return screen;
    },
    close: () => screen?.close() ?? false,
  };
}

class HostScreen implements Screen {
  private isOpen = true;
  /** Whether the terminal is drawn on; not while the process is suspended. */
  private isTaken = false;
  private isDrawing = false;
  private wanted = "";
  private shown = "";
  private readonly listeners: [Deno.Signal, () => void][];
  private readonly quit = (): void => {
    // Without a listener the signal does what the system does by default.
    Deno.removeSignalListener("SIGQUIT", this.quit);
    this.yieldTo("SIGQUIT");
  };

  constructor(
    private readonly out: Writer,
    private readonly options: ScreenOptions,
  ) {
    const { onKey, onChange } = options;
    this.listeners = [
      ["SIGWINCH", onChange],
      ["SIGTSTP", () => this.yieldTo("SIGSTOP")],
      ["SIGQUIT", this.quit],
      ["SIGCONT", () => this.resume()],
    ];
    for (const [signal, listener] of this.listeners) {
      Deno.addSignalListener(signal, listener);
    }
    this.take();
    if (!Deno.stdin.isTerminal()) return;
    readKeys((key) => {
      if (this.isOpen) onKey(key);
    });
  }

  get size(): ScreenSize {
    return currentSize();
  }

  show(lines: readonly string[]): void {
    this.wanted = frameOf(lines);
    this.draw();
  }

  /** Gives the terminal back; returns whether it was still open. */
  close(): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    for (const [signal, listener] of this.listeners) {
      Deno.removeSignalListener(signal, listener);
    }
    this.giveBack();
    return true;
  }

  private take(): void {
    if (!this.isOpen) return;
    this.isTaken = true;
    this.shown = "";
    setRaw(true);
    this.out.write(enter);
  }

  private giveBack(): void {
    this.isTaken = false;
    this.out.write(leave);
    setRaw(false);
  }

  private resume(): void {
    this.take();
    this.options.onChange();
  }

  private async draw(): Promise<void> {
    if (this.isDrawing) return;
    this.isDrawing = true;
    while (this.isTaken && this.wanted !== this.shown) {
      this.shown = this.wanted;
      this.out.write(this.wanted);
      await this.out.flush();
    }
    this.isDrawing = false;
  }

  /** Gives the terminal back before a signal takes effect. */
  private async yieldTo(signal: Deno.Signal): Promise<void> {
    this.giveBack();
    await this.out.flush();
    try {
      Deno.kill(Deno.pid, signal);
    } catch {
      // A process without the right to send it goes on.
      this.resume();
    }
  }
}

/** The output that shows these lines; it appears at once where the terminal can do that. */
function frameOf(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\x1b[K`).join("\r\n");
  return `\x1b[?2026h\x1b[H${text}\x1b[J\x1b[?2026l`;
}

function currentSize(): ScreenSize {
  const { columns, rows } = consoleSize();
  return columns > 0 && rows > 0
    // Erasing behind the last column would erase that column, too.
    ? { columns: Math.max(1, columns - 1), rows }
    : { ...usualSize, columns: usualSize.columns - 1 };
}

function consoleSize(): ScreenSize {
  try {
    return Deno.consoleSize();
  } catch {
    return usualSize;
  }
}

/** Lets keys arrive one by one without being shown; signals still work. */
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
