/**
 * Environment variables that were probably meant to be settings.
 *
 * @module
 */
import { nearest } from "../nearest.ts";
import { visible } from "../visible.ts";
import { variablePrefix, variables } from "./settings.ts";

/** What `run` tells hooks of transitions and cycles. */
export const hookVariables = [
  "LIFESIGN_HOOK_EVENT",
  "LIFESIGN_HOOK_SESSION",
  "LIFESIGN_HOOK_VERDICT",
  "LIFESIGN_HOOK_PREVIOUS",
  "LIFESIGN_HOOK_SINCE",
  "LIFESIGN_HOOK_GATEWAY",
  "LIFESIGN_HOOK_EXIT_CODE",
] as const;

/** What it tells logins besides. */
export const loginVariables = [
  "LIFESIGN_LOGIN_ATTEMPT",
  "LIFESIGN_LOGIN_REASON",
  "LIFESIGN_LOGIN_LAST_EXIT",
] as const;

/** What a hook may be told: nothing that {@linkcode misspelled} takes for a mistake. */
export type HookEnvironment = Readonly<
  Partial<
    Record<
      (typeof hookVariables | typeof loginVariables)[number],
      string
    >
  >
>;

/**
 * Warnings about variables whose names are near that of a setting. Others may be
 * somebody else's: a container gets `LIFESIGN_PORT` for a service of that name.
 */
export function misspelled(names: readonly string[]): string[] {
  const known: readonly (readonly string[])[] = [
    variables,
    hookVariables,
    loginVariables,
  ];
  const keyOf = (name: string) => name.slice(variablePrefix.length);
  return names.filter((name) => !known.some((those) => those.includes(name)))
    .flatMap((name) => {
      const near = nearest(keyOf(name).toUpperCase(), variables.map(keyOf));
      return near === undefined ? [] : [
        `${
          visible(name)
        }: Cannot use the variable: there is no such setting; did you mean "${variablePrefix}${near}"?`,
      ];
    });
}
