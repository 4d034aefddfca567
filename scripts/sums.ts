/**
 * Checksums of bytes and of files.
 *
 * @module
 */

/** Bytes that the web APIs take. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Hashes bytes. */
export async function digest(algorithm: string, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, data));
}

/** The SHA-256 of bytes, or of a text in UTF-8, in hexadecimal. */
export async function sha256(data: Bytes | string): Promise<string> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  return (await digest("SHA-256", bytes)).toHex();
}

/** The list of `sha256sum` for files in a folder. */
export async function sumsOf(
  folder: string,
  names: readonly string[],
): Promise<string> {
  let list = "";
  for (const name of names) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    list += `${await sha256(bytes)}  ${name}\n`;
  }
  return list;
}

/** Throws an `Error` unless bytes have this SHA-256, in hexadecimal. */
export async function checkSum(
  bytes: Bytes,
  expected: string,
  what: string,
): Promise<void> {
  const actual = await sha256(bytes);
  if (actual === expected) return;
  throw new Error(
    `Cannot take ${what}: its SHA-256 is "${actual}", expected "${expected}"`,
  );
}
