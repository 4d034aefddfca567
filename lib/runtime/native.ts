/**
 * The functions of the host below, which is written in C
 * (`lib/runtime/native/native.h` has the same list). Failed calls throw the
 * system's error. Bytes of names that are no UTF-8 are lone surrogates.
 *
 * @module
 */
import type { Signal } from "./offered.ts";

/** An address and a port; `null` of a socket that has none. */
export type Endpoint = readonly [host: string, port: number] | null;

/** Mode, size, device, number, owner and number of names of a file. */
export type Metadata = readonly [
  mode: number,
  size: number,
  dev: number,
  ino: number,
  uid: number,
  nlink: number,
];

/** What becomes of a standard stream of a new process: nothing, this process's own, or a pipe. */
export type StreamKind = 0 | 1 | 2;

/** The host. */
export interface Native {
  /** The arguments. */
  readonly args: string[];
  /** The id of this process. */
  readonly pid: number;
  /** The user of this process. */
  readonly uid: number;
  /** The target that it was built for. */
  readonly target: string;
  /** The numbers of signals. */
  readonly signals: Readonly<Record<Signal, number>>;
  /** Flags of open(2). */
  readonly O_RDWR: number;
  /** See above. */
  readonly O_WRONLY: number;
  /** See above. */
  readonly O_APPEND: number;
  /** See above. */
  readonly O_CREAT: number;
  /** See above. */
  readonly O_EXCL: number;
  /** Operations of flock(2). */
  readonly LOCK_SH: number;
  /** See above. */
  readonly LOCK_EX: number;
  /** See above. */
  readonly LOCK_NB: number;
  /** See above. */
  readonly LOCK_UN: number;
  /** Events of epoll(7). */
  readonly EPOLLIN: number;
  /** See above. */
  readonly EPOLLOUT: number;
  /** See above. */
  readonly EPOLLERR: number;
  /** See above. */
  readonly EPOLLONESHOT: number;

  /** Says what the loop calls. `tick` returns the ms until it wants to be called again, negative for never. */
  handlers(
    makeError: (code: string, number: number, text: string) => Error,
    tick: () => number,
    onSignal: (number: number) => void,
    onEnd: (pid: number, code: number, signal: number) => void,
    onFault: (error: unknown, isRejection: boolean) => void,
  ): void;
  /** Calls back when a descriptor is ready; false if it can't be waited for, as with a file. */
  watch(
    fd: number,
    events: number,
    callback: (events: number) => void,
  ): boolean;
  /** Calls back no more. */
  unwatch(fd: number): void;
  /** Closes a descriptor. */
  close(fd: number): void;
  /** Monotonic time since the start in ms. */
  now(): number;
  /** Whether a signal comes to the loop, or does what the system does by default. */
  listenToSignal(number: number, isOn: boolean): void;

  /** Binds a UDP socket, by one interface alone if it is named. */
  bindUdp(
    host: string,
    port: number,
    device: string | undefined,
    hearsIcmp: boolean,
  ): number;
  /** Binds a unix socket for datagrams. */
  bindUnix(path: string): number;
  /** Begins to connect, from an address of this machine and by an interface if they are given. */
  connectTcp(
    host: string,
    port: number,
    from: string | undefined,
    device: string | undefined,
  ): number;
  /** Connects to a unix socket. */
  connectUnix(path: string): number;
  /** Listens. */
  listenTcp(host: string, port: number): number;
  /** Accepts a connection; `null` if there is none. */
  accept(fd: number): number | null;
  /** Throws why a connection has failed. */
  connectionError(fd: number): void;
  /** The own address of a socket. */
  localAddress(fd: number): Endpoint;
  /** The peer's address. */
  peerAddress(fd: number): Endpoint;
  /** Whether small pieces leave at once. */
  setNoDelay(fd: number, isOn: boolean): void;
  /** Whether the kernel asks a silent peer now and then. */
  setKeepAlive(fd: number, isOn: boolean): void;
  /** Receives a datagram; `null` if there is none. */
  receiveFrom(
    fd: number,
    buffer: Uint8Array,
  ): readonly [length: number, from: Endpoint] | null;
  /** The next ICMP error; `null` if there is none. The offender is `null` if it is unknown, or this machine. */
  nextNotice(
    fd: number,
  ): readonly [code: string, offender: string | null, to: Endpoint] | null;
  /** Sends a datagram, to a path if the port is negative; `null` if there is no room. */
  sendTo(
    fd: number,
    bytes: Uint8Array,
    host: string,
    port: number,
  ): number | null;
  /** Receives bytes, 0 at the end; `null` if there are none. */
  receive(fd: number, buffer: Uint8Array): number | null;
  /** Sends some of the bytes; `null` if there is no room. */
  send(fd: number, bytes: Uint8Array): number | null;
  /** Ends the own stream. */
  endSending(fd: number): void;
  /** The 4 or 16 bytes of a literal address; `null` if it is none. */
  addressBytes(text: string): ArrayBuffer | null;
  /** The addresses of this machine. */
  interfaces(): (readonly [name: string, address: string, prefix: number])[];

  /** Begins to look up a name. The descriptor gives a line for each address, or `!` and a code. */
  resolve(name: string): number;

  /** Opens a file. */
  open(path: string, flags: number, mode: number): number;
  /** Reads; 0 at the end. */
  read(fd: number, buffer: Uint8Array): number;
  /** Writes some of the bytes, at most `most` unless that is 0. */
  write(fd: number, bytes: Uint8Array, most: number): number;
  /** Moves to a place. */
  seek(fd: number, offset: number, whence: number): number;
  /** Cuts a file off. */
  truncate(fd: number, length: number): void;
  /** Waits for the disk. */
  sync(fd: number): void;
  /** Sets the permissions of an open file. */
  setMode(fd: number, mode: number): void;
  /** Locks or unlocks a file; false if another process has it. */
  lock(fd: number, operation: number): boolean;
  /** Metadata of an open file. */
  stat(fd: number): Metadata;
  /** Metadata of what has a path. */
  statPath(path: string, followsLinks: boolean): Metadata;
  /** Removes a file. */
  unlink(path: string): void;
  /** Renames a file. */
  rename(from: string, to: string): void;
  /** Where a link leads. */
  readLink(path: string): string;
  /** The names in a folder. */
  readFolder(path: string): string[];

  /** Whether a descriptor is a terminal. */
  isTerminal(fd: number): boolean;
  /** The size of the terminal. */
  windowSize(): readonly [columns: number, rows: number];
  /** Whether keys of the terminal arrive one by one, and whether signals still work. */
  setRaw(isRaw: boolean, hasSignals: boolean): void;

  /**
   * Starts a program; returns its id, our ends of its pipes, negative for none,
   * and the id of the child that ends as it does. That is another one if it is
   * detached: its supervisor.
   */
  spawn(
    words: string[],
    variables: string[],
    streams: readonly [StreamKind, StreamKind, StreamKind],
    isDetached: boolean,
  ): readonly [
    pid: number,
    stdin: number,
    stdout: number,
    stderr: number,
    child: number,
  ];
  /** Sends a signal, 0 for none. */
  kill(pid: number, signal: number): void;
  /** Ends the process. */
  exit(code: number): never;
  /** The path of the executable. */
  executable(): string;
  /** The uptime in s. */
  uptime(): number;
  /** Fills bytes by chance. */
  random(bytes: Uint8Array): void;
  /** A variable of the environment. */
  variable(name: string): string | undefined;
  /** All of them, as `NAME=value`. */
  variables(): string[];
  /** Gives up to start programs; false if the kernel can't keep that. */
  forbidPrograms(): boolean;
  /** Gives up to change files but in these folders, and to read others than those of /etc and of time zones; false, and nothing is given up, if the kernel can't keep that. */
  limitFiles(folders: string[]): boolean;

  /** The UTF-8 of a text. */
  encode(text: string): ArrayBuffer;
  /** The text of bytes, and how many of them were left for later; `null` if they are wrong. */
  decode(
    bytes: Uint8Array,
    isFatal: boolean,
    isStream: boolean,
  ): readonly [text: string, left: number] | null;
}

/** The host of this process. */
export const native: Native =
  (globalThis as unknown as { __native: Native }).__native;
