import { TransportError } from "../tcp/errors.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Deadlines } from "./deadline.ts";

/** What the pool asks of a connection. */
export interface Pooled {
  /** Nobody uses it for now. */
  rest(): void;
  /** It is used again. `false`: it is no good any more. */
  wake(): boolean;
  end(): void;
  abort(error: Error): void;
}

export interface PoolSettings {
  readonly maxConnectionsPerOrigin: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  readonly deadlines: Deadlines;
}

interface Waiter<Connection> {
  resolve(connection: Connection | undefined): void;
  reject(error: Error): void;
}

/** The connections that may stand in for each other: those of one key. */
interface Route<Connection> {
  readonly key: string;
  /** The one used last is used first: the others get the chance to end. */
  readonly free: Connection[];
  readonly queue: Waiter<Connection>[];
  readonly open: Set<Connection>;
  /** Places given to those who open a connection at the moment. */
  opening: number;
}

/**
 * Who may use which connection, and who waits.
 *
 * A route has so many places. A request takes a free connection, or a place to open one, or waits in turn. A
 * place is given back exactly once: by `remove` when its connection is gone, or by `giveBack` when none came of it.
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

  /**
   * A connection to use, or `undefined`: a place to open one, to be followed by `add` or `giveBack`.
   *
   * @throws {TransportError} POOL_CLOSED, POOL_QUEUE_FULL, TIMEOUT_QUEUE
   */
  acquire(
    key: string,
    cancellation: Cancellation | undefined,
  ): Connection | undefined | Promise<Connection | undefined> {
    if (this.#closed !== undefined) throw this.#closed;
    const { free } = this.#route(key);
    for (let last = free.pop(); last !== undefined; last = free.pop()) {
      if (last.wake()) return last;
    }
    const route = this.#route(key); // another one, if the last that would not wake took it along
    if (route.open.size + route.opening < this.#settings.maxConnectionsPerOrigin) {
      route.opening++;
      return undefined;
    }
    return this.#wait(route, cancellation);
  }

  /** A connection was opened in the place `acquire` gave, and is in use. */
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

  /** The connection is not in use any more. */
  release(connection: Connection): void {
    const route = this.#routeOf.get(connection);
    if (route === undefined) return;
    const waiter = route.queue.shift();
    if (waiter !== undefined) {
      waiter.resolve(connection);
    } else if (this.#closed !== undefined) {
      connection.end();
    } else {
      route.free.push(connection);
      connection.rest();
    }
  }

  /** The connection is gone, in use or not. */
  remove(connection: Connection): void {
    const route = this.#routeOf.get(connection);
    if (route === undefined) return;
    this.#routeOf.delete(connection);
    route.open.delete(connection);
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
      for (const waiter of route.queue.splice(0)) waiter.reject(error);
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
      route = { key, free: [], queue: [], open: new Set(), opening: 0 };
      this.#routes.set(key, route);
    }
    return route;
  }

  #placeFreed(route: Route<Connection>): void {
    const waiter = route.queue.shift();
    if (waiter !== undefined) {
      route.opening++;
      waiter.resolve(undefined);
    } else if (route.open.size + route.opening === 0) {
      this.#routes.delete(route.key);
    }
  }

  #wait(route: Route<Connection>, cancellation: Cancellation | undefined): Promise<Connection | undefined> {
    const { maxQueued, queueTimeoutMs, deadlines } = this.#settings;
    if (this.#queued >= maxQueued) {
      throw new TransportError(
        "POOL_QUEUE_FULL",
        "connect",
        `${maxQueued} requests wait for a connection already`,
      );
    }
    this.#queued++;
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#queued--;
        deadline.clear();
        cancellation?.onCancel(undefined);
      };
      const waiter: Waiter<Connection> = {
        resolve(connection) {
          settle();
          resolve(connection);
        },
        reject(error) {
          settle();
          reject(error);
        },
      };
      const leave = (error: Error) => {
        const at = route.queue.indexOf(waiter);
        if (at === -1) return;
        route.queue.splice(at, 1);
        waiter.reject(error);
      };
      const deadline = deadlines.create(() =>
        leave(
          new TransportError(
            "TIMEOUT_QUEUE",
            "connect",
            `no connection became free within ${queueTimeoutMs / 1000} s: all ${route.open.size} are in use`,
          ),
        ),
      );
      deadline.set(queueTimeoutMs);
      route.queue.push(waiter);
      cancellation?.onCancel(leave);
    });
  }
}
