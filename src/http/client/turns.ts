import type { Exchange } from "./exchange.ts";

/**
 * The exchanges of one connection, in the order of their turns:
 *
 *     taken ─► sent ─► current: the next response is its response ─► complete
 *
 * With pipelining, requests are sent behind the current exchange, and wait for their turns.
 */
export class Turns {
  /** How many exchanges may be on a connection that has answered once. */
  readonly #pipelining: number;
  /** Given to the connection, and not sent yet. */
  #taken: Exchange[] = [];
  /** The exchange whose response comes next. */
  current: Exchange | undefined;
  /** Sent behind the current exchange. */
  readonly #behind: Exchange[] = [];
  /** How many exchanges the connection has, taken and sent. */
  load = 0;
  /** How many it may have. A server has to answer once before more than one request is sent to it. */
  #maxLoad = 1;
  /** No other request may follow before all these are over: because of one of them, or of what the server said. */
  #sealed = false;
  #begun = 0;

  constructor(pipelining: number) {
    this.#pipelining = pipelining;
  }

  /** How many more exchanges may be taken now. */
  get room(): number {
    return this.#sealed ? 0 : this.#maxLoad - this.load;
  }

  /** Exchanges are taken that are not sent yet. */
  get gathering(): boolean {
    return this.#taken.length > 0;
  }

  /** Requests were sent. */
  get begun(): boolean {
    return this.#begun > 0;
  }

  /** Exchanges wait behind the current one. */
  get isQueued(): boolean {
    return this.#behind.length > 0;
  }

  /** @returns whether this exchange is the first of the next batch. */
  take(exchange: Exchange): boolean {
    this.load++;
    if (!exchange.mayBePipelined) this.#sealed = true;
    return this.#taken.push(exchange) === 1;
  }

  /** @returns the exchanges that are taken and not sent: they are sent now. */
  nextBatch(): readonly Exchange[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  /** The exchange is being sent: its turn comes behind those that were sent before it. */
  begin(exchange: Exchange): void {
    exchange.reused = this.#begun > 0;
    this.#begun++;
    if (this.current === undefined) this.current = exchange;
    else this.#behind.push(exchange);
  }

  /** An exchange that was taken is not sent. */
  withdraw(): void {
    this.load--;
  }

  /** Takes back the exchange that began last. `false`: its turn has come already. */
  withdrawLast(exchange: Exchange): boolean {
    if (this.#behind.at(-1) !== exchange) return false;
    this.#behind.pop();
    this.load--;
    return true;
  }

  /** The current exchange is complete. @returns the next one. */
  complete(): Exchange | undefined {
    this.load--;
    this.current = this.#behind.shift();
    return this.current;
  }

  /** No other request follows before all exchanges are over. */
  seal(): void {
    this.#sealed = true;
  }

  /** The connection may take other exchanges: it has answered, and persists. */
  reopen(): void {
    this.#maxLoad = this.#pipelining;
    if (this.load === 0) this.#sealed = false;
  }

  /** The connection gives no more responses. @returns the current exchange, and those behind it. */
  stop(): readonly Exchange[] {
    const { current } = this;
    this.current = undefined;
    return current === undefined ? [] : [current, ...this.#behind.splice(0)];
  }
}
