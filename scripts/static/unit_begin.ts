/**
 * What unit tests need besides the runtime of the static build: it is installed
 * before they are loaded. `unit_end.ts` runs them.
 *
 * @module
 */

/** A test. */
export interface Registered {
  /** Its name. */
  readonly name: string;
  /** Runs it. */
  readonly run: (context: { readonly step: typeof step }) => unknown;
}

/** The body of a test. */
export type Body = Registered["run"];

/** All tests, in their order. */
export const registered: Registered[] = [];

/** Runs a part of a test. */
export async function step(
  name: string | { readonly name: string; readonly fn: Body },
  body?: Body,
): Promise<boolean> {
  const run = typeof name === "string" ? body! : name.fn;
  await run({ step });
  return true;
}

function test(
  name: string | {
    readonly name: string;
    readonly fn: Body;
    readonly ignore?: boolean;
  },
  body?: Body,
): void {
  if (typeof name === "string") registered.push({ name, run: body! });
  else if (!name.ignore) registered.push({ name: name.name, run: name.fn });
}

/** Shows a value, for messages. */
function inspect(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  const text = JSON.stringify(
    value,
    (_, it) =>
      typeof it === "bigint"
        ? `${it}n`
        : it instanceof Map || it instanceof Set
        ? [...it]
        : it,
  );
  return text ?? String(value);
}

Object.assign(Deno, { test, inspect });
// Equality asks what is one of them.
Object.assign(globalThis, { URLSearchParams: class {}, WeakRef: class {} });

// Equality of sets asks for it.
if (!("symmetricDifference" in Set.prototype)) {
  Object.defineProperty(Set.prototype, "symmetricDifference", {
    value(this: Set<unknown>, other: Set<unknown>) {
      const here = [...this].filter((it) => !other.has(it));
      const there = [...other].filter((it) => !this.has(it));
      return new Set([...here, ...there]);
    },
  });
}
