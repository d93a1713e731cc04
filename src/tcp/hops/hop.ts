import type { Address } from "../address.ts";
import type { TlsOptions } from "../tls.ts";

/** Where a hop is asked to lead to. */
export interface HopTarget {
  /** A host name or an IP address; an IPv6 address without brackets. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
}

/** What a handshake wants next. */
export interface HandshakeStep {
  /** Bytes to send; none by default. */
  readonly send?: Uint8Array;
  /** The hop leads to its target from now on. `false` by default: the handshake waits for more bytes. */
  readonly done?: boolean;
  /** The bytes that came behind the handshake; none by default. */
  readonly leftover?: Uint8Array;
  /** The handshake has to begin again, on a new connection. `false` by default. */
  readonly redial?: boolean;
  /** The target's name is to be looked up here: `found` gets the address. 4: an IPv4 address. Not by default. */
  readonly lookUp?: true | 4;
}

/** An answer of an HTTP proxy to CONNECT. */
export interface HopAnswer {
  /** The status code. */
  readonly status: number;
  /** The head, octet by octet as it arrived. */
  readonly head: Uint8Array;
}

/**
 * The handshake with one hop: bytes in, bytes out, without any I/O. It throws a TransportError when the hop refuses, or
 * when the hop breaks a rule.
 */
export interface Handshake {
  /** What is to be sent or looked up first. Called once, first of all. */
  start(): HandshakeStep;
  /** Takes the address of the target, after `lookUp`. */
  found?(address: string): HandshakeStep;
  /** Takes bytes, which are good until it returns. */
  receive(bytes: Uint8Array): HandshakeStep;
  /** The hop ended the connection before the handshake was done. A TransportError is thrown if it does not return. */
  end(): HandshakeStep;
}

/** Both ends of a connection that was dialled: the remote end is the server, or the first proxy. */
export interface ConnectionEnds {
  /** The address of this end. */
  readonly local: Address;
  /** The address of the other end. */
  readonly remote: Address;
}

/** Makes the handshake by which a hop leads to a target. `onAnswer`: tells of the answers of an HTTP proxy. */
export type Greet = (target: HopTarget, settings: never, onAnswer: (answer: HopAnswer) => void) => Handshake;

/** A place on the way to a server: a proxy. All of a hop is data that can be compared, so it is part of a pool's key. */
export interface Hop {
  /** A host name or an IP address. */
  readonly host?: string;
  /** The TCP port; required without `path`. */
  readonly port?: number;
  /** The path of a Unix socket, in place of host and port; of the first hop only. */
  readonly path?: string;
  /** Speak TLS with the hop; `true` means all defaults. Off by default. */
  readonly tls?: TlsOptions | true;
  /**
   * Makes the handshake by which the hop leads to a target. Use one function for all hops of a kind, and put what differs
   * into `settings`: a pool takes two functions for two kinds of hops. Without `greet` the hop is the end of the way, and
   * itself takes what is sent to the target: an HTTP proxy that is asked by absolute-form (RFC 9112 §3.2.2).
   */
  readonly greet?: Greet;
  /** Given to `greet`: credentials, for instance. */
  readonly settings?: unknown;
}
