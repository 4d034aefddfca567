/**
 * The interface of a protocol: its requests, the meaning of its replies, and its
 * settings. Protocols are pure.
 *
 * @module
 */
import type { Portal } from "../finding.ts";
import type { GatewayAddress } from "../parsers.ts";
import type { SettingsTable } from "../setting.ts";

/** What a valid reply says about the session. */
export type Reply = "alive" | "dead";

/** The circumstances of a request. */
export interface Occasion {
  /** The wall-clock time in ms since 1970. */
  readonly wallTime: number;
  /** The number of the request within its cycle, from 0. */
  readonly attempt: number;
  /** A random number from 0 up to 1. */
  readonly random: number;
}

/** When a peer had a request and sent the reply, by its clock: how long before the reply arrived by ours, in ms. */
export interface PeerTimes {
  /** Since the request arrived there. */
  readonly sinceArrival: number;
  /** Since the reply left. */
  readonly sinceReply: number;
}

/** The meaning of a datagram: a reply, or the name of a flaw. */
export type Judgement =
  | {
    readonly reply: Reply;
    /** The index of the answered request among those of its socket; absent if unknown. */
    readonly answers?: number;
    /** What the peer's clock says; absent if it says nothing. */
    readonly peerTimes?: PeerTimes;
  }
  | { readonly flaw: string };

/** The heartbeat of one session. */
export interface Heartbeat {
  /** The length of the longest valid reply, in bytes. */
  readonly longestReply: number;
  /** Makes the datagram of a request. */
  request(occasion: Occasion): Uint8Array;
  /** Judges any datagram by the requests of its socket; never throws. The sender is checked elsewhere. `wallTime` is when it arrived, in ms since 1970; absent if that does not matter. */
  judge(
    datagram: Uint8Array,
    requests: readonly Uint8Array[],
    wallTime?: number,
  ): Judgement;
  /** Returns for each byte of a datagram whether it is secret: it may be part of an identity or a key. */
  secrets(datagram: Uint8Array): boolean[];
}

/** A reason why a datagram of the gateway is no valid reply. */
export interface Flaw {
  /** One word, used as the reason of a verdict. */
  readonly name: string;
  /** The explanation of `doctor`, with "it" as its subject. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

/** The settings of what identifies a session at its gateway. It is secret. */
export interface IdentitySettings {
  /** The word for it in messages. */
  readonly noun: string;
  /** The setting with the identity itself. */
  readonly value: string;
  /** The setting with the name of a file that holds it. */
  readonly file: string;
  /** Whether a line of that file is meant to be an identity. */
  isMeant(line: string): boolean;
}

/** Words and bytes of a file that a setting names, read when the session is opened. */
export interface FileContentSetting {
  /** Whether nobody else may be able to read the file. */
  readonly isSecret: boolean;
  /** Reads its bytes; throws a `RangeError` that says what was expected. */
  parse(bytes: Uint8Array): unknown;
  /** Where it is if the setting is not set, such as `$NAME` or `~/NAME`: the first that can be trusted and read counts. Nowhere if absent. */
  readonly usual?: readonly string[];
}

/** What a session is asked with. */
export interface Setup {
  /** What names the session at its peer, in canonical form; empty where nothing does. */
  readonly identity: string;
  /** The host of its target, as it was set. */
  readonly host: string;
  /** The port of its target. */
  readonly port: number;
  /** The path of its target, from the slash on; empty for none. */
  readonly path: string;
  /** The values of its settings. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the protocol's `files` have read, by setting; absent where none is named. */
  readonly files: Readonly<Record<string, unknown>>;
}

/** A word or an answer by which a peer says that a session is over. */
export interface DeathSign {
  /** One word, as `dead_on` has it. */
  readonly name: string;
  /** Whether it counts where `dead_on` is not set. */
  readonly isDefault: boolean;
}

/** What all protocols have. */
export interface CommonProtocol {
  /** What a target begins with, without `://`. */
  readonly scheme: string;
  /** The port unless the target has one; `null` where it has to have one. */
  readonly port: number | null;
  /** Writes what its targets have behind `://`, the way that its row reads it; `HOST:PORT` if absent. */
  write?(place: GatewayAddress): string;
  /** Settings of its own. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** Those of them that name files to be read. */
  readonly files: Readonly<Record<string, FileContentSetting>>;
  /** Texts of settings that are others by default than in the table of settings. */
  readonly defaults: Readonly<Record<string, string>>;
  /** What names a session; `null` if nothing does. */
  readonly identity: IdentitySettings | null;
  /** The flaws that it finds, the most telling first. */
  readonly flaws: readonly Flaw[];
  /** What `doctor` says of silence; absent for the usual. */
  readonly silence?: string;
}

/** A protocol of datagrams. */
export interface DatagramProtocol extends CommonProtocol {
  /** What carries it. */
  readonly carrier: "datagram";
  /** The heartbeat of a session. */
  open(setup: Setup): Heartbeat;
}

/** A protocol of streams. */
export interface StreamProtocol extends CommonProtocol {
  /** What carries it. */
  readonly carrier: "stream";
  /** Whether TLS is under it. */
  readonly isSecure: boolean;
  /** Whether a target may have a path. */
  readonly hasPath: boolean;
  /** Whether a connection can be kept and asked again, and whether `run` does so by default. */
  readonly hold: "never" | "may" | "default";
  /** Whether a name's IPv4 addresses are asked alone, if it has any. */
  readonly prefersIpv4: boolean;
  /** What counts as a death, or may. */
  readonly deathSigns: readonly DeathSign[];
  /** What `doctor` says of a proof of life, such as what it does not prove; absent for nothing. */
  readonly caution?: string;
  /** What asking may do to a peer, unless a connection is held; absent for nothing. */
  readonly harm?: string;
  /** How a session is asked. */
  open(setup: Setup): Dialogue;
}

/** A protocol, given by a target's scheme. Adding one is a file and a row in protocols.ts. */
export type Protocol = DatagramProtocol | StreamProtocol;

/** What stands between a stream and its protocol: a server that proves its name. */
export interface Tls {
  /** The name, or the address without brackets, that its certificate has to have. */
  readonly name: string;
  /** Authorities to trust besides the usual ones (Mozilla's), which can't be left out; in PEM. */
  readonly authorities: readonly string[];
}

/** What comes by chance, and the time. */
export interface Chance {
  /** Random bytes; 32 of them. */
  readonly nonce: Uint8Array;
  /** The wall-clock time in ms since 1970. */
  readonly wallTime: number;
}

/** What a peer's bytes, or their end, mean. */
export type Heard =
  /** The peer lives. */
  | {
    readonly type: "alive";
    /** What else it says, in a few words; absent for nothing. */
    readonly note?: string;
    /** What is not as it was expected, though it lives; absent for nothing. */
    readonly warning?: string;
    /** What a portal tells; absent for nothing. */
    readonly portal?: Portal;
  }
  /** It says that the session is over, by a sign of the protocol's table; `note` is its words, such as `closed with 1008`. */
  | { readonly type: "dead"; readonly sign: string; readonly note: string }
  /** It can't say just now. */
  | { readonly type: "unable"; readonly note: string }
  /** It says something that is wrong, in the way that one of the protocol's flaws names. */
  | { readonly type: "flaw"; readonly flaw: string; readonly note: string };

/** What a dialogue has come to. */
export interface Turn<State> {
  /** All that it knows. */
  readonly state: State;
  /** What to send; `null` for nothing. */
  readonly say: Uint8Array | null;
  /** Whether that is a question whose answer proves life: its round trip is measured. */
  readonly asks: boolean;
  /** What was heard, in this order. After anything but `alive` the connection is of no use. */
  readonly heard: readonly Heard[];
}

/** How one connection is asked for a sign of life; pure. Its state is its own affair, and is replaced, never changed. */
export interface Dialogue<State = unknown> {
  /** Whom the connection has to be secured by; `null` for none. */
  readonly tls: Tls | null;
  /** Begins on a connection that is open, and secured. */
  open(chance: Chance): Turn<State>;
  /** Takes bytes, however they are cut; never throws. */
  receive(state: State, bytes: Uint8Array): Turn<State>;
  /** What it means that the peer has ended its stream now. */
  ended(state: State): Heard;
  /** What it means that no proof of life has come in time. */
  timedOut(state: State): Heard;
  /** Asks once more on a connection that has proven life; `null` where that can't be done. */
  ping(state: State, chance: Chance): Turn<State> | null;
  /** What to send before a connection is closed; `null` for nothing. */
  farewell(state: State): Uint8Array | null;
}
