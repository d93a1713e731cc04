import { TransportError } from "../../tcp/errors.ts";
import type { Cancellation } from "../cancellation.ts";
import type { Deadline, Deadlines } from "../deadline.ts";

/** What the pool asks of a connection. */
export interface Pooled {
  /** How many requests it would take now; those that may not be pipelined it takes only when it has none. */
  readonly room: number;
  readonly idle: boolean;
  /** Requests are being gathered for one write. */
  readonly gathering: boolean;
  /** Nobody uses it for now. */
  rest(): void;
  /** It is used again. `false`: it is no good any more. */
  wake(): boolean;
  end(): void;
  abort(error: Error): void;
}

/** What comes of asking for a connection: one of the three, once. At once, or in turn. */
export interface Asker<Connection> {
  /** May follow others on a connection that is in use (RFC 9112 §9.3.2). */
  readonly mayBePipelined: boolean;
  readonly cancellation: Cancellation | undefined;
  use(connection: Connection): void;
  /** A place to open a connection, to be followed by `add` or `giveBack`. */
  open(): void;
  /** POOL_QUEUE_FULL, TIMEOUT_QUEUE, POOL_CLOSED, or what it was cancelled for. */
  refuse(error: TransportError): void;
}

export interface PoolSettings {
  readonly maxConnectionsPerOrigin: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  readonly deadlines: Deadlines;
}

interface Waiter<Connection> {
  readonly asker: Asker<Connection>;
  readonly until: number;
}

/** The connections that may stand in for each other: those of one key. */
interface Route<Connection> {
  readonly key: string;
  /** The one used last is used first: the others get the chance to end. */
  readonly free: Connection[];
  /** In use, with room for more (pipelining). */
  readonly roomy: Set<Connection>;
  /** The one that was given last. */
  last: Connection | undefined;
  /** In the order of their `until`. */
  readonly queue: Waiter<Connection>[];
  /** When the first in the queue, or one that was first before, has waited too long. */
  readonly deadline: Deadline;
  readonly open: Set<Connection>;
  /** Places given to those who open a connection at the moment. */
  opening: number;
}

/**
 * Who may use which connection, and who waits.
 *
 * A route has so many places. A request takes a free connection, or a place to open one, or room behind others on a
 * connection, or waits in turn. A place is given back exactly once: by `remove` when its connection is gone, or by
 * `giveBack` when none came of it.
 */
export class Pool<Connection extends Pooled> {
  readonly #settings: PoolSettings;
  readonly #routes = new Map<string, Route<Connection>>();
  readonly #routeOf = new Map<Connection, Route<Connection>>();
  #queued = 0;
  #closed: TransportError | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  /** Calls one of the asker's methods, now or later. */
  acquire(key: string, asker: Asker<Connection>): void {
    if (this.#closed !== undefined) {
      asker.refuse(this.#closed);
      return;
    }
    const connection = this.#available(key, asker.mayBePipelined);
    const route = this.#route(key); // another one, if the last that would not wake took it along
    if (connection !== undefined) {
      this.#give(route, connection, asker);
    } else if (route.open.size + route.opening < this.#settings.maxConnectionsPerOrigin) {
      route.opening++;
      asker.open();
    } else {
      const [roomy] = asker.mayBePipelined ? route.roomy : [];
      if (roomy === undefined) this.#wait(route, asker);
      else this.#give(route, roomy, asker);
    }
  }

  #available(key: string, pipelined: boolean): Connection | undefined {
    const { last, free } = this.#route(key);
    // What leaves in one write costs a fraction, so a batch is filled before another is begun.
    if (pipelined && last?.gathering && last.room > 0) return last;
    let next = free.pop();
    while (next !== undefined && !next.wake()) next = free.pop();
    return next;
  }

  /** A connection was opened in the place that was given, and is in use. */
  add(key: string, connection: Connection): void {
    const route = this.#route(key);
    route.opening--;
    route.open.add(connection);
    this.#routeOf.set(connection, route);
  }

  /** No connection came of the place. */
  giveBack(key: string): void {
    const route = this.#route(key);
    route.opening--;
    this.#placeFreed(route);
  }

  /** One of those who used the connection is done with it. */
  release(connection: Connection): void {
    const route = this.#routeOf.get(connection);
    if (route === undefined) return;
    while (connection.room > 0) {
      const waiter = route.queue[0];
      if (waiter === undefined || !(waiter.asker.mayBePipelined || connection.idle)) break;
      this.#leave(route, waiter);
      this.#give(route, connection, waiter.asker);
    }
    this.#noteRoom(route, connection);
    if (!connection.idle) return;
    if (this.#closed !== undefined) {
      connection.end();
    } else {
      route.free.push(connection);
      connection.rest();
    }
  }

  /** Whether somebody waits for this connection, or for another one of its key. */
  isAwaited(connection: Connection): boolean {
    return (this.#routeOf.get(connection)?.queue.length ?? 0) > 0;
  }

  /** The connection is gone, in use or not. */
  remove(connection: Connection): void {
    const route = this.#routeOf.get(connection);
    if (route === undefined) return;
    this.#routeOf.delete(connection);
    route.open.delete(connection);
    route.roomy.delete(connection);
    if (route.last === connection) route.last = undefined;
    const freeAt = route.free.indexOf(connection);
    if (freeAt !== -1) route.free.splice(freeAt, 1);
    this.#placeFreed(route);
  }

  /** Ends the free connections of a route: one of them turned out to be dead, the others may be as well. */
  endFree(key: string): void {
    for (const connection of this.#routes.get(key)?.free.splice(0) ?? []) connection.end();
  }

  /** Nobody gets a connection any more; those in use are aborted. */
  close(error: TransportError): void {
    this.#closed = error;
    for (const route of [...this.#routes.values()]) {
      for (const waiter of [...route.queue]) this.#refuse(route, waiter, error);
      for (const connection of route.free.splice(0)) connection.end();
      for (const connection of [...route.open]) connection.abort(error);
    }
  }

  /** For tests and for whoever wants to look: nothing is kept for a route that is not in use. */
  get size(): number {
    return this.#routes.size;
  }

  #route(key: string): Route<Connection> {
    let route = this.#routes.get(key);
    if (route === undefined) {
      const deadline = this.#settings.deadlines.create(() => this.#expired(created));
      const created: Route<Connection> = {
        key,
        free: [],
        roomy: new Set(),
        last: undefined,
        queue: [],
        deadline,
        open: new Set(),
        opening: 0,
      };
      route = created;
      this.#routes.set(key, route);
    }
    return route;
  }

  #give(route: Route<Connection>, connection: Connection, asker: Asker<Connection>): void {
    route.last = connection;
    asker.use(connection);
    this.#noteRoom(route, connection);
  }

  #noteRoom(route: Route<Connection>, connection: Connection): void {
    if (connection.room > 0 && !connection.idle) route.roomy.add(connection);
    else route.roomy.delete(connection);
  }

  #placeFreed(route: Route<Connection>): void {
    const waiter = route.queue[0];
    if (waiter !== undefined) {
      this.#leave(route, waiter);
      route.opening++;
      waiter.asker.open();
    } else if (route.open.size + route.opening === 0) {
      this.#routes.delete(route.key);
    }
  }

  #wait(route: Route<Connection>, asker: Asker<Connection>): void {
    const { maxQueued, queueTimeoutMs, deadlines } = this.#settings;
    if (this.#queued >= maxQueued) {
      const message = `${maxQueued} requests wait for a connection already`;
      asker.refuse(new TransportError("POOL_QUEUE_FULL", "connect", message));
      return;
    }
    this.#queued++;
    const now = deadlines.clock.now();
    const waiter = { asker, until: now + queueTimeoutMs };
    if (route.queue.push(waiter) === 1) route.deadline.set(queueTimeoutMs, now);
    asker.cancellation?.onCancel((error) => this.#refuse(route, waiter, error));
  }

  /** The queue is in the order of time, so that one deadline does for all. */
  #expired(route: Route<Connection>): void {
    const { queueTimeoutMs, deadlines } = this.#settings;
    const now = deadlines.clock.now();
    for (let first = route.queue[0]; first !== undefined; first = route.queue[0]) {
      if (first.until > now) {
        route.deadline.set(first.until - now, now);
        return;
      }
      const message = `no connection became free within ${queueTimeoutMs / 1000} s: all ${route.open.size} are in use`;
      this.#refuse(route, first, new TransportError("TIMEOUT_QUEUE", "connect", message));
    }
  }

  #refuse(route: Route<Connection>, waiter: Waiter<Connection>, error: TransportError): void {
    this.#leave(route, waiter);
    waiter.asker.refuse(error);
  }

  #leave(route: Route<Connection>, waiter: Waiter<Connection>): void {
    if (route.queue[0] === waiter) route.queue.shift();
    else route.queue.splice(route.queue.indexOf(waiter), 1);
    if (route.queue.length === 0) route.deadline.clear();
    this.#queued--;
    waiter.asker.cancellation?.onCancel(undefined);
  }
}
