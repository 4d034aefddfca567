/**
 * TCP and TLS (docs/protocols.md): a peer is alive once it accepts a
 * connection, or once what is expected of it has come.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { excerptOfBytes, latin1, latin1Bytes } from "./octets.ts";
import type { Dialogue, Setup, StreamProtocol } from "./protocol.ts";
import { caFileContent, certificateFlaw, tlsOf } from "./stream_files.ts";
import {
  caFile,
  expect,
  expectation,
  octets,
  send,
  streamDefaults,
  tlsName,
} from "./stream_settings.ts";

/** What both have. */
const common = {
  carrier: "stream",
  isSecure: false,
  port: null,
  identity: null,
  defaults: streamDefaults,
  hasPath: false,
  hold: "never",
  prefersIpv4: false,
  deathSigns: [
    { name: "refused", isDefault: true },
    { name: "gone", isDefault: true },
  ],
} as const;

/** The flaw of a peer that says too much. */
const lengthFlaw = {
  name: "length",
  text: "it says much, but nothing that was expected",
  advice: "Is --expect right, and the port?",
};

/** The protocol on a bare connection. */
export const tcp: StreamProtocol = {
  ...common,
  scheme: "tcp",
  settings: { send, expect },
  files: {},
  flaws: [
    {
      name: "protocol",
      text: "it says something else than what was expected",
      advice: "Is --expect right, and the port? Does it wait for --send?",
    },
    lengthFlaw,
  ],
  open: (setup) => tcpDialogue(setup, null),
};

/** The protocol on a connection that is secured. */
export const tls: StreamProtocol = {
  ...common,
  scheme: "tls",
  isSecure: true,
  settings: { send, expect, caFile, tlsName },
  files: { caFile: caFileContent },
  flaws: [
    certificateFlaw,
    {
      name: "protocol",
      text: "it speaks no TLS, or says something else than what was expected",
      advice: "Is --expect right, and the port? Does it wait for --send?",
    },
    lengthFlaw,
  ],
  open: (setup) => tcpDialogue(setup, tlsOf(setup)),
};

/** What has come so far, a character a byte; `null` once nothing more is expected. */
type Said = string | null;

function tcpDialogue(
  { values }: Setup,
  tls: Dialogue["tls"],
): Dialogue<Said> {
  const toSend = values["send"] as string | null | undefined ?? null;
  const toExpect = values["expect"] as string | null | undefined ?? null;
  const greeting = toSend === null ? null : octets(toSend);
  const expected = toExpect === null ? null : expectation(toExpect);
  const quiet = { say: null, asks: false, heard: [] };
  return {
    tls,
    open: () => ({
      state: expected === null ? null : "",
      say: greeting,
      asks: greeting !== null && expected !== null,
      heard: expected === null ? [{ type: "alive" }] : [],
    }),
    receive(state, bytes) {
      if (state === null || expected === null || bytes.length === 0) {
        return { ...quiet, state };
      }
      const all = state + latin1(bytes);
      const said = all.slice(0, expected.longest);
      if (expected.isIn(said)) {
        return { ...quiet, state: null, heard: [{ type: "alive" }] };
      }
      if (all.length === said.length) return { ...quiet, state: said };
      const note = `said "${shown(said)}" and more, not what was expected`;
      return {
        ...quiet,
        state: null,
        heard: [{ type: "flaw", flaw: "length", note }],
      };
    },
    ended: (state) =>
      state === null
        ? { type: "unable", note: "ended the connection" }
        : garbled(
          state === ""
            ? "ended the connection without a word"
            : `ended the connection after "${
              shown(state)
            }", not what was expected`,
        ),
    timedOut: (state) =>
      state === null || state === ""
        ? { type: "unable", note: "did not answer in time" }
        : garbled(`said "${shown(state)}", not what was expected`),
    ping: () => null,
    farewell: () => null,
  };
}

function shown(said: string): string {
  return excerptOfBytes(latin1Bytes(said));
}
