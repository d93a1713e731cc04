import type { Http1Observer, Rule } from "../../http1.ts";
import type { ConnectionEvent, TcpObserver } from "../../tcp.ts";

/** Collects the body of each response as it is on the wire, with its chunked framing (--raw). */
export class RawBody implements TcpObserver, Http1Observer {
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where `#bytes` begins in the stream. */
  #offset = 0;
  #inBody = false;
  #body: Uint8Array[] = [];

  connection(event: ConnectionEvent): void {
    switch (event.kind) {
      case "connected":
        this.#bytes = new Uint8Array(0);
        this.#offset = 0;
        break;
      case "read":
        this.#bytes = Buffer.concat([this.#bytes, event.bytes]);
    }
  }

  span(direction: "in" | "out", rule: Rule, start: number, end: number): void {
    if (direction === "out") return;
    // A head begins with its version and ends with its empty line. Another head follows an interim response.
    if (rule === "HTTP-version") this.#inBody = false;
    if (this.#inBody) this.#body.push(this.#bytes.subarray(start - this.#offset, end - this.#offset));
    else if (rule === "empty-line") this.#inBody = true;
    this.#bytes = this.#bytes.subarray(end - this.#offset);
    this.#offset = end;
  }

  /** The bytes since the last call. */
  take(): Uint8Array {
    const body = Buffer.concat(this.#body);
    this.#body = [];
    return body;
  }
}
