/**
 * What processes write, as a stream.
 *
 * @module
 */
import { native } from "./native.ts";
import type { ByteStream } from "./offered.ts";
import { ready } from "./ready.ts";
import { join, TextDecoder } from "./text.ts";

/** How many bytes are read at a time. */
const chunkBytes = 16 * 1024;

/** The bytes that come from a descriptor, which is closed at their end. */
export class DescriptorStream implements ByteStream {
  private isOpen = true;

  /** Takes over a descriptor. */
  constructor(private readonly fd: number) {}

  /** See {@linkcode ByteStream}. */
  getReader(): ReturnType<ByteStream["getReader"]> {
    return {
      read: async () => {
        const value = await this.next();
        return value === null ? { done: true } : { done: false, value };
      },
      cancel: async () => await this.close(),
    };
  }

  /** The same as text. */
  async *pipeThrough(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const bytes of this) {
      const text = decoder.decode(bytes, { stream: true });
      if (text !== "") yield text;
    }
    const rest = decoder.decode();
    if (rest !== "") yield rest;
  }

  /** The bytes as they come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let bytes; (bytes = await this.next()) !== null;) yield bytes;
  }

  /** All bytes up to the end. */
  async all(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    for await (const part of this) parts.push(part);
    return join(parts);
  }

  /** The next bytes; `null` at the end. */
  private async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      if (this.isOpen) await ready(this.fd, native.EPOLLIN);
      if (!this.isOpen) return null;
      const buffer = new Uint8Array(chunkBytes);
      const length = native.read(this.fd, buffer);
      if (length > 0) return buffer.subarray(0, length);
      this.close();
      return null;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Closes the descriptor. */
  private close(): void {
    if (this.isOpen) native.close(this.fd);
    this.isOpen = false;
  }
}
