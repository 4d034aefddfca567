/**
 * Lines from stdin.
 *
 * @module
 */

/** No line that anybody would type is longer, in UTF-16 units. */
const longest = 64 * 1024;

/** Calls back with each line of stdin, without its line feed, which the last one may lack. Its end, or that it can't be read, is not reported. */
export async function readLines(
  callback: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let rest = "";
  for (;;) {
    const length = await Deno.stdin.read(buffer).catch(() => null);
    if (length === null) break;
    const text = rest +
      decoder.decode(buffer.subarray(0, length), { stream: true });
    const lines = text.split("\n");
    rest = lines.pop()!.slice(0, longest);
    for (const line of lines) callback(line);
  }
  if (rest !== "") callback(rest);
}
