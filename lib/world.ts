/**
 * The outside as lifesign sees it: narrow interfaces that `host/` fulfils with
 * the real world and `testing/` with a fake one. What answers later takes a
 * callback, so that virtual time needs no waiting at all.
 *
 * @module
 */

/** A UDP address. */
export interface Endpoint {
  /** An IPv4 or IPv6 address in its canonical text form, without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Something that failed on this machine, not on the network or at its peer. */
export interface Fault {
  /** The operating system's name for it, such as `ENETUNREACH`, or one of ours. */
  readonly code: string;
  /** A sentence that says what it means and what to do about it. */
  readonly message: string;
}

/** A time zone. */
export interface Zone {
  /** What people call it, such as `Europe/Berlin` or `UTC`. */
  readonly name: string;
  /** How far its clocks are ahead of UTC at a wall-clock time in ms, in ms. */
  offset(wallTime: number): number;
}

/** Time: a clock to measure with, a clock to tell people, and timers. */
export interface Clock {
  /** Monotonic time in ms; only differences mean anything. */
  now(): number;
  /** Wall-clock time in ms since 1970; it may jump. */
  wallTime(): number;
  /** How long the machine has been up, in ms with a resolution of 1 s; unlike `now()` it goes on during a suspend. */
  uptime(): number;
  /** Tells this boot of the machine from all others; `null` where nobody knows. It starts a process, once. */
  bootId(): Promise<string | null>;
  /** Where this machine is, for times that people read. */
  readonly zone: Zone;
  /**
   * Calls back once, when `now()` has reached `at` ms; in the past means soon.
   * Returns what cancels that.
   */
  setTimer(at: number, callback: () => void): () => void;
}

/** A UDP socket that is bound to a local port. */
export interface DatagramSocket {
  /** The local port, 1 to 65535. */
  readonly port: number;
  /** Sends one datagram to a literal address; `onFault` is called if it could not leave this machine. */
  send(bytes: Uint8Array, to: Endpoint, onFault: (fault: Fault) => void): void;
  /** Closes it; nothing is received afterwards. Closing twice does nothing. */
  close(): void;
}

/** How to bind a socket. */
export interface BindOptions {
  /** The local address, `0.0.0.0` or `::` for any. */
  readonly host: string;
  /** The local port; 0 for one that is unused. */
  readonly port: number;
  /** The longest datagram that is of interest, in bytes; a longer one arrives cut off, one byte longer than this. */
  readonly longest: number;
  /** Called with each datagram, as a copy of its own, and with where it claims to come from. */
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint) => void;
}

/** UDP. */
export interface Datagrams {
  /** Binds a fresh socket. Returns a fault, and throws nothing, if that can't be done. */
  bind(options: BindOptions): DatagramSocket | Fault;
}

/** An address of this machine. */
export interface InterfaceAddress {
  /** The interface that has it. */
  readonly name: string;
  /** An IPv4 address, or an IPv6 address that is good beyond the link. */
  readonly address: string;
  /** How many leading bits it shares with all addresses of its network; absent if that is not known. */
  readonly prefix?: number;
}

/** The network interfaces of this machine. */
export interface Interfaces {
  /** Their present addresses in the system's order. */
  addresses(): readonly InterfaceAddress[] | Fault;
}

/** The code of the fault when this machine has nothing that could be asked. */
export const absentCode = "ENOSYS";

/** Which packets are asked about. */
export interface RouteQuestion {
  /** Where they go, a literal address. */
  readonly to: string;
  /** The local address that they leave from; whichever the kernel takes, if absent. */
  readonly from?: string;
  /** The interface that they leave by; whichever the kernel takes, if absent. */
  readonly device?: string;
}

/** The way that packets take. */
export interface Route {
  /** The interface that they leave by; `lo` if they stay within this machine. */
  readonly device: string;
  /** The local address that they leave from; `null` if the kernel does not say. */
  readonly source: string | null;
  /** The router that they go to next; `null` if they go straight to their end. */
  readonly via: string | null;
}

/** Packets that a rule is about are told by some of their bits. */
export interface RouteMark {
  /** What these bits are. */
  readonly value: number;
  /** Which bits these are. */
  readonly mask: number;
}

/** A rule that says which packets look for their way in which table. */
export interface RouteRule {
  /** Its place: the lowest comes first. */
  readonly preference: number;
  /** Only packets from this address, or network such as `10.0.0.0/8`; `null` for any. */
  readonly from: string | null;
  /** The same for where they go. */
  readonly to: string | null;
  /** Only packets that a firewall has marked so; `null` for any. */
  readonly mark: RouteMark | null;
  /** Whether it is about all packets but those. */
  readonly isInverted: boolean;
  /** The table that they look into; `null` if they are thrown away. */
  readonly table: string | null;
  /** Routes to networks of no more than so many bits are left out; `null` for none. */
  readonly suppress: number | null;
}

/** A route in one of the kernel's tables. */
export interface TableRoute {
  /** The table's name or number. */
  readonly table: string;
  /** How many bits its network has; 0 for a default route. */
  readonly bits: number;
  /** The lower one wins between routes to the same network. */
  readonly metric: number;
  /** The interfaces that it leads to: several share the packets, and none is known of a multipath route that busybox lists; `null` for packets that are thrown away. */
  readonly devices: readonly string[] | null;
  /** The router, as `ip route add default via` takes it; `null` if there is none, or are several. */
  readonly via: string | null;
}

/** How the kernel finds the way to a peer. */
export interface Routing {
  /** The rules for packets of this machine's own, in their order. Those that mind anything else are left out. */
  readonly rules: readonly RouteRule[];
  /** All routes that lead to the peer, whatever their table. */
  readonly routes: readonly TableRoute[];
}

/**
 * The kernel's routes. Each answer comes later, once, and within some seconds;
 * the same questions at the same time share one. It is a fault of the code
 * {@linkcode absentCode} if nothing on this machine can tell.
 */
export interface Routes {
  /** Tells which way packets take. A fault says why there is none. */
  lookUp(
    question: RouteQuestion,
    callback: (answer: Route | Fault) => void,
  ): void;
  /** Tells the rules and routes by which packets to a literal address find their way. */
  routing(to: string, callback: (answer: Routing | Fault) => void): void;
  /** Tells the addresses of an interface, in the system's order, that new connections may leave from: none that is deprecated, tentative or of the link alone. */
  sources(
    device: string,
    callback: (answer: readonly string[] | Fault) => void,
  ): void;
  /** Calls back, once at most, when it turns out that nothing on this machine can tell. */
  onAbsence(callback: (fault: Fault) => void): void;
}

/** The code of the fault when a host, or a firewall on the way, says that nothing listens. */
export const refusedCode = "ECONNREFUSED";

/** TCP, as far as it tells whether a host is there: unlike a datagram a connection is answered even by a port where nothing listens. */
export interface Connections {
  /**
   * Asks for a connection to a literal address, lets go of it at once, and calls
   * back with the local address that it had, or with why there is none. It may
   * take as long as it likes.
   */
  attempt(to: Endpoint, callback: (answer: Endpoint | Fault) => void): void;
}

/** The system's resolver. */
export interface Names {
  /**
   * Looks a name up and calls back once with its addresses in the resolver's
   * order, at least one, or with why there is none. It may take as long as it
   * likes. Look-ups of one name at the same time share an answer.
   */
  lookUp(
    name: string,
    callback: (answer: readonly string[] | Fault) => void,
  ): void;
}

/** How much fits on a screen, in characters. */
export interface ScreenSize {
  /** From left to right; the last column of the terminal is not used. */
  readonly columns: number;
  /** From top to bottom. */
  readonly rows: number;
}

/** Whom a screen tells what happens to it. */
export interface ScreenOptions {
  /** Is told each character that is typed, and each other key as the escape sequence that it sends; nothing where stdin is no terminal. */
  readonly onKey: (key: string) => void;
  /** Is told when the screen has another size, or is empty again. */
  readonly onChange: () => void;
}

/** A terminal that is drawn on as a whole, until it is given back as it was. */
export interface Screen {
  /** Its size at present. */
  readonly size: ScreenSize;
  /** Shows these lines from the top on, and nothing else. They have to fit. Where the terminal is slow the newest ones count. */
  show(lines: readonly string[]): void;
  /** Gives the terminal back; closing twice does nothing. */
  close(): void;
}

/** What lifesign reads from and writes to: the standard streams. */
export interface Terminal {
  /** Queues text for stdout. What can't be written is dropped; it never throws and never blocks. */
  write(text: string): void;
  /** Resolves once all that was queued for stdout is written or dropped: to whether nothing was dropped, but for what nobody reads any more. */
  isWhole(): Promise<boolean>;
  /** The same as `write()`, for stderr. */
  writeError(text: string): void;
  /** From now on a reader that stalls holds up the end of the process for a moment at most, whatever is lost by that. */
  hurry(): void;
  /** Takes stdout, which has to be a terminal, for drawing. What is written meanwhile is overwritten. Whatever ends the program closes it. */
  openScreen(options: ScreenOptions): Screen;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Whether stdout may get colours: it is a terminal, and nobody has set NO_COLOR. */
  readonly hasColours: boolean;
  /** Whether stderr is the systemd journal, which dates lines itself and reads their priority. */
  readonly isJournal: boolean;
  /** Whether stdin is a terminal, so that somebody may hang up. */
  readonly isInteractive: boolean;
  /** Calls back with each line of stdin, without its line feed; its end is not reported. */
  readLines(callback: (line: string) => void): void | Promise<void>;
}

/** A signal that lifesign can be told something by. */
export type Signal = "SIGHUP" | "SIGINT" | "SIGTERM" | "SIGUSR1";

/** Signals that arrive. */
export interface Signals {
  /** Calls back each time instead of what the system does by default, from now on. */
  listen(signal: Signal, callback: () => void): void;
}

/** The environment variables. */
export interface Environment {
  /** The value of a variable; `undefined` if it is not set, or no UTF-8. Throws a `LifesignError` for one of lifesign's own that is no UTF-8. */
  get(name: string): string | undefined;
}

/** A file that was read. */
export interface FileContent {
  /** All of it. */
  readonly bytes: Uint8Array;
  /** Whether it can be read again and again: a regular file, neither a pipe nor a terminal. */
  readonly isRegular: boolean;
  /** The user id of its owner. */
  readonly owner: number;
  /** Its permission bits, such as 0o600. */
  readonly mode: number;
}

/** How to read a file. */
export interface ReadOptions {
  /** One that is longer than so many bytes is refused. */
  readonly longest: number;
  /** Whether stdin (`-`) or a pipe may be read, which waits until its writer closes it. */
  readonly pipes: boolean;
}

/** The code of the fault when a pipe would have to be read, and may not. */
export const pipeCode = "PIPE";

/** The code of the fault when another process holds a file's lock. */
export const lockedCode = "EWOULDBLOCK";

/** A file that no other lifesign can lock until this one lets it go, or ends. */
export interface LockedFile extends FileContent {
  /** Puts a text in the place of what it holds, in place. */
  overwrite(text: string): Fault | null;
  /** Lets it go. */
  release(): void;
}

/** How to replace a file. */
export interface ReplaceOptions {
  /** Its permission bits afterwards, such as 0o600. */
  readonly mode: number;
  /** Whether it has to survive that the machine loses its power; that takes longer. */
  readonly isDurable: boolean;
}

/** Files. */
export interface Files {
  /** Opens a regular file, makes it for this user alone if there is none, and locks it. Never waits, never rejects. */
  lock(
    path: string,
    options: { readonly longest: number },
  ): Promise<LockedFile | Fault>;
  /** Reads a file to its end. Never rejects. */
  read(path: string, options: ReadOptions): Promise<FileContent | Fault>;
  /**
   * Replaces a file as a whole, or creates it: whoever reads it finds all that
   * it held before or all of `text`, even if this process is killed meanwhile;
   * a text in parts is asked for each when the one before is written.
   * A symbolic link is replaced itself. Resolves to `null`, or to why it can't
   * be done. Never rejects.
   */
  replace(
    path: string,
    text: string | Iterable<string>,
    options: ReplaceOptions,
  ): Promise<Fault | null>;
  /** The user id that this process runs under. */
  readonly user: number;
}

/** How a command ended: with an exit status, or by a signal. */
export type CommandEnd =
  | { readonly code: number }
  | { readonly signal: string };

/** A command to be run. */
export interface CommandOptions {
  /** Environment variables besides those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called once, when the command has ended, whatever it left running. */
  readonly onEnd: (end: CommandEnd) => void;
  /** Is told what it prints, line by line, and of much at once only the last lines; absent if that goes to stderr. */
  readonly onOutput?: (line: string) => void;
}

/** A command that was started, and whatever it has started that did not leave its process group. */
export interface RunningCommand {
  /** Asks all of it that still runs to end (SIGTERM), and ends it shortly after (SIGKILL). */
  kill(): void;
}

/** What this process may have open at a time: files, sockets and the like. */
export interface Descriptors {
  /** How many more it could open now, counted up to `most`. */
  free(most: number): number;
}

/** Other programs. */
export interface Processes {
  /**
   * Runs a shell command in a process group of its own, without a terminal:
   * stdin is empty, stdout goes to stderr. `LIFESIGN_UID` and the way
   * to the service manager are not in its environment. Returns a fault, and throws nothing, if it can't be started.
   */
  start(command: string, options: CommandOptions): RunningCommand | Fault;
}

/** A way to the service manager that started this process. */
export interface Notifier {
  /**
   * Queues a message of lines like `READY=1`. While an earlier one can't be
   * delivered, a message replaces one that waits and has the same first key.
   * Never throws and never blocks.
   */
  send(message: string): void;
}

/** Service managers that listen at a socket, as systemd does. */
export interface Notifications {
  /**
   * Opens a way to the socket at a path, from a socket in a folder that leaves
   * no file there. `onFault` is told of each message that can't be delivered.
   * Returns a fault, and throws nothing, if that can't be done.
   */
  open(
    to: string,
    folder: string,
    onFault: (fault: Fault) => void,
  ): Notifier | Fault;
}

/** How long a log file may get, and what becomes of one that is full. */
export interface LogLimits {
  /** When a line would make it longer than this, in bytes, it is rotated first; 0 for never. */
  readonly maxBytes: number;
  /** How many rotated files are kept: `FILE.1` is the newest. With 0 the file is emptied. */
  readonly backups: number;
}

/** How to write a log file, and whom to tell what goes wrong. */
export interface LogFileOptions extends LogLimits {
  /** Is told when lines begin to be lost (`write`), or the file grows since it can't be rotated (`rotate`); once until that works again. */
  readonly onFault: (what: "write" | "rotate", fault: Fault) => void;
  /** Makes the line that goes ahead of the first one after so many were lost. */
  readonly lossLine: (lost: number) => string;
  /** Is told when lines are written again, and how many were lost since that was told last; absent if the file itself says it. */
  readonly onRecovery?: (lost: number) => void;
}

/** A file that lines are appended to, also by other processes; one that was moved away or removed is made anew. */
export interface LogFile {
  /** Queues a line, line feed included. What can't be written is dropped; it never throws and never blocks. */
  write(line: string): void;
  /** Lets go of the open file, goes on with the one that is at its path by now, and minds other limits. */
  reopen(limits: LogLimits): void;
  /** Writes what waits, then lets go of the file. */
  close(): void;
}

/** Log files. */
export interface LogFiles {
  /** Opens a regular file for appending; makes it for this user alone if there is none. Never rejects. */
  open(path: string, options: LogFileOptions): Promise<LogFile | Fault>;
}

/** All of the outside. */
export interface World {
  /** Time. */
  readonly clock: Clock;
  /** UDP. */
  readonly datagrams: Datagrams;
  /** The resolver. */
  readonly names: Names;
  /** The network interfaces. */
  readonly interfaces: Interfaces;
  /** The kernel's routes. */
  readonly routes: Routes;
  /** TCP. */
  readonly connections: Connections;
  /** Files. */
  readonly files: Files;
  /** Log files. */
  readonly logFiles: LogFiles;
  /** What may be open. */
  readonly descriptors: Descriptors;
  /** The standard streams. */
  readonly terminal: Terminal;
  /** Signals that arrive. */
  readonly signals: Signals;
  /** Service managers. */
  readonly notifications: Notifications;
  /** Environment variables. */
  readonly environment: Environment;
  /** The id of this process. */
  readonly pid: number;
  /** The absolute path of the executable that this process runs. */
  readonly executable: string;
  /** Other programs. */
  readonly processes: Processes;
  /** Gives up the right to run other programs, for good. */
  revokeRun(): void;
  /** Chance: numbers from 0 up to, not including, 1. */
  random(): number;
}

/** Tells a fault from what there would be without one. */
export function isFault(value: object | string): value is Fault {
  return typeof value === "object" && "code" in value && "message" in value;
}
