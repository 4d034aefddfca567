/**
 * Routes in virtual time that answer what a test says.
 *
 * @module
 */
import {
  absentCode,
  type Clock,
  type Fault,
  type InterfaceAddress,
  isFault,
  type Route,
  type RouteQuestion,
  type RouteRule,
  type Routes,
  type Routing,
} from "../world.ts";

/** The answers of a fake kernel. A test may change them at any time. */
export interface FakeRoutesOptions {
  /** The way that packets take, `null` for no answer; if absent, they leave by the interface that has their address. */
  readonly route?: (question: RouteQuestion) => Route | Fault | null;
  /** The rules and routes to a peer; if absent, a default route by each interface, of which the first wins. */
  readonly routing?: (to: string) => Routing | Fault;
  /** The addresses of an interface that connections may leave from; all of them if absent. */
  readonly sources?: (device: string) => readonly string[] | Fault;
  /** How long an answer takes, in ms; 0 if absent. */
  readonly after?: number;
}

/** Routes that record the questions. */
export interface FakeRoutes extends Routes {
  /** The questions of `lookUp()`. */
  readonly questions: readonly RouteQuestion[];
  /** The peers of `routing()`. */
  readonly peers: readonly string[];
}

/** Linux's rule for the table with the routes that people set. */
export const mainRule: RouteRule = {
  preference: 32766,
  from: null,
  to: null,
  mark: null,
  isInverted: false,
  table: "main",
  suppress: null,
};

/** Makes routes for a machine with these addresses. */
export function createFakeRoutes(
  options: FakeRoutesOptions,
  { clock, addresses }: {
    readonly clock: Clock;
    readonly addresses: () => readonly InterfaceAddress[] | Fault;
  },
): FakeRoutes {
  const { after = 0 } = options;
  const questions: RouteQuestion[] = [];
  const peers: string[] = [];
  let reportAbsence: ((fault: Fault) => void) | null = null;

  function own(): readonly InterfaceAddress[] {
    const all = addresses();
    return isFault(all) ? [] : all;
  }

  function usual({ to, from, device }: RouteQuestion): Route {
    const isFree = from === undefined && device === undefined;
    const found = own().find(({ name, address }) =>
      address.includes(":") === to.includes(":") &&
      !(isFree && name === "lo") &&
      (device === undefined || name === device) &&
      (from === undefined || address === from)
    );
    const source = from ?? found?.address ?? null;
    return { device: found?.name ?? device ?? "eth0", source, via: null };
  }

  function usualRouting(): Routing {
    const names = [...new Set(own().map(({ name }) => name))];
    return {
      rules: [mainRule],
      routes: names.filter((name) => name !== "lo").map((name, metric) => ({
        table: "main",
        bits: 0,
        metric,
        devices: [name],
        via: null,
      })),
    };
  }

  function answer<Answer extends object>(
    what: Answer | Fault | null,
    callback: (answer: Answer | Fault) => void,
  ): void {
    if (what === null) return;
    clock.setTimer(clock.now() + after, () => {
      if (isFault(what) && what.code === absentCode) {
        reportAbsence?.(what);
        reportAbsence = null;
      }
      callback(what);
    });
  }

  return {
    questions,
    peers,
    lookUp(question, callback) {
      questions.push(question);
      answer((options.route ?? usual)(question), callback);
    },
    routing(to, callback) {
      peers.push(to);
      answer((options.routing ?? usualRouting)(to), callback);
    },
    sources(device, callback) {
      const all = own().filter(({ name }) => name === device);
      const usual = () => all.map(({ address }) => address);
      answer((options.sources ?? usual)(device), callback);
    },
    onAbsence(callback) {
      reportAbsence = callback;
    },
  };
}

const absence: Fault = { code: absentCode, message: "nothing can tell here" };

/** The routes of a machine that can't tell them; it says so at once. */
export const noRoutes: Routes = {
  lookUp: (_question, callback) => callback(absence),
  routing: (_to, callback) => callback(absence),
  sources: (_device, callback) => callback(absence),
  onAbsence: (callback) => callback(absence),
};
