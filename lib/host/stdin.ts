/**
 * Lines from stdin.
 *
 * @module
 */

/** The longest part of a line that is kept, in UTF-16 units. */
const maxLength = 64 * 1024;

/** Calls back with each line of stdin, without its line feed. Resolves at the end of stdin, or when it can't be read. */
export async function readLines(
  callback: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let unfinished = "";
  for (;;) {
    const length = await Deno.stdin.read(buffer).catch(() => null);
    if (length === null) break;
    const text = unfinished +
      decoder.decode(buffer.subarray(0, length), { stream: true });
    const lines = text.split("\n");
    unfinished = lines.pop()!.slice(0, maxLength);
    for (const line of lines) callback(line);
  }
  if (unfinished !== "") callback(unfinished);
}
