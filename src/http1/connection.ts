// placeholder: signatures only, the implementation follows
import type { HttpEvent, NextEvent } from "./events.ts";
import type { Http1Leniency } from "./leniency.ts";
import type { Http1Limits } from "./limits.ts";
import type { Http1Observer } from "./observer.ts";
import type { Role, State } from "./state.ts";

export interface Http1Options {
  readonly role: Role;
  readonly limits?: Partial<Http1Limits>;
  readonly leniency?: Http1Leniency;
  readonly observer?: Http1Observer | undefined;
}

export declare class Http1Connection {
  constructor(options: Http1Options);
  readonly role: Role;
  /** Our state and the peer's. */
  readonly ourState: State;
  readonly peerState: State;
  /** May another cycle follow on this connection? Decided by both messages (RFC 9112 §9.3). */
  readonly persistent: boolean;
  /** Server: the client waits for 100 (Continue) before it sends the body. False once anything was answered or body bytes came. */
  readonly expectsContinue: boolean;
  /** How the body of the message now being received ends. */
  readonly peerFraming: BodyFraming | undefined;
  /** Bytes received so far that no event has covered (a partial line, or a next message). */
  readonly bufferedBytes: number;
  /** Takes over bytes that arrived; they must stay unchanged until nextEvent() gives NEED_DATA or PAUSED. */
  receive(bytes: Uint8Array): void;
  /** The peer ended its direction (FIN). */
  receiveEnd(): void;
  /** Reads the next event. @throws {ProtocolError} blame "remote", then every later call throws the same. */
  nextEvent(): NextEvent;
  /** Bytes to write for `event`; framing per the head that was sent. Empty for Data that must not be sent is an error. @throws {ProtocolError} blame "local". */
  send(event: HttpEvent): Uint8Array;
  /** Both sides are "done": start over for the next exchange. */
  startNextCycle(): void;
  /** After PAUSED: the bytes that are not ours (after 101/CONNECT, or past the end of the last message). */
  takeLeftover(): Uint8Array;
}

export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };
