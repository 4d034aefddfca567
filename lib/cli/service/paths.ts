/**
 * Paths that mean the same in another process.
 *
 * @module
 */
import type { SettingText } from "../../config/layers.ts";
import type { Finding } from "../../config/origin.ts";
import { control, quote } from "../../config/quote.ts";

/** What is wrong with a path that does not mean the same everywhere. */
export function relativePath({ text, origin }: SettingText): Finding[] {
  if (text.startsWith("/") && !control.test(text)) return [];
  const what = text === "-" ? "stdin" : quote(text);
  const message =
    `Cannot use ${what} in a unit: expected a path that begins with /, e.g. /var/lib/lifesign/file`;
  return [{ origin, message }];
}
