/**
 * One cycle with connections, and those that outlive it, as data: tries, the
 * confirmation of a death, and the connection that is held. Nothing here touches
 * the outside: {@linkcode advanceTalk} says what is to be done.
 *
 * A refused connection, or a "no" in the protocol, proves little for itself: a
 * service that restarts refuses for a moment. So a death counts only once
 * several fresh connections have brought it, the first and the last of them far
 * enough apart, and only if no address says anything else.
 *
 * @module
 */
import {
  countReason,
  type CycleResult,
  type Reasons,
  type StreamFacts,
} from "../../finding.ts";
import type { Moment, Time } from "../../machine.ts";
import type { Heard, Turn } from "../../protocol/protocol.ts";
import type { Verdict } from "../../verdict.ts";
import type { Endpoint, Fault, StreamPhase } from "../../world.ts";
import type { LateReply, ProbeEvent, StreamOrder } from "../probe.ts";
import {
  type Connection,
  endOf,
  farewellOf,
  freshConnection,
  mayHold,
  meaningOf,
  noPhases,
  phasesOf,
  roundTripOf,
  silenceOf,
} from "./connection.ts";

/** How long a connection without an answer goes on listening, in ms. */
export const lingerTime = 10_000;

/** How long to wait after a try that failed at once, at most, in ms. */
const longestPause = 1_000;

/** How long the kernel may take to say whether a death may be another line's, in ms. */
const linesLimit = 5_000;

/** What an address has said in a cycle. */
export interface Said {
  /** Its death signs. */
  readonly deaths: number;
  /** When the first of them came, in monotonic ms. */
  readonly firstAt: number;
  /** When the last of them came. */
  readonly lastAt: number;
  /** Whether one of them was its last word. */
  readonly isDead: boolean;
  /** Whether any bytes came from it. */
  readonly hasSpoken: boolean;
}

/** The confirmation of a death. */
export interface StreamConfirmation {
  /** The hosts that only one line is known to lead to. */
  readonly ownLine: ReadonlySet<string>;
  /** Whether the death lacks nothing but that all that told it are among them. */
  readonly isAwaited: boolean;
}

/** A cycle under way; times in monotonic ms. */
export interface StreamCycle {
  /** What was ordered. */
  readonly order: StreamOrder;
  /** When it began. */
  readonly since: number;
  /** Tries so far, whatever became of them. */
  readonly made: number;
  /** Those that this machine did not refuse. */
  readonly sent: number;
  /** The connection that is being waited for; `null` while the next try waits. */
  readonly current: number | null;
  /** When the last try began. */
  readonly tryAt: number;
  /** When the present wait is over. */
  readonly deadline: number;
  /** What each address has said, by its host. */
  readonly said: ReadonlyMap<string, Said>;
  /** Death signs so far. */
  readonly deaths: number;
  /** Their confirmation; `null` before the first that may be confirmed. */
  readonly confirmation: StreamConfirmation | null;
  /** What was wrong, by reason. */
  readonly reasons: Reasons;
  /** How many connections brought something wrong. */
  readonly flawed: number;
  /** What failed last on this machine. */
  readonly fault: Fault | null;
  /** What the peer said last. */
  readonly note: string | null;
  /** The connection that said it, or was made since. */
  readonly last: Connection | null;
  /** Both of the last connection that has ended and whose word counts; `null` before. */
  readonly quoted: Pick<StreamCycle, "note" | "last"> | null;
}

/** All that is known of a session's connections. */
export interface Talk {
  /** The cycle under way; `null` between cycles. */
  readonly cycle: StreamCycle | null;
  /** Those that are open, or being opened. */
  readonly connections: readonly Connection[];
  /** The number of the one that is held; `null` if none is. */
  readonly held: number | null;
  /** Why the last one that was held is not any more; `null` if none was, or that was told. */
  readonly lost: string | null;
  /** The number that the next one gets. */
  readonly nextId: number;
  /** The order of the last cycle that is over; `null` before. */
  readonly lastOrder: StreamOrder | null;
  /** Late answers since the last cycle's end. */
  readonly late: number;
}

/** What can happen. */
export type TalkEvent =
  | Time
  /** A cycle is ordered; `nonce` is for a ping. */
  | {
    readonly type: "begin";
    readonly order: StreamOrder;
    readonly nonce: Uint8Array;
  }
  /** The peer's kernel has accepted a connection, at this local port. */
  | { readonly type: "connected"; readonly id: number; readonly port: number }
  /** A connection is open for bytes. */
  | { readonly type: "opened"; readonly id: number; readonly nonce: Uint8Array }
  /** Bytes came. */
  | { readonly type: "bytes"; readonly id: number; readonly bytes: Uint8Array }
  /** The peer has ended a connection, which is closed. */
  | { readonly type: "end"; readonly id: number }
  /** A connection has failed, and is closed. */
  | {
    readonly type: "fault";
    readonly id: number;
    readonly phase: StreamPhase;
    readonly fault: Fault;
  }
  /** Whether nobody knows which line connections to a host take: no death counts then. */
  | {
    readonly type: "uplinks";
    readonly host: string;
    readonly fault: Fault | null;
  };

/** What is to be done. */
export type TalkEffect =
  /** Open a connection. */
  | {
    readonly type: "open";
    readonly id: number;
    readonly to: Endpoint;
    readonly order: StreamOrder;
  }
  /** Send bytes. */
  | { readonly type: "write"; readonly id: number; readonly bytes: Uint8Array }
  /** Close a connection, in whatever state it is. */
  | { readonly type: "close"; readonly id: number }
  /** A death that this address told is being confirmed: find out whether it may be another line's. */
  | { readonly type: "confirm"; readonly from: Endpoint }
  /** Tell the session. */
  | { readonly type: "tell"; readonly event: ProbeEvent };

/** What there is, and what is to be done on the way there. */
export type Step = [Talk, TalkEffect[]];

/** No connection has been made yet: one for all sessions, since there may be thousands. */
export const nothingSaid: Talk = {
  cycle: null,
  connections: [],
  held: null,
  lost: null,
  nextId: 0,
  lastOrder: null,
  late: 0,
};

/** When the time has to be told at the latest, in monotonic ms; infinite for never. */
export function deadlineOf({ cycle, connections }: Talk): number {
  return Math.min(
    cycle?.deadline ?? Infinity,
    ...connections.map(({ closesAt }) => closesAt),
  );
}

/** How long a cycle lasts at most after its name was looked up, in ms. */
export function streamBudget(
  order: Pick<StreamOrder, "timeout" | "tries" | "confirm" | "deadAfter">,
): number {
  const { timeout, tries, confirm, deadAfter } = order;
  return (tries + Math.max(confirm, 2)) * timeout + deadAfter + linesLimit;
}

/** What becomes of it by an event, and what is to be done about it. */
export function advanceTalk(
  talk: Talk,
  event: TalkEvent,
  moment: Moment,
): Step {
  const draft = new Draft(talk, moment);
  draft.take(event);
  return [draft.talk, draft.effects];
}

/** A talk on the way from one event to the next: the record is replaced, never changed. */
class Draft {
  readonly effects: TalkEffect[] = [];

  constructor(public talk: Talk, private readonly moment: Moment) {}

  take(event: TalkEvent): void {
    switch (event.type) {
      case "time":
        return this.onTime();
      case "begin":
        return this.begin(event.order, event.nonce);
      case "uplinks":
        return this.onUplinks(event.host, event.fault);
    }
    const connection = this.find(event.id);
    if (connection === undefined) return;
    switch (event.type) {
      case "connected": {
        const port = event.port === 0 ? null : event.port;
        return this.change(connection, { connectedAt: this.now, port });
      }
      case "opened": {
        const { heartbeat } = connection.order;
        const { now, moment: { wallTime } } = this;
        const turn = heartbeat.open({ nonce: event.nonce, wallTime });
        const opened = { ...connection, openedAt: now };
        return this.follow(opened, turn);
      }
      case "bytes": {
        const { order: { heartbeat }, state } = connection;
        const heardAt = connection.heardAt ?? this.now;
        return this.follow(
          { ...connection, heardAt },
          heartbeat.receive(state, event.bytes),
        );
      }
      case "end":
        return this.close(connection, endOf(connection));
      case "fault": {
        const meaning = meaningOf(event.phase, event.fault);
        return meaning === null
          ? this.onUnsent(connection, event.fault)
          : this.close(connection, meaning, event.fault);
      }
    }
  }

  private get now(): number {
    return this.moment.now;
  }

  private find(id: number | null): Connection | undefined {
    return this.talk.connections.find((connection) => connection.id === id);
  }

  private change(connection: Connection, change: Partial<Connection>): void {
    const changed = { ...connection, ...change };
    const connections = this.talk.connections.map((it) =>
      it.id === connection.id ? changed : it
    );
    this.talk = { ...this.talk, connections };
  }

  private changeCycle(change: Partial<StreamCycle>): void {
    const { cycle } = this.talk;
    if (cycle === null) return;
    this.talk = { ...this.talk, cycle: { ...cycle, ...change } };
  }

  /** Forgets a connection that is closed. */
  private drop({ id }: Connection): void {
    const { held } = this.talk;
    this.talk = {
      ...this.talk,
      connections: this.talk.connections.filter((it) => it.id !== id),
      held: held === id ? null : held,
    };
  }

  /** Says good-bye, and closes. */
  private dismiss(connection: Connection): void {
    const { id } = connection;
    const bytes = farewellOf(connection);
    if (bytes !== null) this.effects.push({ type: "write", id, bytes });
    this.effects.push({ type: "close", id });
    this.drop(connection);
  }

  private begin(order: StreamOrder, nonce: Uint8Array): void {
    const { now } = this;
    const cycle: StreamCycle = {
      order,
      since: now,
      made: 0,
      sent: 0,
      current: null,
      tryAt: now,
      deadline: now,
      said: new Map(),
      deaths: 0,
      confirmation: null,
      reasons: {},
      flawed: 0,
      fault: null,
      note: null,
      last: null,
      quoted: null,
    };
    this.talk = { ...this.talk, cycle };
    for (const connection of this.talk.connections) {
      const isOther = connection.order.heartbeat !== order.heartbeat;
      if (isOther || connection.isHeld && !order.hold) this.dismiss(connection);
    }
    const held = this.find(this.talk.held);
    if (held === undefined || !this.ping(held, order, nonce)) this.tryAfresh();
  }

  /** Asks on the connection that is held; returns whether that could be done. */
  private ping(
    held: Connection,
    order: StreamOrder,
    nonce: Uint8Array,
  ): boolean {
    const { now, moment: { wallTime } } = this;
    const turn = order.heartbeat.ping(held.state, { nonce, wallTime });
    if (turn === null) {
      this.dismiss(held);
      return false;
    }
    const deadline = now + order.timeout;
    this.changeCycle({ sent: 1, current: held.id, deadline });
    const cycleSince = now;
    this.follow({ ...held, order, cycleSince, isAnswered: false }, turn);
    return true;
  }

  /** Makes a try on a fresh connection. */
  private tryAfresh(): void {
    const { now, talk: { cycle, nextId: id } } = this;
    if (cycle === null) return;
    const { order, made, sent, since: cycleSince } = cycle;
    const to = nextTarget(cycle);
    const connection = freshConnection({ id, order, to, cycleSince, now });
    this.talk = {
      ...this.talk,
      nextId: id + 1,
      connections: [...this.talk.connections, connection],
    };
    this.changeCycle({
      made: made + 1,
      sent: sent + 1,
      current: id,
      tryAt: now,
      deadline: now + order.timeout,
      last: connection,
    });
    this.effects.push({ type: "open", id, to, order });
  }

  /** Does what a dialogue wants, and takes what it has heard. */
  private follow(connection: Connection, turn: Turn<unknown>): void {
    const { id } = connection;
    const { state, say, asks, heard } = turn;
    const askedAt = asks ? this.now : connection.askedAt;
    this.change(connection, { ...connection, state, askedAt });
    if (say !== null) this.effects.push({ type: "write", id, bytes: say });
    for (const it of heard) {
      const connection = this.find(id);
      if (connection === undefined) return;
      if (it.type === "alive") {
        if (connection.isAnswered) continue;
        this.onAlive(connection, it);
        this.keep(connection);
      } else {
        this.effects.push({ type: "close", id });
        this.close(connection, it);
      }
    }
  }

  private onAlive(
    connection: Connection,
    heard: Extract<Heard, { type: "alive" }>,
  ): void {
    const { now, talk: { cycle } } = this;
    const { order, to, port, cycleSince } = connection;
    const answered = {
      from: to,
      rtt: roundTripOf(connection, now),
      answerTime: now - cycleSince,
      port,
    };
    if (order !== cycle?.order) {
      const isLast = order === this.talk.lastOrder;
      const late: LateReply = { ...answered, reply: "alive", order, isLast };
      this.talk = { ...this.talk, late: this.talk.late + 1 };
      this.effects.push({ type: "tell", event: { type: "late", late } });
    }
    // It proves life whichever cycle has asked.
    const { note = null, warning = null, portal = null } = heard;
    this.endCycle("alive", connection, { note, warning, portal });
  }

  /** Holds the connection that has answered last, or closes it. */
  private keep(connection: Connection): void {
    const { order, state } = connection;
    if (!mayHold(order, state)) return this.dismiss(connection);
    const before = this.find(this.talk.held);
    if (before !== undefined && before.id !== connection.id) {
      this.dismiss(before);
    }
    this.change(connection, {
      isAnswered: true,
      isHeld: true,
      closesAt: Infinity,
    });
    this.talk = { ...this.talk, held: connection.id };
  }

  /** Takes what a connection has said by its end; it is closed. */
  private close(
    connection: Connection,
    heard: Heard,
    fault: Fault | null = null,
  ): void {
    const { order, isHeld, id } = connection;
    const wasHeld = this.talk.held === id;
    this.drop(connection);
    if (heard.type === "alive") {
      if (!connection.isAnswered) this.onAlive(connection, heard);
      return;
    }
    const { cycle } = this.talk;
    if (wasHeld) this.talk = { ...this.talk, lost: heard.note };
    if (cycle === null) {
      if (!wasHeld) return;
      const event = { type: "lost", reason: heard.note } as const;
      return void this.effects.push({ type: "tell", event });
    }
    if (order !== cycle.order) return;
    // What was held says nothing by its end, but that there is to be another one.
    if (isHeld) {
      if (cycle.current === id) this.nextTry(this.now);
      return;
    }
    this.judge(connection, heard);
    if (fault !== null && heard.type !== "dead") this.changeCycle({ fault });
    if (this.talk.cycle?.current === id) this.nextTry(this.pause());
  }

  /** When the try comes that follows one that has failed at once. */
  private pause(): number {
    const { tryAt, order: { timeout } } = this.talk.cycle!;
    return Math.min(tryAt + timeout, this.now + longestPause);
  }

  /** Notes what a fresh connection has brought that is no life. */
  private judge(connection: Connection, heard: Heard): void {
    const { cycle } = this.talk;
    if (cycle === null || heard.type === "alive") return;
    const { to: { host } } = connection;
    const { note } = heard;
    const isDeath = heard.type === "dead" &&
      cycle.order.deadOn.includes(heard.sign);
    const isMoved = isDeath && host === cycle.order.doubtful;
    const reason = isMoved ? "moved" : heard.type === "flaw" ? heard.flaw : "";
    const isDead = isDeath && !isMoved;
    const before = cycle.said.get(host) ?? nothingYet;
    const now = isDead ? moreDead(before, this.now) : { ...before, isDead };
    const hasSpoken = before.hasSpoken || connection.heardAt !== null;
    const said = new Map(cycle.said).set(host, { ...now, hasSpoken });
    // Of several addresses, those that count are quoted.
    const quoted = isMoved && cycle.quoted !== null
      ? cycle.quoted
      : { note, last: connection };
    this.changeCycle({
      ...quoted,
      quoted,
      said,
      reasons: reason === ""
        ? cycle.reasons
        : countReason(cycle.reasons, reason),
      flawed: cycle.flawed + (heard.type === "flaw" ? 1 : 0),
    });
    if (isDead) this.onDeath(connection);
  }

  private onDeath({ to }: Connection): void {
    const { order, deaths, confirmation, said } = this.talk.cycle!;
    this.changeCycle({ deaths: deaths + 1 });
    if (!order.mayConfirm) return;
    if (said.get(to.host)?.deaths === 1) {
      this.effects.push({ type: "confirm", from: to });
    }
    if (confirmation !== null) return;
    this.changeCycle({
      confirmation: { ownLine: new Set(), isAwaited: false },
    });
    this.effects.push({ type: "tell", event: { type: "confirming" } });
  }

  private onUnsent(connection: Connection, fault: Fault): void {
    const { cycle } = this.talk;
    this.drop(connection);
    if (cycle === null || connection.order !== cycle.order) return;
    this.changeCycle({ sent: cycle.sent - 1, fault, last: connection });
    if (cycle.current === connection.id) this.nextTry(this.pause());
  }

  /** Makes the next try at monotonic time `at`, or later while a death is being confirmed; or comes to the end. */
  private nextTry(at: number): void {
    const { cycle } = this.talk;
    if (cycle === null) return;
    if (isConfirmed(cycle)) return this.onConfirmed();
    const deadline = Math.max(at, dueAt(cycle));
    if (!mayTry(cycle, deadline)) {
      return this.endCycle(verdictWithoutLife(cycle));
    }
    this.changeCycle({ current: null, deadline });
    if (deadline <= this.now) this.tryAfresh();
  }

  /** A death lacks nothing any more but the kernel's word for the line. */
  private onConfirmed(): void {
    const { now, talk: { cycle } } = this;
    const confirmation = cycle!.confirmation!;
    if (hasOwnLines(cycle!)) return this.endCycle("dead");
    this.changeCycle({
      current: null,
      deadline: now + linesLimit,
      confirmation: { ...confirmation, isAwaited: true },
    });
  }

  private onUplinks(host: string, fault: Fault | null): void {
    const { cycle } = this.talk;
    if (cycle === null || cycle.confirmation === null) return;
    const { confirmation } = cycle;
    if (fault !== null) {
      this.changeCycle({ fault });
      return this.endCycle("silent");
    }
    const ownLine = new Set(confirmation.ownLine).add(host);
    this.changeCycle({ confirmation: { ...confirmation, ownLine } });
    if (confirmation.isAwaited && hasOwnLines(this.talk.cycle!)) {
      this.endCycle("dead");
    }
  }

  private onTime(): void {
    const { now } = this;
    for (const connection of this.talk.connections) {
      if (connection.closesAt <= now) this.dismiss(connection);
    }
    const { cycle } = this.talk;
    if (cycle === null || now < cycle.deadline) return;
    if (cycle.confirmation?.isAwaited) {
      this.changeCycle({ fault: noWord });
      return this.endCycle("silent");
    }
    const connection = this.find(cycle.current);
    if (connection === undefined) return this.tryAfresh();
    // It may still answer.
    this.change(connection, { closesAt: now + lingerTime });
    if (connection.isHeld) {
      const lost = "did not answer in time";
      this.talk = { ...this.talk, lost, held: null };
      this.changeCycle({ note: lost, last: connection });
    } else this.judge(connection, silenceOf(connection));
    this.nextTry(now);
  }

  /** Ends the cycle under way, if there is one. */
  private endCycle(
    verdict: Verdict,
    by: Connection | null = null,
    facts: Partial<StreamFacts> = {},
  ): void {
    const { now, talk } = this;
    const { cycle } = talk;
    if (cycle === null) return;
    const { order, since, made, sent, deaths, reasons, fault, said } = cycle;
    const last = by ?? cycle.last;
    const isAlive = verdict === "alive";
    const reconnect = isAlive && by !== null && !by.isHeld ? talk.lost : null;
    const result: CycleResult = {
      verdict,
      address: last?.to ?? null,
      rtt: by === null ? null : roundTripOf(by, now),
      answerTime: isAlive || verdict === "dead" ? now - since : null,
      tries: sent,
      localPort: last?.port ?? null,
      deadReplies: deaths,
      reasons: talk.late > 0 ? { ...reasons, late: talk.late } : reasons,
      fault,
      stream: {
        note: cycle.note,
        warning: null,
        portal: null,
        ...facts,
        isHeld: by?.isHeld ?? false,
        reconnect,
        phases: last === null ? noPhases : phasesOf(last, now),
      },
    };
    const asked = [...new Set([...said.keys(), ...last ? [last.to.host] : []])];
    const heard = [...said.keys()].filter((host) => said.get(host)!.hasSpoken);
    const end = { order, result, since, tries: made, asked, heard };
    this.talk = {
      ...talk,
      cycle: null,
      lastOrder: order,
      late: 0,
      lost: isAlive ? null : talk.lost,
    };
    for (const connection of this.talk.connections) {
      // One that is still waited for may answer late.
      if (connection.id === by?.id || connection.closesAt < Infinity) continue;
      if (connection.order === order) {
        this.change(connection, { closesAt: now + lingerTime });
      }
    }
    this.effects.push({ type: "tell", event: { type: "ended", end } });
  }
}

const noWord: Fault = {
  code: "EUPLINKS",
  message:
    "the kernel did not say in time by which line connections leave, so that a death may be another line's",
};

/** How many death signs a death takes. Two of them are needed to be some time apart. */
function neededDeaths(
  { confirm, deadAfter }: Pick<StreamOrder, "confirm" | "deadAfter">,
): number {
  return Math.max(confirm, deadAfter > 0 ? 2 : 1);
}

/** An address that has not said anything. */
const nothingYet: Said = {
  deaths: 0,
  firstAt: 0,
  lastAt: 0,
  isDead: false,
  hasSpoken: false,
};

/** What an address has said once it has given one more death sign. */
function moreDead(before: Said, now: number): Said {
  const { deaths, firstAt } = before;
  return {
    ...before,
    deaths: deaths + 1,
    firstAt: deaths === 0 ? now : firstAt,
    lastAt: now,
    isDead: true,
  };
}

/** Where the next try goes. */
function nextTarget({ order: { targets }, made }: StreamCycle): Endpoint {
  return targets[made % targets.length]!;
}

/** When the next try is due, in monotonic ms: those that confirm what an address says are spread over the time that it takes at least. */
function dueAt(cycle: StreamCycle): number {
  const { order, confirmation, said } = cycle;
  const { deaths, firstAt } = said.get(nextTarget(cycle).host) ?? nothingYet;
  if (confirmation === null || deaths === 0) return 0;
  const gaps = Math.max(1, neededDeaths(order) - 1);
  return firstAt + Math.min(1, deaths / gaps) * order.deadAfter;
}

/** Whether a cycle may make one more try at monotonic time `at`. Where each address has to say a death for itself, this takes more of them, as long as there is time. */
function mayTry(
  { order, confirmation, made, since }: StreamCycle,
  at: number,
): boolean {
  const { tries, timeout, targets } = order;
  if (confirmation === null) return made < tries;
  const needed = neededDeaths(order);
  const end = since + streamBudget(order) - linesLimit;
  return made < tries + needed ||
    made < targets.length * needed && at + timeout <= end;
}

/** Whether there are enough death signs, far enough apart, and nothing that contradicts them. */
function isConfirmed({ order, confirmation, said }: StreamCycle): boolean {
  if (confirmation === null) return false;
  const needed = neededDeaths(order);
  const isDead = (host: string) => {
    const { deaths, firstAt, lastAt, isDead } = said.get(host) ?? nothingYet;
    return isDead && deaths >= needed && lastAt - firstAt >= order.deadAfter;
  };
  // A host that has answered knows; otherwise all have to say so. Each speaks for itself: another one may refuse always.
  return isDead(order.lastAnswered ?? "") ||
    order.targets.every(({ host }) => isDead(host));
}

/** Whether all hosts that have told a death are known to be led to by one line. */
function hasOwnLines({ confirmation, said }: StreamCycle): boolean {
  return [...said].every(([host, { deaths }]) =>
    deaths === 0 || confirmation?.ownLine.has(host)
  );
}

function verdictWithoutLife({ sent, deaths, flawed }: StreamCycle): Verdict {
  if (sent === 0) return "unsendable";
  if (deaths > 0) return "silent";
  return flawed > 0 ? "garbled" : "silent";
}
