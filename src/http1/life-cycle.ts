import { type Http1Observer, tellTransition } from "./observer.ts";
import { BEGINNING, type Move, type Place, type Role, type State, type Step } from "./state.ts";

/**
 * Where both sides of a connection are, and whether another exchange may follow. The rules are the tables in
 * `state.ts`: each method takes the moves of an event, and a state without such a move stays as it is.
 */
export class LifeCycle {
  readonly #observer: Http1Observer | undefined;
  #client: Place = BEGINNING.client;
  #server: Place = BEGINNING.server;
  /** Both messages decide (RFC 9112 §9.3). Once false, it stays false. */
  persistent = true;

  constructor(observer: Http1Observer | undefined) {
    this.#observer = observer;
  }

  get client(): State {
    return this.#client.state;
  }

  get server(): State {
    return this.#server.state;
  }

  stateOf(role: Role): State {
    return role === "client" ? this.#client.state : this.#server.state;
  }

  /** Whether this side may send this event now. */
  may(role: Role, step: Step): boolean {
    return (role === "client" ? this.#client : this.#server)[step] !== undefined;
  }

  request(): void {
    this.#moveClient(this.#client.request);
    this.#moveServer(this.#server.asked);
  }

  /** A request, while earlier requests wait for their responses: the server answers it in a later cycle. */
  requestAhead(): void {
    this.#moveClient(this.#client.request);
  }

  response(): void {
    this.#moveServer(this.#server.response);
  }

  switchAccepted(): void {
    this.#moveClient(this.#client.switchAccepted);
    this.#moveServer(this.#server.switchAccepted);
  }

  /** The response does not switch to another protocol, and `persistent` is decided. */
  noSwitch(): void {
    if (this.persistent) {
      this.#moveClient(this.#client.switchRefused);
    } else {
      this.#moveClient(this.#client.switchRefusedAtLast ?? this.#client.notPersistent);
    }
  }

  /**
   * The end of a request.
   *
   * @param asksToSwitch it was CONNECT, or had Upgrade.
   * @param isLast no other request may follow it, although responses are still to come.
   */
  requestEnd(asksToSwitch: boolean, isLast: boolean): void {
    this.#moveClient(this.#client.end);
    if (asksToSwitch && this.server === "send-response") this.#moveClient(this.#client.askedToSwitch);
    else if (isLast || !this.persistent) this.#moveClient(this.#client.notPersistent);
  }

  responseEnd(): void {
    this.#moveServer(this.#server.end);
    if (!this.persistent) this.#moveServer(this.#server.notPersistent);
  }

  /** The side ended its direction. */
  closed(role: Role): void {
    this.persistent = false;
    if (role === "client") this.#moveClient(this.#client.closed);
    else this.#moveServer(this.#server.closed);
  }

  /** What the side sent breaks a rule. */
  fault(role: Role): void {
    this.persistent = false;
    if (role === "client") this.#moveClient(this.#client.fault);
    else this.#moveServer(this.#server.fault);
  }

  nextCycle(): void {
    this.#moveClient(this.#client.nextCycle);
    this.#moveServer(this.#server.nextCycle);
  }

  /**
   * The next exchange is that of a request that was sent ahead: the client is in a later cycle already.
   *
   * @param isLast the request says that no other will follow.
   */
  nextCycleAhead(isLast: boolean): void {
    if (isLast) this.persistent = false;
    this.#moveServer(this.#server.nextCycle);
    this.#moveServer(this.#server.asked);
  }

  #moveClient(move: Move | undefined): void {
    if (move === undefined) return;
    const from = this.#client;
    this.#client = move.to;
    if (this.#observer !== undefined) {
      tellTransition(this.#observer, "client", from.state, move.to.state, move.cause);
    }
  }

  #moveServer(move: Move | undefined): void {
    if (move === undefined) return;
    const from = this.#server;
    this.#server = move.to;
    if (this.#observer !== undefined) {
      tellTransition(this.#observer, "server", from.state, move.to.state, move.cause);
    }
  }
}
