import { MessageStream, type RecordedMessage, type TraceRecord } from "../../browser.ts";

type Role = TraceRecord["role"];

/** A request and its final response, while they happen: a message may not be complete. */
export interface Exchange {
  readonly request: RecordedMessage | undefined;
  response: RecordedMessage | undefined;
  /** Interim responses (1xx), in order. */
  readonly interim: RecordedMessage[];
}

/** Contents are in the records: here only their length counts. */
const NO_CONTENT = { maxMessageBytes: 0, freeBytes: 0 };

/**
 * Finds the exchanges in the records of one end, from the first byte of each on. The exchanges of a file are those that
 * are complete: `trace/exchanges.ts` finds them, from the same messages.
 */
export class ExchangeReader {
  /** In the order of their requests. */
  readonly exchanges: Exchange[] = [];
  readonly #requests: MessageStream;
  readonly #responses: MessageStream;
  readonly #role: Role;
  /** How many final responses are complete: the next response belongs to the exchange of this index. */
  #answered = 0;

  constructor(role: Role) {
    this.#role = role;
    this.#requests = new MessageStream(true, NO_CONTENT, {
      started: (request) => this.exchanges.push({ request, response: undefined, interim: [] }),
      ended: () => {},
    });
    this.#responses = new MessageStream(false, NO_CONTENT, {
      started: (response) => {
        this.#current().response = response;
      },
      ended: (response) => this.#responseEnded(response),
    });
  }

  /** Takes the next record of this end. */
  add(record: TraceRecord): void {
    switch (record.type) {
      case "bytes":
        this.#streamOf((record.direction === "out") === (this.#role === "client")).bytes(record);
        break;
      case "span":
        this.#streamOf((record.direction === "out") === (this.#role === "client")).span(record);
        break;
      case "transition":
        if (record.cause === "end") this.#streamOf(record.side === "client").end();
        break;
    }
  }

  #streamOf(isOfClient: boolean): MessageStream {
    return isOfClient ? this.#requests : this.#responses;
  }

  /** The exchange that waits for a response. A server may answer a request that it could not read. */
  #current(): Exchange {
    const waiting = this.exchanges[this.#answered];
    if (waiting !== undefined) return waiting;
    const unasked: Exchange = { request: undefined, response: undefined, interim: [] };
    this.exchanges.push(unasked);
    return unasked;
  }

  #responseEnded(response: RecordedMessage): void {
    if (response.status < 100 || response.status >= 200 || response.status === 101) {
      this.#answered++;
      return;
    }
    const exchange = this.#current();
    exchange.interim.push(response);
    exchange.response = undefined;
  }
}
