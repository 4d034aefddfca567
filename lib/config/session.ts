/**
 * A session's settings checked against each other.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import type { Layer } from "./layers.ts";
import { familyOf, formatDuration, type GatewayAddress } from "./parsers.ts";
import type { SessionSettings } from "./settings.ts";

/** A session's settings that fit together. */
export interface Session extends SessionSettings {
  /** What users call it. */
  readonly name: string;
  /** Where the gateway is. */
  readonly gateway: GatewayAddress;
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
  const { gateway, uid, uidFile, bind, family, interval, jitter } = settings;
  const messages: string[] = [];
  const say = (setting: keyof SessionSettings, message: string) =>
    messages.push(`${origins[setting]?.origin ?? "lifesign"}: ${message}`);

  if (gateway === null) {
    say(
      "gateway",
      "Cannot reach a gateway: none is named, --gateway or LIFESIGN_GATEWAY is wanted",
    );
  }
  if (uid === null && uidFile === null) {
    say(
      "uid",
      "Cannot send a heartbeat: no UID is given, --uid, --uid-file, LIFESIGN_UID or LIFESIGN_UID_FILE is wanted",
    );
  }
  if (uid !== null && uidFile !== null) {
    say("uid", "Cannot use uid and uid_file together: one of them is wanted");
  }
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
  if (gateway !== null && messages.length === 0) {
    return { ...settings, name, gateway };
  }
  return { mistakes: messages.map((message) => ({ kind: "config", message })) };
}
