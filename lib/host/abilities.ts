/**
 * What Deno can do and the static build can't, and the other way round.
 *
 * @module
 */

/** What a runtime can do. */
export interface Abilities {
  /** Whether it can secure connections. */
  readonly hasTls: boolean;
  /** Whether it can bind sockets to an interface. */
  readonly bindsDevices: boolean;
}

/** What this one can do. */
export const abilities: Abilities = { hasTls: true, bindsDevices: false };
