/**
 * A session for tests and measurements.
 *
 * @module
 */
import { srun } from "../protocol/srun.ts";
import { noStream, type Session } from "./session_state.ts";

/** A session of srun's with the default settings, at a gateway that only a fake network has. */
export const testSession: Session = {
  ...noStream,
  name: "default",
  gateway: { host: "192.0.2.1", port: 3335 },
  identity: "77",
  readIdentity: null,
  replyFrom: [],
  bind: null,
  family: "auto",
  protocol: srun,
  values: {},
  interval: 60_000,
  jitter: 0,
  timeout: 1_000,
  tries: 3,
  confirm: 2,
  deadAfter: 2_000,
  tolerate: 0,
  recover: 1,
  count: null,
  giveUpAfter: null,
  login: null,
  loginTries: null,
};
