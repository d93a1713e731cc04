import { latin1 } from "../bytes/text.ts";
import type { Http1Connection } from "../http1/connection.ts";
import { EMPTY_FIELDS, type Fields } from "../http1/fields.ts";
import type { Outbox } from "./outbox.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";

/** A content that is sent as text, like the head before it, costs less than bytes. */
const SMALL_BYTES = 1024;

/** Turns responses into bytes in the outbox. What would break a rule throws, with blame "local", and sends nothing. */
export class ResponseSender {
  readonly #http: Http1Connection;
  readonly #outbox: Outbox;

  constructor(http: Http1Connection, outbox: Outbox) {
    this.#http = http;
    this.#outbox = outbox;
  }

  /** 100 (Continue). */
  goAhead(): void {
    this.#outbox.gather(
      this.#http.sendHead({
        type: "informational",
        status: 100,
        reason: "Continue",
        version: "1.1",
        fields: EMPTY_FIELDS,
      }),
    );
  }

  head(response: OutgoingResponse): void {
    this.#outbox.gather(this.#http.sendHead(response.head));
  }

  content(bytes: Uint8Array): void {
    const wire = this.#http.send({ type: "data", bytes });
    this.#outbox.gather(wire.length <= SMALL_BYTES ? latin1(wire) : wire);
  }

  end(trailers: Fields = EMPTY_FIELDS): void {
    this.#outbox.gather(this.#http.send({ type: "end", trailers }));
  }
}
