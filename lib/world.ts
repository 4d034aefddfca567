/**
 * The interfaces to the outside. `host/` implements them with the real world,
 * `testing/` with a fake one. Answers that come later go to callbacks, so that
 * virtual time needs no waiting.
 *
 * @module
 */

/** Where a peer is. */
export interface Endpoint {
  /** An IPv4 or IPv6 address in its canonical text form, without brackets; or the absolute path of a unix socket. */
  readonly host: string;
  /** 1 to 65535; 0 of a unix socket. */
  readonly port: number;
}

/** A failure on this machine, not on the network or at a peer. */
export interface Fault {
  /** The operating system's name for it, such as `ENETUNREACH`, or a code of our own. */
  readonly code: string;
  /** What it means, and what to do about it. */
  readonly message: string;
}

/** A time zone. */
export interface Zone {
  /** Its name, such as `Europe/Berlin` or `UTC`; `local time` if it has none. */
  readonly name: string;
  /** How far it is ahead of UTC at a wall-clock time, both in ms. */
  offset(wallTime: number): number;
}

/** Clocks and timers. */
export interface Clock {
  /** Monotonic time in ms; only differences mean anything. */
  now(): number;
  /** Wall-clock time in ms since 1970, with fractions; it may jump. */
  wallTime(): number;
  /** The uptime in ms, with a resolution of 1 s; unlike `now()`, it goes on during a suspend. */
  uptime(): number;
  /** The id of this boot of the machine; `null` if it is unknown. The first call starts a process. */
  bootId(): Promise<string | null>;
  /** The time zone of this machine. */
  readonly zone: Zone;
  /** Calls back once, when `now()` has reached `at` ms, or soon if that is past. Returns how to cancel it. */
  setTimer(at: number, callback: () => void): () => void;
}

/** A UDP socket with a local port. */
export interface DatagramSocket {
  /** The local port, 1 to 65535. */
  readonly port: number;
  /** Sends one datagram to a literal address. `onFault` is called if it can't leave this machine. */
  send(bytes: Uint8Array, to: Endpoint, onFault: (fault: Fault) => void): void;
  /** Closes it: nothing is received afterwards. Closing twice does nothing. */
  close(): void;
}

/** How to bind a socket. */
export interface BindOptions {
  /** The local address, `0.0.0.0` or `::` for any. */
  readonly host: string;
  /** The local port; 0 for a free one. */
  readonly port: number;
  /** The interface that alone it sends and receives by, where {@linkcode Interfaces.areBindable}; absent for any. */
  readonly device?: string;
  /** Called when ICMP says that a datagram of this socket did not arrive, where the runtime hears that; absent if nobody needs it. */
  readonly onIcmp?: (notice: IcmpNotice) => void;
  /** The longest datagram of interest, in bytes. Longer ones are cut off one byte after it. */
  readonly longest: number;
  /** Called with a copy of each datagram, and the address it claims to come from. */
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint) => void;
}

/** What a router or a host says of a datagram that it did not deliver. Anybody who knows the port can forge it. */
export interface IcmpNotice {
  /** The operating system's name for it, such as `EHOSTUNREACH`. */
  readonly code: string;
  /** Who says so, an address. */
  readonly by: string;
  /** Whom the datagram was for. */
  readonly to: Endpoint;
}

/** UDP. */
export interface Datagrams {
  /** Binds a new socket, or returns a fault. Never throws. */
  bind(options: BindOptions): DatagramSocket | Fault;
}

/** An address of this machine. */
export interface InterfaceAddress {
  /** The name of its interface. */
  readonly name: string;
  /** An IPv4 address, or an IPv6 address that is not link-local. */
  readonly address: string;
  /** The length of the network prefix in bits; absent if it is unknown. */
  readonly prefix?: number;
}

/** The network interfaces of this machine. */
export interface Interfaces {
  /** Whether sockets can be bound to an interface itself, so that all they send leaves by it; they can't if absent. */
  readonly areBindable?: boolean;
  /** Their present addresses, in the system's order. */
  addresses(): readonly InterfaceAddress[] | Fault;
}

/** The code of the fault for a service that this machine does not have. */
export const absentCode = "ENOSYS";

/** The packets that a question for a route is about. */
export interface RouteQuestion {
  /** Their destination, a literal address. */
  readonly to: string;
  /** Their local address; the kernel chooses one if absent. */
  readonly from?: string;
  /** The interface that they leave by; the kernel chooses one if absent. */
  readonly device?: string;
}

/** The route of packets. */
export interface Route {
  /** The interface that they leave by; `lo` if they stay within this machine. */
  readonly device: string;
  /** Their local address; `null` if the kernel does not say. */
  readonly source: string | null;
  /** The next router; `null` if the destination is on the link. */
  readonly via: string | null;
}

/** The firewall mark that a rule asks for. */
export interface RouteMark {
  /** The value of these bits. */
  readonly value: number;
  /** The bits of the mark that count. */
  readonly mask: number;
}

/** A routing rule: which packets use which table. */
export interface RouteRule {
  /** Its preference: the lowest comes first. */
  readonly preference: number;
  /** The source of its packets, an address or a network such as `10.0.0.0/8`; `null` for any. */
  readonly from: string | null;
  /** The destination of its packets, likewise. */
  readonly to: string | null;
  /** The firewall mark of its packets; `null` for any. */
  readonly mark: RouteMark | null;
  /** Whether it is about all other packets instead. */
  readonly isInverted: boolean;
  /** The table they use; `null` if they are thrown away. */
  readonly table: string | null;
  /** Routes with a prefix of at most this many bits are ignored; `null` for none. */
  readonly suppress: number | null;
}

/** A route in a table of the kernel. */
export interface TableRoute {
  /** The name or number of the table. */
  readonly table: string;
  /** The length of its prefix in bits; 0 for a default route. */
  readonly bits: number;
  /** Its metric: between routes to the same network, the lowest wins. */
  readonly metric: number;
  /**
   * Its interfaces: several share the packets, none means that they are unknown
   * (busybox, multipath). `null` if packets are thrown away.
   */
  readonly devices: readonly string[] | null;
  /** The router, as `ip route add default via` takes it; `null` if there is none or several. */
  readonly via: string | null;
}

/** The rules and routes by which the kernel finds the way to a peer. */
export interface Routing {
  /** The rules for packets of this machine, in their order, without those for only some of them. */
  readonly rules: readonly RouteRule[];
  /** The routes to the peer in all tables. */
  readonly routes: readonly TableRoute[];
}

/**
 * The kernel's routes. Each answer comes later, once, within some seconds. Equal
 * questions at the same time share an answer. It is a fault with
 * {@linkcode absentCode} if this machine has no way to ask.
 */
export interface Routes {
  /** Answers with the route of packets, or with why there is none. */
  lookUp(
    question: RouteQuestion,
    callback: (answer: Route | Fault) => void,
  ): void;
  /** Answers with the rules and routes to a literal address. */
  routing(to: string, callback: (answer: Routing | Fault) => void): void;
  /** Answers with the addresses of an interface, without deprecated, tentative and link-local ones. */
  sources(
    device: string,
    callback: (answer: readonly string[] | Fault) => void,
  ): void;
  /** Calls back at most once, when it turns out that this machine has no way to ask. */
  onAbsence(callback: (fault: Fault) => void): void;
}

/** The code of the fault if a host or a firewall refuses a connection. */
export const refusedCode = "ECONNREFUSED";

/** The code of the fault when a unix socket's file is not there. */
export const goneCode = "ENOENT";

/** The code of the fault when what should be a unix socket is something else. */
export const noSocketCode = "ENOTSOCK";

/** The code of the fault when a server's certificate does not prove who it is. */
export const certificateCode = "ECERTIFICATE";

/** The code of the fault when a server does not speak TLS. */
export const notTlsCode = "EPROTO";

/** The code of the fault when a server ends its stream during a handshake. */
export const endedCode = "EOF";

/** The code of the fault when a peer does not take what is sent to it. */
export const stalledCode = "ESTALLED";

/** How far a connection has come. */
export type StreamPhase = "connect" | "tls" | "open";

/** A connection that is to be opened, and whom to tell what becomes of it. Nothing is told after `ended` or `fault`: it is closed by then. */
export interface StreamOrder {
  /** A literal address; or the absolute path of a unix socket, with port 0. */
  readonly to: Endpoint;
  /** The local address that it leaves from; `null` for whichever the route says. */
  readonly from: string | null;
  /** The interface that alone it uses, where {@linkcode Interfaces.areBindable}; absent for any. */
  readonly device?: string;
  /** How it is secured; `null` for not at all. */
  readonly tls: {
    /** The name, or the address, that the server's certificate has to have. */
    readonly name: string;
    /** Authorities to trust besides the usual ones (Mozilla's), which can't be left out; in PEM. */
    readonly authorities: readonly string[];
  } | null;
  /** The peer's kernel has accepted it, at this local port; 0 where there are none. */
  readonly onConnected: (localPort: number) => void;
  /** It is secured, if it has to be, and bytes can go either way. */
  readonly onOpen: () => void;
  /** Bytes came: a copy of their own, 16 KiB at most. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The peer has ended its stream. */
  readonly onEnd: () => void;
  /** It has failed. */
  readonly onFault: (phase: StreamPhase, fault: Fault) => void;
}

/** A connection, in whatever phase. */
export interface Stream {
  /** Sends bytes; not before it is open. What can't be sent becomes a fault, also where the peer takes nothing any more and 64 KiB wait. */
  write(bytes: Uint8Array): void;
  /** Closes it at any time; nothing is told afterwards. What was written still leaves, within a second. Closing twice does nothing. */
  close(): void;
}

/** TCP, TLS and unix sockets. */
export interface Streams {
  /** Whether connections can be secured; they can if absent. */
  readonly hasTls?: boolean;
  /** Begins to open a connection, which may take as long as it likes; throws nothing, and calls back later only. */
  open(order: StreamOrder): Stream;
}

/** A connection that a peer has opened. */
export interface AcceptedStream extends Stream {
  /** Ends this side of it, once all that was written has left, and resolves then; never rejects. What the peer sends is still told. */
  closeWrite(): Promise<void>;
  /** Closes it at once: what has not left by then is lost. */
  abort(): void;
  /**
   * Resolves once it is closed and its descriptor is free. Where the runtime can't
   * cancel a write, that waits for a peer that takes nothing.
   */
  readonly closed: Promise<void>;
}

/** Whom to tell what becomes of a connection that a peer has opened. */
export interface StreamReceiver {
  /** Bytes came: a copy of their own, 16 KiB at most. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The peer has ended its stream, or the connection has failed. It is closed, and nothing is told afterwards. */
  readonly onEnd: () => void;
  /**
   * The peer has ended its stream, and may still read: the connection stays open,
   * and only a failure is told afterwards. Absent if it is to be closed then.
   */
  readonly onPeerEnd?: (() => void) | undefined;
}

/** A socket that peers can connect to. */
export interface StreamListener {
  /** Where it listens, with the port that it has. */
  readonly address: Endpoint;
  /** Stops listening; what was accepted stays open. Closing twice does nothing. */
  close(): void;
}

/** How to listen for connections. */
export interface ListenOptions {
  /** The local address, `0.0.0.0` or `::` for any, and the port; 0 for a free one. */
  readonly at: Endpoint;
  /** Called with each connection that is accepted, and the peer's address; it can be written to. Returns whom to tell what comes of it. */
  readonly onConnection: (
    stream: AcceptedStream,
    peer: Endpoint,
  ) => StreamReceiver;
}

/** TCP the other way round: peers connect to this machine. */
export interface StreamListeners {
  /** Listens. Resolves to a fault if it can't; never rejects. */
  listen(options: ListenOptions): Promise<StreamListener | Fault>;
}

/** The system's resolver. */
export interface Names {
  /**
   * Looks up a name. Calls back once, at any time, with one or more addresses in
   * the resolver's order, or with why there is none. Look-ups of one name at the
   * same time share an answer.
   */
  lookUp(
    name: string,
    callback: (answer: readonly string[] | Fault) => void,
  ): void;
}

/** The size of a screen in characters. */
export interface ScreenSize {
  /** The number of columns, without the last one of the terminal, which is not used. */
  readonly columns: number;
  /** The number of rows. */
  readonly rows: number;
}

/** The callbacks of a screen. */
export interface ScreenOptions {
  /** Called with each typed character, or the escape sequence of another key; never if stdin is no terminal. */
  readonly onKey: (key: string) => void;
  /** Called when the screen has another size, or is empty again. */
  readonly onChange: () => void;
}

/** A terminal that is drawn on as a whole, and restored afterwards. */
export interface Screen {
  /** Its present size. */
  readonly size: ScreenSize;
  /** Shows only these lines, from the top. They have to fit. A slow terminal may skip all but the newest. */
  show(lines: readonly string[]): void;
  /** Restores the terminal. Closing twice does nothing. */
  close(): void;
}

/** The standard streams. */
export interface Terminal {
  /** Queues text for stdout, or drops it. Never throws and never blocks. */
  write(text: string): void;
  /** Resolves when the queue for stdout is empty: to whether no text was dropped that somebody would still read. */
  isWhole(): Promise<boolean>;
  /** Does the same as `write()` for stderr. */
  writeError(text: string): void;
  /** Lets the process end soon, even if a slow reader then loses output. */
  hurry(): void;
  /** Takes stdout, a terminal, for drawing, which overwrites other output. The end of the program closes it. */
  openScreen(options: ScreenOptions): Screen;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Whether stderr is a terminal. */
  readonly isErrorTerminal: boolean;
  /** Whether stdout may have colours: it is a terminal, and NO_COLOR is not set. */
  readonly hasColours: boolean;
  /** Whether stderr is the systemd journal, which knows the time and reads priorities. */
  readonly isJournal: boolean;
  /** Whether stdin is a terminal. */
  readonly isInteractive: boolean;
  /** Calls back with each line of stdin, without its line feed. The end is not reported. */
  readLines(callback: (line: string) => void): void | Promise<void>;
}

/** A signal that lifesign listens for. */
export type Signal = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGUSR1" | "SIGUSR2";

/** Signals to this process. */
export interface Signals {
  /** Calls back for each signal from now on, instead of what the system does by default. */
  listen(signal: Signal, callback: () => void): void;
}

/** The environment variables. */
export interface Environment {
  /** The names of all that begin with `LIFESIGN_`, in no order, but for those whose values are no UTF-8. */
  readonly ownNames: readonly string[];
  /** The value of a variable; `undefined` if it is not set or no UTF-8. Throws a `LifesignError` if `LIFESIGN_…` is no UTF-8. */
  get(name: string): string | undefined;
}

/** The content of a file. */
export interface FileContent {
  /** All bytes. */
  readonly bytes: Uint8Array;
  /** Whether it is a regular file, which can be read again. */
  readonly isRegular: boolean;
  /** The user id of its owner. */
  readonly owner: number;
  /** Its permission bits, such as 0o600. */
  readonly mode: number;
}

/** How to read a file. */
export interface ReadOptions {
  /** The longest file that is accepted, in bytes. */
  readonly longest: number;
  /** Whether stdin (`-`) or a pipe may be read, which takes until its writer closes it. */
  readonly pipes: boolean;
}

/** The code of the fault for a pipe that may not be read. */
export const pipeCode = "PIPE";

/** The code of the fault if another process holds the lock of a file. */
export const lockedCode = "EWOULDBLOCK";

/** A file that no other lifesign can lock until it is released or this process ends. */
export interface LockedFile extends FileContent {
  /** Replaces its content in place. Returns `null`, or why it failed. */
  overwrite(text: string): Fault | null;
  /** Unlocks it. */
  release(): void;
}

/** How to replace a file. */
export interface ReplaceOptions {
  /** Its permission bits afterwards, such as 0o600. */
  readonly mode: number;
  /** Whether it has to survive a loss of power, which takes longer. */
  readonly isDurable: boolean;
}

/** Files. */
export interface Files {
  /** Opens and locks a regular file, or makes it for this user alone. Never waits for the lock, never rejects. */
  lock(
    path: string,
    options: { readonly longest: number },
  ): Promise<LockedFile | Fault>;
  /** Reads a file to its end. Never rejects. */
  read(path: string, options: ReadOptions): Promise<FileContent | Fault>;
  /**
   * Creates or replaces a file as a whole: readers find the old content or all of
   * `text`. Parts of a text are fetched one by one. A symbolic link itself is
   * replaced. Resolves to `null`, or to why it failed. Never rejects.
   */
  replace(
    path: string,
    text: string | Iterable<string>,
    options: ReplaceOptions,
  ): Promise<Fault | null>;
  /** The user id of this process. */
  readonly user: number;
}

/** How a command ended: with an exit status or by a signal. */
export type CommandEnd =
  | { readonly code: number }
  | { readonly signal: string };

/** How to run a command. */
export interface CommandOptions {
  /** Environment variables besides those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called once, when the command itself has ended. */
  readonly onEnd: (end: CommandEnd) => void;
  /** Called with the lines that it prints, of many only the last; absent if they go to stderr. */
  readonly onOutput?: (line: string) => void;
}

/** A command that was started, with its process group. */
export interface RunningCommand {
  /** Ends its processes: SIGTERM, and shortly after SIGKILL. */
  kill(): void;
}

/** File descriptors, which limit how many files and sockets this process may open. */
export interface Descriptors {
  /** How many are free, counted up to `most`. */
  free(most: number): number;
}

/** Other programs. */
export interface Processes {
  /**
   * Runs a shell command in its own process group, with an empty stdin and with
   * stdout to stderr. Its environment lacks `LIFESIGN_UID` and the service
   * manager's variables. Returns a fault if it can't be started; never throws.
   */
  start(command: string, options: CommandOptions): RunningCommand | Fault;
}

/** A connection to the service manager that started this process. */
export interface Notifier {
  /**
   * Queues a message of lines like `READY=1`. It replaces a waiting message with
   * the same first key. Never throws and never blocks.
   */
  send(message: string): void;
}

/** Service managers with a socket, such as systemd. */
export interface Notifications {
  /**
   * Opens a connection to the socket at a path, from a socket that leaves no file
   * in `folder`. `onFault` is called for each message that can't be delivered.
   * Returns a fault if it can't be opened; never throws.
   */
  open(
    to: string,
    folder: string,
    onFault: (fault: Fault) => void,
  ): Notifier | Fault;
}

/** The limits of a log file. */
export interface LogLimits {
  /** The length, in bytes, beyond which it is rotated; 0 for never. */
  readonly maxBytes: number;
  /** How many rotated files are kept: `FILE.1` is the newest. With 0, the file is emptied. */
  readonly backups: number;
}

/** How to write a log file. */
export interface LogFileOptions extends LogLimits {
  /** Called when lines are lost (`write`) or the file can't be rotated (`rotate`); once until it works again. */
  readonly onFault: (what: "write" | "rotate", fault: Fault) => void;
  /** Makes the line that says how many lines were lost before the next one. */
  readonly lossLine: (lost: number) => string;
  /** Called when lines are written again, with how many were lost; absent if nobody needs it. */
  readonly onRecovery?: (lost: number) => void;
}

/** A file that several processes append lines to. It is made anew if it was moved or removed. */
export interface LogFile {
  /** Queues a line, line feed included, or drops it. Never throws and never blocks. */
  write(line: string): void;
  /** Closes the open file, goes on with the one at its path, and applies other limits. */
  reopen(limits: LogLimits): void;
  /** Writes the waiting lines, then closes the file. */
  close(): void;
}

/** Log files. */
export interface LogFiles {
  /** Opens a regular file for appending, or makes it for this user alone. Never rejects. */
  open(path: string, options: LogFileOptions): Promise<LogFile | Fault>;
}

/** A build of lifesign. */
export interface Build {
  /** Its target triple. */
  readonly target: string;
  /** What it holds that others have written, each with its licence. */
  readonly parts: readonly string[];
}

/** The whole outside. */
export interface World {
  /** Clocks and timers. */
  readonly clock: Clock;
  /** UDP. */
  readonly datagrams: Datagrams;
  /** The resolver. */
  readonly names: Names;
  /** The network interfaces. */
  readonly interfaces: Interfaces;
  /** The kernel's routes. */
  readonly routes: Routes;
  /** TCP, TLS and unix sockets. */
  readonly streams: Streams;
  /** TCP that peers connect to. */
  readonly listeners: StreamListeners;
  /** Files. */
  readonly files: Files;
  /** Log files. */
  readonly logFiles: LogFiles;
  /** File descriptors. */
  readonly descriptors: Descriptors;
  /** The standard streams. */
  readonly terminal: Terminal;
  /** Signals to this process. */
  readonly signals: Signals;
  /** Service managers. */
  readonly notifications: Notifications;
  /** Environment variables. */
  readonly environment: Environment;
  /** The id of this process. */
  readonly pid: number;
  /** Which build of lifesign runs. */
  build(): Promise<Build>;
  /** The absolute path of the executable that this process runs. */
  readonly executable: string;
  /** Other programs. */
  readonly processes: Processes;
  /** Gives up the right to run other programs, for good. Returns false if the kernel can't keep that, so that only this program does. */
  revokeRun(): boolean;
  /**
   * Gives up, for good, to write files but in these folders, and to read most
   * others, as far as runtime and kernel can keep that.
   */
  limitFiles(folders: readonly string[]): void;
  /** A random number from 0 up to, not including, 1. */
  random(): number;
}

/** Whether a result is a fault. */
export function isFault(value: object | string): value is Fault {
  return typeof value === "object" && "code" in value && "message" in value;
}
