import { latin1 } from "../bytes/text.ts";
import { Http1Connection } from "../http1/connection.ts";
import { ProtocolError } from "../http1/errors.ts";
import { NEED_DATA, PAUSED, type RequestHead } from "../http1/events.ts";
import { Fields } from "../http1/fields.ts";
import type { Rule } from "../http1/observer.ts";
import { addMerged, type Span } from "./streams.ts";

/** What the grammar makes of bytes that somebody wants to have explained. */
export interface ReadBytes {
  readonly message: "request" | "response";
  /** In order, and without a gap up to where the grammar stopped. */
  readonly spans: readonly Span[];
  /** The rule that was broken, if one was. */
  readonly error: ProtocolError | undefined;
}

/**
 * Reads the messages in `bytes`, one after the other, up to the first fault.
 *
 * @param message by default, bytes that begin with "HTTP/" are responses.
 * @param method of the request that each response answers.
 * @throws {ProtocolError} blame "local": `method` is no method.
 */
export function readBytes(
  bytes: Uint8Array,
  message: "request" | "response" = latin1(bytes, 0, Math.min(5, bytes.length)) === "HTTP/"
    ? "response"
    : "request",
  method = "GET",
): ReadBytes {
  const spans: Span[] = [];
  const error = message === "request" ? readRequests(bytes, spans) : readResponses(bytes, spans, method);
  return { message, spans, error };
}

function readRequests(bytes: Uint8Array, spans: Span[]): ProtocolError | undefined {
  const http1 = new Http1Connection({ role: "server", observer: collector(spans) });
  return read(http1, bytes, () => {
    // Answer each request, so that the next one may be read.
    if (http1.peerState !== "done" || http1.ourState !== "send-response") return false;
    http1.send({
      type: "response",
      status: 200,
      reason: "OK",
      version: "1.1",
      fields: new Fields(["Content-Length", "0"]),
    });
    http1.send({ type: "end", trailers: new Fields() });
    http1.startNextCycle();
    return true;
  });
}

function readResponses(bytes: Uint8Array, spans: Span[], method: string): ProtocolError | undefined {
  const http1 = new Http1Connection({ role: "client", observer: collector(spans) });
  const ask = () => {
    http1.send(requestWith(method));
    http1.send({ type: "end", trailers: new Fields() });
  };
  ask();
  return read(http1, bytes, () => {
    if (http1.ourState !== "done" || http1.peerState !== "done" || http1.bufferedBytes === 0) return false;
    http1.startNextCycle();
    ask();
    return true;
  });
}

function requestWith(method: string): RequestHead {
  const target = method === "CONNECT" ? "host:443" : "/";
  // A response may switch to any protocol: this request asks for it.
  const fields = new Fields(["Host", "host", "Connection", "upgrade", "Upgrade", "any"]);
  return { type: "request", method, target, version: "1.1", fields };
}

/** Reads to the end of `bytes`. `onPause` starts the next message, and returns false if there cannot be one. */
function read(http1: Http1Connection, bytes: Uint8Array, onPause: () => boolean): ProtocolError | undefined {
  try {
    http1.receive(bytes);
    http1.receiveEnd();
    for (;;) {
      const event = http1.nextEvent();
      const over = event === NEED_DATA || event === PAUSED || event.type === "closed";
      if (event !== NEED_DATA && event !== PAUSED && event.type !== "end" && !over) continue;
      if (onPause()) continue;
      if (!over) continue;
      if (http1.peerState === "switched") http1.takeLeftover();
      return undefined;
    }
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

const collector = (spans: Span[]) => ({
  span: (direction: "in" | "out", rule: Rule, start: number, end: number) => {
    if (direction === "in") addMerged(spans, { rule, start, end });
  },
});
