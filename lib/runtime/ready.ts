/**
 * Waiting for descriptors.
 *
 * @module
 */
import { native } from "./native.ts";

/** Resolves when a descriptor is ready; at once, and to false, where it can't be waited for. */
export function ready(fd: number, events: number): Promise<boolean> {
  return new Promise((resolve) => {
    const canWait = native.watch(fd, events | native.EPOLLONESHOT, () => {
      native.unwatch(fd);
      resolve(true);
    });
    if (!canWait) resolve(false);
  });
}
