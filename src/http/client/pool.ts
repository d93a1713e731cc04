import { counted } from "../../bytes/text.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Cancellation } from "../cancellation.ts";
import type { Deadline, Deadlines } from "../deadline.ts";

/** A connection, as the pool sees it. */
export interface Pooled {
  /** How many more requests the connection takes now. Those that may not be pipelined need an idle connection. */
  readonly room: number;
  /** The connection has no request. */
  readonly idle: boolean;
  /** Requests are being gathered for one write. */
  readonly gathering: boolean;
  /** Nobody uses the connection for now. */
  rest(): void;
  /** The connection is used again. `false`: it cannot be used any more. */
  wake(): boolean;
  end(): void;
  abort(error: Error): void;
}

/** A request that needs a connection. The pool calls one of `use`, `open` and `refuse`, once: immediately or later. */
export interface Asker<Connection> {
  /** May be sent behind others on a connection that is in use (RFC 9112 §9.3.2). */
  readonly mayBePipelined: boolean;
  readonly cancellation: Cancellation | undefined;
  use(connection: Connection): void;
  /** Opens a connection, which has a place in the pool. Afterwards, `add` or `giveBack` has to be called. */
  open(): void;
  /** POOL_QUEUE_FULL, TIMEOUT_QUEUE, POOL_CLOSED, or the reason of a cancellation. */
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

/** The connections of one key: they may stand in for each other. */
interface Route<Connection> {
  readonly key: string;
  /** The connection that was used last is used first, so that the others can end when they are not needed. */
  readonly free: Connection[];
  /** In use, with room for more requests (pipelining). */
  readonly roomy: Set<Connection>;
  /** The connection that was given out last. */
  last: Connection | undefined;
  /** Ordered by `until`. */
  readonly queue: Waiter<Connection>[];
  /** Expires when the first request in the queue has waited too long, or a request that was the first before. */
  readonly deadline: Deadline;
  readonly open: Set<Connection>;
  /** How many connections are being opened. */
  opening: number;
}

/**
 * Decides which request uses which connection, and which requests wait.
 *
 * A route has a limited number of places. A request gets a free connection, or a place to open a connection, or room
 * behind other requests on a connection (pipelining), or it waits for its turn. A place is given back exactly once: by
 * `remove` when its connection is gone, or by `giveBack` when no connection could be opened.
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
    const route = this.#route(key); // a new route, if the last connection could not be woken and its route was removed
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
    // Requests that leave in one write cost a fraction. So a batch is filled before another one is begun.
    if (pipelined && last?.gathering && last.room > 0) return last;
    let next = free.pop();
    while (next !== undefined && !next.wake()) next = free.pop();
    return next;
  }

  /** A connection was opened, and is in use. */
  add(key: string, connection: Connection): void {
    const route = this.#route(key);
    route.opening--;
    route.open.add(connection);
    this.#routeOf.set(connection, route);
  }

  /** No connection could be opened. */
  giveBack(key: string): void {
    const route = this.#route(key);
    route.opening--;
    this.#placeFreed(route);
  }

  /** One of the requests on the connection is complete. */
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

  /** Whether a request waits for this connection, or for another one of its key. */
  isAwaited(connection: Connection): boolean {
    return (this.#routeOf.get(connection)?.queue.length ?? 0) > 0;
  }

  /** The connection is gone, whether it was in use or not. */
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

  /** Ends the free connections of a route: one connection turned out to be dead, so the others may be dead, too. */
  endFree(key: string): void {
    for (const connection of this.#routes.get(key)?.free.splice(0) ?? []) connection.end();
  }

  /** Refuses all requests from now on, and aborts the connections in use. */
  close(error: TransportError): void {
    this.#closed = error;
    for (const route of [...this.#routes.values()]) {
      for (const waiter of [...route.queue]) this.#refuse(route, waiter, error);
      for (const connection of route.free.splice(0)) connection.end();
      for (const connection of [...route.open]) connection.abort(error);
    }
  }

  /** How many routes there are. Nothing is kept for a route that is not in use. */
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
      const message = `the queue for a connection is full, with ${counted(maxQueued, "request")}`;
      asker.refuse(new TransportError("POOL_QUEUE_FULL", "connect", message));
      return;
    }
    this.#queued++;
    const now = deadlines.clock.now();
    const waiter = { asker, until: now + queueTimeoutMs };
    if (route.queue.push(waiter) === 1) route.deadline.set(queueTimeoutMs, now);
    asker.cancellation?.onCancel((error) => this.#refuse(route, waiter, error));
  }

  /** One deadline is enough for the whole queue, since the queue is ordered by time. */
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
