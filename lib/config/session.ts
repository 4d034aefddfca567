/**
 * A session's settings checked against each other.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { type Layer, originOf } from "./layers.ts";
import { placeOf } from "./origin.ts";
import { familyOf, formatDuration, type GatewayAddress } from "./parsers.ts";
import type { SessionSettings } from "./settings.ts";

/** A session's settings that fit together. */
export interface Session extends SessionSettings {
  /** What users call it. */
  readonly name: string;
  /** Where the gateway is. */
  readonly gateway: GatewayAddress;
}

/**
 * What is wrong with which settings there are, whatever they say; those that
 * are `incomplete` will be there once they have a value.
 */
export function checkPresence(
  origins: Layer,
  incomplete: ReadonlySet<string> = new Set(),
): Mistake[] {
  const has = (setting: keyof SessionSettings) =>
    origins[setting] !== undefined || incomplete.has(setting);
  const mistakes: Mistake[] = [];
  const say = (message: string) => mistakes.push({ kind: "config", message });
  if (!has("gateway")) {
    say(
      "lifesign: Cannot reach a gateway: none is named, --gateway or LIFESIGN_GATEWAY is wanted",
    );
  }
  if (!has("uid") && !has("uidFile")) {
    say(
      "lifesign: Cannot send a heartbeat: no UID is given, --uid, --uid-file, LIFESIGN_UID or LIFESIGN_UID_FILE is wanted",
    );
  }
  if (origins["uid"] && origins["uidFile"]) {
    say(
      `${
        placeOf(origins["uid"].origin)
      }: Cannot use uid and uid_file together: one of them is wanted`,
    );
  }
  return mistakes;
}

/** Checks a session's settings against each other. `cycles` tells whether it will have more than one cycle. */
export function checkSession(
  name: string,
  { settings, origins }: {
    readonly settings: SessionSettings;
    readonly origins: Layer;
  },
  { cycles }: { readonly cycles: boolean },
): Session | { readonly mistakes: readonly Mistake[] } {
  const { gateway, bind, family, interval, jitter, giveUpAfter } = settings;
  const messages: string[] = [];
  const say = (setting: keyof SessionSettings, message: string) =>
    messages.push(`${placeOf(originOf(origins, setting))}: ${message}`);

  for (
    const [setting, host] of [["gateway", gateway?.host], [
      "bind",
      bind,
    ]] as const
  ) {
    const found = familyOf(host ?? "");
    if (found !== null && family !== "auto" && found !== family) {
      say(setting, `Cannot use ${host}: an IPv${family} address is wanted`);
    }
  }
  const [here, there] = [familyOf(bind ?? ""), familyOf(gateway?.host ?? "")];
  if (family === "auto" && here && there && here !== there) {
    say(
      "bind",
      `Cannot reach ${gateway?.host} from ${bind}: an IPv${there} address is wanted`,
    );
  }
  if (cycles && giveUpAfter !== null && giveUpAfter <= interval) {
    say(
      "giveUpAfter",
      `Cannot give up after ${
        formatDuration(giveUpAfter)
      }: a time longer than the interval (${
        formatDuration(interval)
      }) is wanted, or a session that is alive would end`,
    );
  }
  if (cycles) {
    const { timeout, tries } = settings;
    const series = timeout * (1.5 ** tries - 1) / 0.5;
    if (series > interval) {
      const sum = formatDuration(Math.ceil(series));
      say(
        "interval",
        `Cannot fit ${tries} tries into ${
          formatDuration(interval)
        }: they take up to ${sum}, a longer interval, a shorter timeout or fewer tries are wanted`,
      );
    }
    if (jitter >= interval && jitter > 0) {
      say(
        "jitter",
        `Cannot start ${
          formatDuration(jitter)
        } sooner: a jitter shorter than the interval (${
          formatDuration(interval)
        }) is wanted`,
      );
    }
  }
  const mistakes: Mistake[] = [
    ...checkPresence(origins),
    ...messages.map((message) => ({ kind: "config" as const, message })),
  ];
  return gateway !== null && mistakes.length === 0
    ? { ...settings, name, gateway }
    : { mistakes };
}
