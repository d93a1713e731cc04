import type { RecordedExchange } from "../exchanges.ts";

/** The time of an exchange in parts, in milliseconds; −1: not known, or did not happen. */
export interface HarTimings {
  /** Connected, and waiting to send. */
  readonly blocked: number;
  /** Resolving the name of the server. */
  readonly dns: number;
  /** Connecting, with TLS. */
  readonly connect: number;
  /** TLS: a part of `connect`. */
  readonly ssl: number;
  /** From the first byte of the request to its last. */
  readonly send: number;
  /** From the last byte of the request to the first of the response. */
  readonly wait: number;
  /** From the first byte of the response to its last. */
  readonly receive: number;
}

/**
 * How the time of an exchange was spent, in milliseconds; −1 where that is not known or did not happen. The first
 * exchange of a connection has the time of connecting, too.
 *
 *     ──dns──► ──connect (with ssl)──► ──blocked──► first byte ──send──► ──wait──► first byte ──receive──► last byte
 *
 * `time` is exactly the sum of the others without `ssl`, as HAR 1.2 wants: each time is a multiple of 1/1024 ms, which a
 * floating-point number holds exactly.
 */
export function timingsOf({ connection, index, request, response }: RecordedExchange): {
  readonly startedNs: number;
  readonly time: number;
  readonly timings: HarTimings;
} {
  const { resolution, attemptNs, connectedNs, tlsNs } = connection;
  const requestNs = request?.startedNs ?? response?.startedNs ?? connection.endedNs;
  const begins = index === 1 && attemptNs !== undefined && connectedNs !== undefined;
  const startedNs = begins ? Math.min(resolution?.startNs ?? attemptNs, attemptNs) : requestNs;
  let behind = startedNs;
  let total = 0;
  /** The time up to `ns`, from where the last part ended. Undefined: it did not happen. */
  const upTo = (ns: number | undefined): number => {
    if (ns === undefined) return -1;
    const part = exact(ns - startedNs) - exact(behind - startedNs);
    if (part <= 0) return 0;
    behind = ns;
    total += part;
    return part;
  };
  const dns = begins && resolution !== undefined ? upTo(resolution.endNs) : -1;
  const connect = begins ? upTo(tlsNs ?? connectedNs) : -1;
  const ssl = begins && tlsNs !== undefined ? Math.min(exact(tlsNs - connectedNs), connect) : -1;
  const blocked = begins ? upTo(requestNs) : -1;
  // A response may come before the whole request is sent.
  const sentNs = request && Math.min(request.endedNs, response?.endedNs ?? request.endedNs);
  const timings: HarTimings = {
    blocked,
    dns,
    connect,
    ssl,
    // HAR has no −1 for these three: what did not happen took no time.
    send: Math.max(upTo(sentNs), 0),
    wait: Math.max(upTo(response?.startedNs), 0),
    receive: Math.max(upTo(response?.endedNs), 0),
  };
  return { startedNs, time: total, timings };
}

const exact = (nanoseconds: number): number => Math.round((nanoseconds / 1e6) * 1024) / 1024;
