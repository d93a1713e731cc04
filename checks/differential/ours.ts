import { latin1 } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { type HttpEvent, NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../../src/http1/fields.ts";
import type { Http1Limits } from "../../src/http1/limits.ts";
import { type Asked, askedFor, type Input } from "./input.ts";
import { type Verdict, VerdictWriter } from "./verdict.ts";

/** Every parser has its own limits. They are not compared, except the number of digits of a chunk-size. */
const WIDE: Partial<Http1Limits> = {
  maxEmptyLines: 10_000,
  maxInformational: 10_000,
  maxFieldLines: 10_000,
  maxChunkExtBytes: 100_000,
  maxMessageChunkExtBytes: 100_000,
  maxChunkOverheadBytes: 100_000,
  maxTrailerBytes: 100_000,
  maxTrailerFieldLines: 10_000,
};

const NO_CONTENT = Fields.from({ "Content-Length": "0" });
const HOST = Fields.from({ Host: "a" });
const UPGRADE = Fields.from({ Host: "a", Connection: "upgrade", Upgrade: "x" });

/** Our own reading, by a server that answers every request with 200, or by a client that has sent all its requests. */
export function readOurs(input: Input, bytes: Uint8Array): Verdict {
  const role = input.reads === "request" ? "server" : "client";
  const http = new Http1Connection({ role, limits: WIDE });
  const verdict = new VerdictWriter();
  http.receive(bytes);
  http.receiveEnd();
  try {
    for (let exchange = 0; ; exchange++) {
      if (role === "client") {
        if (http.bufferedBytes === 0) return verdict.clean();
        ask(http, askedFor(input, exchange));
      }
      const method = readMessage(http, verdict);
      if (http.peerState === "closed") return verdict.clean();
      if (role === "server") answer(http, method);
      if (http.ourState !== "done" || http.peerState !== "done") return verdict.leftover(http.takeLeftover());
      http.startNextCycle();
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.blame === "local") throw error;
    return verdict.broken(error.message, error.offset, error.code);
  }
}

function ask(http: Http1Connection, asked: Asked): void {
  const method = asked === "upgrade" ? "GET" : asked;
  const target = method === "CONNECT" ? "a:1" : "/";
  const fields = asked === "upgrade" ? UPGRADE : HOST;
  http.send({ type: "request", method, target, version: "1.1", fields });
  http.send({ type: "end", trailers: EMPTY_FIELDS });
}

function answer(http: Http1Connection, method: string | undefined): void {
  const fields = method === "CONNECT" ? EMPTY_FIELDS : NO_CONTENT;
  http.send({ type: "response", status: 200, reason: "", version: "1.1", fields });
  if (http.ourState === "send-body") http.send({ type: "end", trailers: EMPTY_FIELDS });
}

/**
 * One message with the interim responses before it, or `undefined` if the connection has ended. `method` is the
 * request's.
 */
function readMessage(http: Http1Connection, verdict: VerdictWriter): string | undefined {
  let method: string | undefined;
  for (let event = http.nextEvent(); event !== NEED_DATA && event !== PAUSED; event = http.nextEvent()) {
    write(event, verdict);
    if (event.type === "request") method = event.method;
    if (event.type === "end" || event.type === "closed") break;
    if (http.peerState === "switched") verdict.end();
  }
  return method;
}

function write(event: HttpEvent, verdict: VerdictWriter): void {
  switch (event.type) {
    case "request":
      verdict.head(`${event.method} ${event.target} ${event.version}`);
      for (const [name, value] of event.fields) verdict.field(name, value);
      break;
    case "informational":
    case "response":
      verdict.head(`${event.version} ${event.status} ${event.reason}`);
      for (const [name, value] of event.fields) verdict.field(name, value);
      if (event.type === "informational") verdict.end();
      break;
    case "data":
      verdict.content(latin1(event.bytes));
      break;
    case "end":
      for (const [name, value] of event.trailers) verdict.trailer(name, value);
      verdict.end();
      break;
    case "closed":
      break;
    default:
      event satisfies never;
  }
}
