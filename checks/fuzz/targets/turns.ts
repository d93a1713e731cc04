import { Http1Connection } from "../../../src/http1/connection.ts";
import { ProtocolError } from "../../../src/http1/errors.ts";
import { type HttpEvent, NEED_DATA, PAUSED } from "../../../src/http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../../../src/http1/fields.ts";
import { hold, type Target } from "../target.ts";

const host = (...more: string[]) => new Fields(["Host", "a:1", ...more]);
const request = (method: string, fields: Fields, version: "1.0" | "1.1" = "1.1"): HttpEvent => {
  return { type: "request", method, target: method === "CONNECT" ? "a:1" : "/", version, fields };
};
const response = (status: number, ...lines: string[]): HttpEvent => {
  return { type: "response", status, reason: "", version: "1.1", fields: new Fields(lines) };
};
const UPGRADE = ["Connection", "upgrade", "Upgrade", "x"];
const CHUNKED = ["Transfer-Encoding", "chunked"];

/** Events that may be sent, some only at certain times or by one role. */
const EVENTS: readonly HttpEvent[] = [
  request("GET", host()),
  request("HEAD", host("Connection", "close")),
  request("POST", host("Content-Length", "2", "Expect", "100-continue")),
  request("POST", host(...CHUNKED)),
  request("CONNECT", host()),
  request("GET", host(...UPGRADE)),
  request("GET", host("Connection", "keep-alive"), "1.0"),
  { type: "informational", status: 100, reason: "", version: "1.1", fields: EMPTY_FIELDS },
  response(200, "Content-Length", "2"),
  response(200, ...CHUNKED),
  response(200),
  response(204, "Connection", "close"),
  response(101, ...UPGRADE),
  { type: "data", bytes: Uint8Array.of(0x78) },
  { type: "data", bytes: Uint8Array.of(0x78, 0x0d) },
  { type: "end", trailers: EMPTY_FIELDS },
  { type: "end", trailers: new Fields(["T", "1"]) },
  { type: "closed" },
];

/**
 * A client and a server that act in any order: each octet is an action of one of them. An action out of turn is refused
 * and changes nothing. An action that is not refused is understood by the other end.
 */
export const turns: Target = {
  name: "turns",
  weight: 0.7,
  maxBytes: 48,
  seeds: ["\x00\x0f\x28\x2d\x2d\x2f\x40\x41\x42", "\x04\x0f\x2a\x40\x41", "\x03\x0d\x10\x20\x40\x27\x41"],
  fuzz(data) {
    const ends = [new End("client"), new End("server")] as const;
    for (const octet of data) {
      const end = ends[(octet >> 5) & 1] as End;
      const peer = ends[1 - ((octet >> 5) & 1)] as End;
      if (octet < 0x40) end.send(EVENTS[(octet % 32) % EVENTS.length] as HttpEvent, peer);
      else if (octet < 0x80) end.read();
      else end.startNextCycle();
    }
    for (const end of ends) end.read();
  },
};

class End {
  readonly #http1: Http1Connection;
  #error: ProtocolError | undefined;

  constructor(role: "client" | "server") {
    this.#http1 = new Http1Connection({ role });
  }

  send(event: HttpEvent, peer: End): void {
    const before = this.#state();
    this.#refusable(before, () => {
      const bytes = this.#http1.send(event);
      if (event.type === "closed") peer.#http1.receiveEnd();
      else if (bytes.length > 0) peer.#http1.receive(bytes.slice());
    });
  }

  startNextCycle(): void {
    this.#refusable(this.#state(), () => this.#http1.startNextCycle());
  }

  read(): void {
    try {
      for (;;) {
        const event = this.#http1.nextEvent();
        hold(this.#error === undefined, () => `nothing is read after ${this.#error?.code}`);
        if (event === NEED_DATA || event === PAUSED || event.type === "closed") return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      hold(error.blame === "remote" && this.#http1.peerState === "error", () => `${error.message} is final`);
      hold((this.#error ?? error) === error, () => `${this.#error?.code} becomes ${error.code}`);
      this.#error = error;
    }
  }

  #refusable(before: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      hold(error.blame === "local", () => `${error.code} is the caller's fault`);
      hold(this.#state() === before, () => `${error.code} has changed ${before} to ${this.#state()}`);
    }
  }

  #state(): string {
    const { ourState, peerState, persistent, expectsContinue, bufferedBytes } = this.#http1;
    return `${ourState} ${peerState} ${persistent} ${expectsContinue} ${bufferedBytes}`;
  }
}
