/**
 * What the static build offers of Deno and of the web, as types. `lib/host/`
 * may use nothing else; it does not use all of it, since some of Deno's types
 * have more, and some members are for what is replaced there. Deno itself has to
 * fit them (`conformance.ts`), what stands in for it has to fit them (`deno.ts`,
 * `web.ts`), and `lib/host/` is checked against them alone (`deno.static.json`).
 * See Deno's own documentation for what each member does.
 *
 * @module
 */

/** A signal by its name. */
export type Signal =
  | "SIGABRT"
  | "SIGALRM"
  | "SIGBUS"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGFPE"
  | "SIGHUP"
  | "SIGILL"
  | "SIGINT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGQUIT"
  | "SIGSEGV"
  | "SIGSTOP"
  | "SIGSYS"
  | "SIGTERM"
  | "SIGTRAP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | "SIGXCPU"
  | "SIGXFSZ";

/** Metadata of a file. */
export interface FileInfo {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** Whether it is a symbolic link. */
  readonly isSymlink: boolean;
  /** Whether it is a pipe with a name. */
  readonly isFifo: boolean | null;
  /** Whether it is a socket. */
  readonly isSocket: boolean | null;
  /** Its length in bytes. */
  readonly size: number;
  /** The device that it is on. */
  readonly dev: number;
  /** Its number on that device. */
  readonly ino: number | null;
  /** Its kind and permissions. */
  readonly mode: number | null;
  /** How many names it has. */
  readonly nlink: number | null;
  /** Its owner. */
  readonly uid: number | null;
}

/** How to open a file. */
export interface OpenOptions {
  /** To read it. */
  read?: boolean;
  /** To write it. */
  write?: boolean;
  /** To write at its end. */
  append?: boolean;
  /** To make it, and fail if it is there. */
  createNew?: boolean;
  /** The permissions of a new file. */
  mode?: number;
}

/** An open file. */
export interface FsFile extends Disposable {
  /** Reads; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same at once. */
  writeSync(bytes: Uint8Array): number;
  /** Moves to a place. */
  seek(offset: number, whence: number): Promise<number>;
  /** The same at once. */
  seekSync(offset: number, whence: number): number;
  /** Cuts it off. */
  truncate(length?: number): Promise<void>;
  /** The same at once. */
  truncateSync(length?: number): void;
  /** Its metadata. */
  stat(): Promise<FileInfo>;
  /** Waits for the disk. */
  sync(): Promise<void>;
  /** Locks it unless another process has. */
  tryLock(exclusive?: boolean): Promise<boolean>;
  /** The same at once. */
  tryLockSync(exclusive?: boolean): boolean;
  /** Unlocks it. */
  unlock(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** An internet address. */
export interface NetAddr {
  /** What is spoken there. */
  transport: "tcp" | "udp";
  /** A literal address. */
  hostname: string;
  /** The port. */
  port: number;
}

/** The address of a unix socket. */
export interface UnixAddr {
  /** What is spoken there. */
  transport: "unix" | "unixpacket";
  /** Its path. */
  path: string;
}

/** The address of a socket between virtual machines; none is ever made here. */
export interface VsockAddr {
  /** What is spoken there. */
  transport: "vsock";
  /** The machine. */
  cid: number;
  /** The port. */
  port: number;
}

/** Any address. */
export type Addr = NetAddr | UnixAddr | VsockAddr;

/** A unix socket for datagrams. */
export interface DatagramConn {
  /** Sends one. */
  send(bytes: Uint8Array, to: UnixAddr): Promise<number>;
  /** Closes it. */
  close(): void;
}

/** A connection. */
export interface Conn extends Disposable {
  /** Reads; `null` once the peer has ended its stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends the own stream. */
  closeWrite(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** A TCP connection. */
export interface TcpConn extends Conn {
  /** Its own address. */
  readonly localAddr: NetAddr;
  /** The peer's address. */
  readonly remoteAddr: NetAddr;
  /** Whether small pieces leave at once. */
  setNoDelay(isOn?: boolean): void;
  /** Whether the kernel asks a silent peer now and then. */
  setKeepAlive(isOn?: boolean): void;
}

/** How to connect; Deno ignores what it does not know. */
export interface ConnectOptions {
  /** A literal address. */
  hostname: string;
  /** The port. */
  port: number;
  /** Gives up. */
  signal?: AbortSignal;
  /** The interface to bind to; not in Deno. */
  device?: string;
}

/** A socket that accepts connections. */
export interface TcpListener extends Disposable {
  /** Its own address. */
  readonly addr: NetAddr;
  /** Waits for a connection. */
  accept(): Promise<TcpConn>;
  /** Closes it. */
  close(): void;
}

/** How a process ended. */
export interface CommandStatus {
  /** Whether its code is 0. */
  success: boolean;
  /** Its code; 128 + n for signal n. */
  code: number;
  /** The name of the signal that it died of; `null` for none. */
  signal: string | null;
}

/** How a process ended, and what it wrote. */
export interface CommandOutput extends CommandStatus {
  /** What it wrote to stdout. */
  readonly stdout: Uint8Array;
  /** What it wrote to stderr. */
  readonly stderr: Uint8Array;
}

/** How to start a process. */
export interface CommandOptions {
  /** Its arguments. */
  args?: string[];
  /** Variables besides those of this process. */
  env?: Record<string, string>;
  /** Whether it has those alone. */
  clearEnv?: boolean;
  /** Its stdin. */
  stdin?: "null" | "inherit";
  /** Its stdout. */
  stdout?: "null" | "inherit" | "piped";
  /** Its stderr. */
  stderr?: "null" | "inherit" | "piped";
  /** Whether it has a process group of its own. */
  detached?: boolean;
}

/** Bytes as they come. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Reads it. */
  getReader(): {
    read(): Promise<
      { done: false; value: Uint8Array<ArrayBuffer> } | {
        done: true;
        value?: Uint8Array<ArrayBuffer> | undefined;
      }
    >;
    cancel(): Promise<void>;
  };
  /** Reads it as text. */
  pipeThrough(decoder: TextDecoderStream): AsyncIterable<string>;
}

/** A process that was started. */
export interface ChildProcess {
  /** Its id. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly status: Promise<CommandStatus>;
  /** What it writes to stdout. */
  readonly stdout: ByteStream;
  /** What it writes to stderr. */
  readonly stderr: ByteStream;
  /** Resolves when it has ended, and all was read. */
  output(): Promise<CommandOutput>;
  /** Sends it a signal. */
  kill(signal?: Signal): void;
}

/** A standard stream that is written to. */
export interface Output {
  /** Writes some of the bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/** The standard stream that is read. */
export interface Input {
  /** Reads; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Whether it is a terminal. */
  isTerminal(): boolean;
  /** Whether keys arrive one by one. */
  setRaw(isRaw: boolean, options?: { cbreak: boolean }): void;
}

/** A class of errors. */
export type ErrorClass = new (message?: string) => Error;

/** As much of Deno as there is. */
export interface Offered {
  /** The arguments. */
  readonly args: string[];
  /** The id of this process. */
  readonly pid: number;
  /** Whether NO_COLOR is set. */
  readonly noColor: boolean;
  /** What it was built for. */
  readonly build: { readonly target: string };
  /** The classes of errors. */
  readonly errors: {
    readonly AlreadyExists: ErrorClass;
    readonly InvalidData: ErrorClass;
    readonly NotCapable: ErrorClass;
    readonly NotFound: ErrorClass;
    readonly UnexpectedEof: ErrorClass;
  };
  /** Where `seek` counts from. */
  readonly SeekMode: { readonly Start: 0; readonly End: 2 };
  /** The standard input. */
  readonly stdin: Input;
  /** The standard output. */
  readonly stdout: Output;
  /** The standard error output. */
  readonly stderr: Output;
  /** The environment. */
  readonly env: {
    get(name: string): string | undefined;
    toObject(): Record<string, string>;
  };
  /** Programs. */
  readonly Command: new (file: string, options?: CommandOptions) => {
    spawn(): ChildProcess;
    output(): Promise<CommandOutput>;
  };
  /** Ends the process. */
  exit(code?: number): never;
  /** The path of the executable. */
  execPath(): string;
  /** The uptime in s. */
  osUptime(): number;
  /** The user of this process. */
  uid(): number | null;
  /** The size of the terminal. */
  consoleSize(): { columns: number; rows: number };
  /** Sends a signal. */
  kill(pid: number, signal?: Signal): void;
  /** Calls back at each signal. */
  addSignalListener(signal: Signal, listener: () => void): void;
  /** Calls back no more. */
  removeSignalListener(signal: Signal, listener: () => void): void;
  /** The addresses of this machine. */
  networkInterfaces(): { name: string; address: string; cidr: string }[];
  /** Opens a unix socket for datagrams. */
  listenDatagram(
    options: { transport: "unixpacket"; path: string },
  ): DatagramConn;
  /** Connects. */
  connect(options: ConnectOptions): Promise<TcpConn>;
  /** Connects to a unix socket. */
  connect(options: { transport: "unix"; path: string }): Promise<Conn>;
  /** Accepts connections. */
  listen(options: { hostname: string; port: number }): TcpListener;
  /** Opens a file. */
  open(path: string, options?: OpenOptions): Promise<FsFile>;
  /** The same at once. */
  openSync(path: string, options?: OpenOptions): FsFile;
  /** Metadata of what a path leads to. */
  stat(path: string): Promise<FileInfo>;
  /** The same at once. */
  statSync(path: string): FileInfo;
  /** Metadata of what has a path, be it a link. */
  lstat(path: string): Promise<FileInfo>;
  /** The same at once. */
  lstatSync(path: string): FileInfo;
  /** Where a link leads. */
  readLink(path: string): Promise<string>;
  /** The names in a folder. */
  readDir(path: string): AsyncIterable<{ name: string }>;
  /** Renames a file. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** The same at once. */
  removeSync(path: string): void;
}

/** Whether somebody has given up. */
export interface AbortSignal {
  /** Whether that is so. */
  readonly aborted: boolean;
  /** Why. */
  readonly reason: unknown;
  /** Throws the reason if that is so. */
  throwIfAborted(): void;
  /** Calls back when that happens. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Calls back no more. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Somebody who may give up. */
export interface AbortController {
  /** Tells others. */
  readonly signal: AbortSignal;
  /** Gives up. */
  abort(reason?: unknown): void;
}

/** Reads UTF-8. */
export interface TextDecoder {
  /** Decodes bytes. */
  decode(
    bytes?: Uint8Array | ArrayBuffer,
    options?: { readonly stream?: boolean },
  ): string;
}

/** Writes UTF-8. */
export interface TextEncoder {
  /** Encodes a text. */
  encode(text?: string): Uint8Array<ArrayBuffer>;
  /** Encodes as much as there is room for. */
  encodeInto(
    text: string,
    buffer: Uint8Array,
  ): { read: number; written: number };
}

/** Reads a stream as UTF-8. */
export interface TextDecoderStream {
  /** The text. */
  readonly readable: unknown;
}

/** A URL. */
export interface URL {
  /** Its host. */
  readonly hostname: string;
}

/** The global names there are besides `Deno` and the language. */
export interface Globals {
  /** Makes an {@linkcode AbortController}. */
  readonly AbortController: new () => AbortController;
  /** Makes a {@linkcode TextDecoder}. */
  readonly TextDecoder: new (
    label?: "utf-8",
    options?: { readonly fatal?: boolean },
  ) => TextDecoder;
  /** Makes a {@linkcode TextDecoderStream}. */
  readonly TextDecoderStream: new () => TextDecoderStream;
  /** Makes a {@linkcode TextEncoder}. */
  readonly TextEncoder: new () => TextEncoder;
  /** Makes a {@linkcode URL}. */
  readonly URL: new (text: string) => URL;
  /** Time since the start. */
  readonly performance: { now(): number };
  /** Chance. */
  readonly crypto: { randomUUID(): string };
  /** What Node calls a process. */
  readonly process: { kill(pid: number, signal?: string | number): boolean };
  /** Calls back later. */
  setTimeout(callback: (nothing: undefined) => void, ms?: number): number;
  /** Not any more. */
  clearTimeout(id?: number): void;
  /** Calls back soon. */
  queueMicrotask(callback: () => void): void;
  /** Calls back at what nobody has caught. */
  addEventListener(
    type: "error",
    listener: (event: { error: unknown; preventDefault(): void }) => void,
  ): void;
  /** Calls back at a promise that nobody has caught. */
  addEventListener(
    type: "unhandledrejection",
    listener: (event: { reason: unknown; preventDefault(): void }) => void,
  ): void;
}
