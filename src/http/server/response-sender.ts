import type { Http1Connection } from "../../http1/connection.ts";
import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import type { Outbox } from "./outbox.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";

/** Writes responses to the outbox. A response that breaks a rule throws (blame "local"), and nothing of it is sent. */
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

  head({ head }: OutgoingResponse): void {
    this.#outbox.gather(this.#http.sendHead(head));
  }

  content(bytes: Uint8Array): void {
    this.#outbox.gather(this.#http.send({ type: "data", bytes }));
  }

  /** Bytes that change nothing within a chunked content: a leading zero of the next chunk-size. */
  signOfLife(): void {
    this.#outbox.gather(this.#http.sendLeadingZero());
  }

  end(trailers: Fields = EMPTY_FIELDS): void {
    this.#outbox.gather(this.#http.send({ type: "end", trailers }));
  }

  /** Head, content and end. */
  whole(response: OutgoingResponse): void {
    const { head, content = "" } = response;
    if (typeof content === "string") {
      this.#outbox.gather(this.#http.sendWhole(head, content));
      return;
    }
    this.head(response);
    this.content(content);
    this.end();
  }
}
