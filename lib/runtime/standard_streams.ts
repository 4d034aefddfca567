/**
 * Stdin, stdout and stderr. Other processes have them open as well, so they are
 * waited for, and never made non-blocking.
 *
 * @module
 */
import { native } from "./native.ts";
import type { Input, Output } from "./offered.ts";
import { ready } from "./ready.ts";

/** A pipe that can be written to has room for this many bytes. */
const atomicBytes = 4096;

/** The standard input. */
export const stdin: Input = {
  async read(buffer) {
    await ready(0, native.EPOLLIN);
    return native.read(0, buffer) || null;
  },
  isTerminal: () => native.isTerminal(0),
  setRaw: (isRaw, { cbreak } = { cbreak: false }) =>
    native.setRaw(isRaw, cbreak),
};

/** The standard output. */
export const stdout: Output = outputOf(1);

/** The standard error output. */
export const stderr: Output = outputOf(2);

function outputOf(fd: number): Output {
  // A file always has room, and can't be waited for.
  let isFile = false;
  return {
    async write(bytes) {
      // Where memory is short nothing can be waited for, and yet has to be told.
      isFile ||= !await ready(fd, native.EPOLLOUT).catch(() => true);
      return native.write(fd, bytes, isFile ? 0 : atomicBytes);
    },
    isTerminal: () => native.isTerminal(fd),
  };
}
