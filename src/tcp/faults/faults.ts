import type { Fault } from "./fault.ts";

/** A fault of a set, and whether it is on. */
export interface ListedFault {
  /** What it does, and when. */
  readonly fault: Fault;
  /** Whether it acts at all: see `enable`. */
  readonly enabled: boolean;
}

/**
 * The faults of a proxy, in the order in which bytes pass them. A change acts on open connections at once; a fault at an
 * HTTP event acts on the connections that come after it.
 */
export interface Faults {
  /** Decides all that is random: the same seed and traffic give the same faults. */
  readonly seed: number;
  /** All faults, in their order. */
  list(): readonly ListedFault[];
  /** The fault of this name, if there is one. */
  get(name: string): ListedFault | undefined;
  /**
   * Adds a fault behind the others.
   *
   * @throws {FaultError} if there is a fault of its name
   */
  add(fault: Fault): void;
  /**
   * Puts a fault in the place of the one with its name.
   *
   * @throws {FaultError} if there is none
   */
  replace(fault: Fault): void;
  /**
   * Takes a fault away. What it held goes on at once, in order.
   *
   * @throws {FaultError} if there is none
   */
  remove(name: string): void;
  /** Takes all faults away. */
  clear(): void;
  /**
   * Turns a fault on or off. Off is as if it were taken away.
   *
   * @throws {FaultError} if there is none
   */
  enable(name: string, enabled: boolean): void;
  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
}
