import type { Http1Connection } from "../../http1/connection.ts";
import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import type { Outbox } from "./outbox.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";

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

  head({ head }: OutgoingResponse): void {
    this.#outbox.gather(this.#http.sendHead(head));
  }

  content(bytes: Uint8Array): void {
    this.#outbox.gather(this.#http.send({ type: "data", bytes }));
  }

  /** Something that changes nothing, within a chunked content. */
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
