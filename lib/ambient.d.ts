/**
 * What lib/ may use of its runtime besides the language itself. Outside of
 * lib/host/ the compiler knows nothing else: the rest comes through world.ts.
 *
 * @module
 */

/** Reads UTF-8. */
declare class TextDecoder {
  /** With `fatal`, decoding throws a `TypeError` for what is no UTF-8. */
  constructor(label?: "utf-8", options?: { readonly fatal?: boolean });
  /** With `stream`, a character may be cut off at the end. */
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Writes UTF-8. */
declare class TextEncoder {
  /** The bytes of a text; none if it is absent. */
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

/** A URL. */
declare class URL {
  /** Reads a URL; throws a `TypeError` if the text is none. */
  constructor(text: string);
  /** Its host, without a port. */
  readonly hostname: string;
}

/** What unit tests need of Deno. */
declare namespace Deno {
  /** The argument of a test. */
  interface TestContext {
    /** Runs a part of the test. */
    step(name: string, run: () => void | Promise<void>): Promise<boolean>;
  }
  /** Registers a test. */
  function test(
    name: string,
    run: (t: TestContext) => void | Promise<void>,
  ): void;
}
