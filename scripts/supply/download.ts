/**
 * Downloads files whose content is known.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { type Bytes, checkSum } from "../sums.ts";

/** Downloads a file with a known SHA-256 by HTTPS; throws an `Error` otherwise. */
export async function download(url: string, sha256: string): Promise<Bytes> {
  using _ = progress(`downloading ${url}`);
  const signal = AbortSignal.timeout(600_000);
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new Error(`Cannot take ${url}: the server says ${response.status}`);
  }
  const bytes = await response.bytes();
  await checkSum(bytes, sha256, url);
  return bytes;
}
