/**
 * The least that a zip archive can be.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { Bytes } from "./npm.ts";

/** Makes a zip archive of one file, uncompressed. */
export function zip(name: string, data: Bytes): Blob {
  const file = [...new TextEncoder().encode(name)];
  const about = [
    ...int16(20, 0, 0, 0, 33), // the format's version 2.0, stored, 1980-01-01
    ...int32(crc32(data), data.length, data.length),
    ...int16(file.length, 0),
  ];
  const start = [...int32(0x04034b50), ...about, ...file];
  const index = [
    ...int32(0x02014b50),
    ...int16(20),
    ...about,
    ...int16(0, 0, 0),
    ...int32(0, 0),
    ...file,
  ];
  const end = [
    ...int32(0x06054b50),
    ...int16(0, 0, 1, 1),
    ...int32(index.length, start.length + data.length),
    ...int16(0),
  ];
  return new Blob([bytes(start), data, bytes([...index, ...end])]);
}

function int16(...values: number[]): number[] {
  return values.flatMap((value) => [value & 255, value >>> 8]);
}

function int32(...values: number[]): number[] {
  return values.flatMap((value) => int16(value & 65535, value >>> 16));
}

function bytes(list: number[]): Bytes {
  return Uint8Array.from(list);
}
