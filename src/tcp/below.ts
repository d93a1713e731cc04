/**
 * A stream between a socket and TLS has the socket as its property of this name. Whoever watches a program from within
 * (`watch/hooks.ts`) finds by it the connection that the TLS socket belongs to. Registered, since the watched program may
 * run another copy of this package.
 */
export const BELOW: unique symbol = Symbol.for("wirepane.below") as never;
