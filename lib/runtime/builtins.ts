/**
 * What QuickJS 2025-04-26 lacks of the language: helpers of iterators, and the
 * symbols of resources. It is run before anything else is loaded.
 *
 * @module
 */

type Test = (value: unknown, at: number) => unknown;

const helpers = {
  *map(this: Iterable<unknown>, change: Test): Iterable<unknown> {
    let at = 0;
    for (const value of this) yield change(value, at++);
  },
  *filter(this: Iterable<unknown>, test: Test): Iterable<unknown> {
    let at = 0;
    for (const value of this) if (test(value, at++)) yield value;
  },
  *take(this: Iterable<unknown>, count: number): Iterable<unknown> {
    let left = count;
    if (left <= 0) return;
    for (const value of this) {
      yield value;
      if (--left <= 0) return;
    }
  },
  *drop(this: Iterable<unknown>, count: number): Iterable<unknown> {
    let left = count;
    for (const value of this) if (left-- <= 0) yield value;
  },
  *flatMap(
    this: Iterable<unknown>,
    change: (value: unknown, at: number) => Iterable<unknown>,
  ): Iterable<unknown> {
    let at = 0;
    for (const value of this) yield* change(value, at++);
  },
  reduce(
    this: Iterable<unknown>,
    add: (sum: unknown, value: unknown, at: number) => unknown,
    ...start: unknown[]
  ): unknown {
    let [sum] = start;
    let isEmpty = start.length === 0;
    let at = 0;
    for (const value of this) {
      sum = isEmpty ? value : add(sum, value, at);
      isEmpty = false;
      at++;
    }
    if (isEmpty) throw new TypeError("Reduce of nothing with no initial value");
    return sum;
  },
  toArray(this: Iterable<unknown>): unknown[] {
    return [...this];
  },
  forEach(this: Iterable<unknown>, visit: Test): void {
    let at = 0;
    for (const value of this) visit(value, at++);
  },
  some(this: Iterable<unknown>, test: Test): boolean {
    let at = 0;
    for (const value of this) if (test(value, at++)) return true;
    return false;
  },
  every(this: Iterable<unknown>, test: Test): boolean {
    let at = 0;
    for (const value of this) if (!test(value, at++)) return false;
    return true;
  },
  find(this: Iterable<unknown>, test: Test): unknown {
    let at = 0;
    for (const value of this) if (test(value, at++)) return value;
    return undefined;
  },
};

const iterator = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
);
for (const [name, value] of Object.entries(helpers)) {
  if (name in iterator) continue;
  const rest = { writable: true, configurable: true };
  Object.defineProperty(iterator, name, { value, ...rest });
}

for (const name of ["dispose", "asyncDispose"] as const) {
  if (name in Symbol) continue;
  const value = Symbol(`Symbol.${name}`);
  Object.defineProperty(Symbol, name, { value });
}
