/**
 * What lib/ may use of its runtime besides the language itself. All else that
 * reaches the outside comes through the interfaces of world.ts, and only
 * lib/host/ can name it: in every other file the compiler doesn't know it.
 *
 * @module
 */

/** Reads UTF-8. */
declare class TextDecoder {
  /** With `fatal`, it throws a `TypeError` for what is no UTF-8. */
  constructor(label?: "utf-8", options?: { readonly fatal?: boolean });
  /** With `stream`, a character may be cut off at the end. */
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Writes UTF-8. */
declare class TextEncoder {
  /** The bytes of a text; none if it is absent. */
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

/** An address, as browsers understand it. */
declare class URL {
  /** Throws a `TypeError` if the text is no URL. */
  constructor(text: string);
  /** Its host, without a port. */
  readonly hostname: string;
}

/** All that unit tests need of Deno. */
declare namespace Deno {
  /** What a test gets. */
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
