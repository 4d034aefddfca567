/**
 * Stands in for `lib/host/abilities.ts`.
 *
 * @module
 */

/** What this runtime can do. */
export const abilities = { hasTls: false, bindsDevices: true };
