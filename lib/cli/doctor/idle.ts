/**
 * Measures how long a peer, or a proxy before it, leaves an idle connection up.
 *
 * @module
 */
import { formatAddress } from "../../parsers.ts";
import { drawNonce, meaningOf } from "../../probe/stream/connection.ts";
import type { Dialogue, Heard, Turn } from "../../protocol/protocol.ts";
import type {
  Clock,
  Endpoint,
  Fault,
  Stream,
  StreamPhase,
  World,
} from "../../world.ts";

/** How long to wait for the end of an idle connection, in ms. */
export const longestIdle = 120_000;

/** The connection to measure with. */
export interface IdleOrder {
  /** Where to. */
  readonly to: Endpoint;
  /** The local address that it leaves from; `null` for whichever the route says. */
  readonly from: string | null;
  /** How long its proof of life may take, in ms. */
  readonly timeout: number;
}

/** Something that a peer has said unasked. */
export interface Unasked {
  /** When, in ms since the proof of life. */
  readonly at: number;
  /** Whether it had to be answered, as a ping. */
  readonly isPing: boolean;
}

/** How an idle connection came to its end; times in ms. */
export interface Idleness {
  /** The peer ended it, still answered, did not know it any more, or something else happened. */
  readonly end: "ended" | "up" | "forgotten" | "failed";
  /** What else is known of that, as a sentence with its subject; `null` for nothing. */
  readonly note: string | null;
  /** How long it was idle at the end. */
  readonly idle: number;
  /** The longest time before that between two words; 0 if there were none. */
  readonly longestBefore: number;
  /** What the peer said meanwhile. */
  readonly unasked: readonly Unasked[];
}

/** What happens on a connection. */
type Event =
  | { readonly type: "alive"; readonly at: number }
  | { readonly type: "unasked"; readonly at: number; readonly isPing: boolean }
  | {
    readonly type: "over";
    readonly at: number;
    readonly by: EndReason;
    /** The same as a sentence. */
    readonly note: string;
  };

/** A bare end, a reset, words such as a close frame, or anything that is not the peer's wish. */
type EndReason = "end" | "reset" | "words" | "failure";

const noHandshake: Heard = {
  type: "unable",
  note: "ended the connection during the TLS handshake",
};

/**
 * Waits for a proof of life on a fresh connection, and then says nothing but
 * answers. One that is up after {@linkcode longestIdle} is asked once more: what
 * a router has forgotten looks the same until then.
 */
export async function measureIdleLimit(
  dialogue: Dialogue,
  order: IdleOrder,
  world: Pick<World, "clock" | "random" | "streams">,
): Promise<Idleness> {
  const { clock } = world;
  const connection = new Connection(dialogue, order, world);
  try {
    const first = await connection.next(clock.now() + order.timeout);
    if (first === null || first.type === "over" || connection.isMute) {
      const note = first?.type === "over" ? first.note : connection.silence;
      return { end: "failed", note, idle: 0, longestBefore: 0, unasked: [] };
    }
    const since = first.at;
    const unasked: Unasked[] = [];
    let lastAt = since;
    let longestBefore = 0;
    let event = await connection.next(since + longestIdle);
    while (event !== null && event.type !== "over") {
      longestBefore = Math.max(longestBefore, event.at - lastAt);
      lastAt = event.at;
      const isPing = event.type === "unasked" && event.isPing;
      unasked.push({ at: event.at - since, isPing });
      event = await connection.next(since + longestIdle);
    }
    const idle = (event?.at ?? since + longestIdle) - lastAt;
    const facts = { idle, longestBefore, unasked };
    if (event !== null) {
      const note = event.by === "end" ? null : event.note;
      return {
        ...facts,
        end: event.by === "failure" ? "failed" : "ended",
        note,
      };
    }
    connection.ask();
    const until = clock.now() + order.timeout;
    let answer = await connection.next(until);
    while (answer?.type === "unasked") answer = await connection.next(until);
    if (answer?.type === "alive") return { ...facts, end: "up", note: null };
    if (answer?.by === "failure" || answer?.by === "words") {
      const end = answer.by === "failure" ? "failed" : "ended";
      return { ...facts, end, note: answer.note };
    }
    return { ...facts, end: "forgotten", note: null };
  } finally {
    connection.close();
  }
}

/** A connection whose events can be waited for. It answers by itself. */
class Connection {
  private readonly clock: Clock;
  private readonly stream: Stream;
  private readonly where: string;
  private readonly events: Event[] = [];
  private wake: () => void = () => {};
  private isOpen = false;
  private hasLived = false;
  /** What the dialogue knows; nothing before it is open. */
  private state: unknown = null;

  constructor(
    private readonly dialogue: Dialogue,
    { to, from }: IdleOrder,
    private readonly world: Pick<World, "clock" | "random" | "streams">,
  ) {
    this.clock = world.clock;
    this.where = formatAddress(to);
    this.stream = world.streams.open({
      to,
      from,
      tls: dialogue.tls,
      onConnected() {},
      onOpen: () => {
        this.isOpen = true;
        this.follow(dialogue.open(this.chance()));
      },
      onBytes: (bytes) => this.onBytes(bytes),
      onEnd: () => {
        const heard = this.isOpen ? dialogue.ended(this.state) : noHandshake;
        this.end("end", this.noteOf(heard));
      },
      onFault: (phase, fault) => this.onFault(phase, fault),
    });
  }

  /** Whether it is open and has lived, but can't be asked again. */
  get isMute(): boolean {
    return this.isOpen && this.hasLived &&
      this.dialogue.ping(this.state, this.chance()) === null;
  }

  /** Why there is no answer. */
  get silence(): string {
    if (this.isMute) return `${this.where} can't be asked again`;
    return this.isOpen
      ? this.noteOf(this.dialogue.timedOut(this.state))
      : `${this.where} did not open the connection in time`;
  }

  /** The next event; `null` if none comes until monotonic `until` in ms. */
  next(until: number): Promise<Event | null> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.wake = () => {};
        resolve(this.events.shift() ?? null);
      };
      const cancel = this.clock.setTimer(until, end);
      this.wake = end;
      if (this.events.length > 0) end();
    });
  }

  /** Asks for another proof of life. */
  ask(): void {
    const turn = this.dialogue.ping(this.state, this.chance());
    if (turn !== null) this.follow(turn);
  }

  close(): void {
    const farewell = this.isOpen ? this.dialogue.farewell(this.state) : null;
    if (farewell !== null) this.stream.write(farewell);
    this.stream.close();
  }

  private onBytes(bytes: Uint8Array): void {
    const turn = this.dialogue.receive(this.state, bytes);
    if (this.hasLived && turn.heard.length === 0) {
      const at = this.clock.now();
      this.emit({ type: "unasked", at, isPing: turn.say !== null });
    }
    this.follow(turn);
  }

  private onFault(phase: StreamPhase, fault: Fault): void {
    const { code, message } = fault;
    const isReset = code === "ECONNRESET" || code === "EPIPE";
    const heard = isReset ? meaningOf(phase, fault) : null;
    if (heard === null) return this.end("failure", message);
    this.end("reset", this.noteOf(heard));
  }

  private follow({ state, say, heard }: Turn<unknown>): void {
    this.state = state;
    if (say !== null) this.stream.write(say);
    for (const word of heard) {
      if (word.type === "alive") {
        this.hasLived = true;
        this.emit({ type: "alive", at: this.clock.now() });
      } else {
        this.end(word.type === "flaw" ? "failure" : "words", this.noteOf(word));
      }
    }
  }

  private end(by: EndReason, note: string): void {
    this.isOpen = false;
    this.emit({ type: "over", at: this.clock.now(), by, note });
  }

  private emit(event: Event): void {
    this.events.push(event);
    this.wake();
  }

  private noteOf({ note = "answers" }: Heard): string {
    return `${this.where} ${note}`;
  }

  private chance() {
    const { clock, random } = this.world;
    return { nonce: drawNonce(random), wallTime: clock.wallTime() };
  }
}
