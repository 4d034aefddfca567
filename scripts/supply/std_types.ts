/**
 * The types of the standard library that its code on npm lacks, with the
 * signatures of the pinned versions. `deno task check` fails for an import that
 * is not declared here.
 *
 * @module
 */

const toString = ["(str: string): string"];
const toAssertEquals = ["<T>(actual: T, expected: T, msg?: string): void"];
const toAssertMatch = [
  "(actual: string, expected: RegExp, msg?: string): void",
];
const errorClass = "ErrorClass: abstract new (...args: any[]) => E";

/** The signatures of functions, by name. */
export const signatures: ReadonlyMap<string, readonly string[]> = new Map([
  ["assert", ["(expr: unknown, msg?: string): asserts expr"]],
  ["assertEquals", toAssertEquals],
  ["assertMatch", toAssertMatch],
  ["assertNotEquals", toAssertEquals],
  ["assertNotMatch", toAssertMatch],
  [
    "assertNotStrictEquals",
    toAssertEquals,
  ],
  ["assertRejects", [
    "(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>",
    `<E extends Error = Error>(fn: () => PromiseLike<unknown>, ${errorClass}, msgIncludes?: string, msg?: string): Promise<E>`,
  ]],
  ["assertStrictEquals", [
    "<T>(actual: unknown, expected: T, msg?: string): asserts actual is T",
  ]],
  ["assertStringIncludes", [
    "(actual: string, expected: string, msg?: string): void",
  ]],
  ["assertThrows", [
    "(fn: () => unknown, msg?: string): unknown",
    `<E extends Error = Error>(fn: () => unknown, ${errorClass}, msgIncludes?: string, msg?: string): E`,
  ]],
  ["bold", toString],
  ["dim", toString],
  ["green", toString],
  // Only the options that the project uses.
  ["parseArgs", [
    `<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options?: {
  boolean?: readonly B[];
  string?: readonly S[];
  collect?: readonly C[];
  default?: D;
}):
  & { _: (string | number)[] }
  & { [K in B]: boolean }
  & { [K in Extract<S, C>]: string[] }
  & { [K in Exclude<Extract<S, keyof D>, C>]: string | D[K] }
  & { [K in Exclude<S, C | keyof D>]?: string }`,
  ]],
  ["red", toString],
  ["stripAnsiCode", ["(string: string): string"]],
  ["yellow", toString],
]);
