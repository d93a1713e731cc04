import { RULES } from "../http1/observer.ts";
import type { Cause, Role, State } from "../http1/state.ts";
import type { ConnectionEvent } from "../tcp/observer.ts";
import type { TraceRecord } from "./record.ts";

/*
 * The shape of a record. A recording is a file, and a file may come from anybody: check it before use.
 * `docs/trace.schema.json` says the same for programs of others; a test holds them equal.
 */

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === "string";
const number: Shape = (value) => Number.isFinite(value);
const count: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Of an octet in a stream: with room above it, so that the position behind the octets is exact, too. */
const position: Shape = (value) => count(value) && (value as number) <= 2 ** 52;
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const oneOf =
  (...choices: readonly unknown[]): Shape =>
  (value) =>
    choices.includes(value);
const object =
  (members: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(members).every(([name, shape]) => shape((value as Record<string, unknown>)[name]));
/** An object whose member `key` names its shape. */
const variant =
  (key: string, shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) => {
    const name = (value as Record<string, unknown> | null)?.[key];
    return typeof name === "string" && Object.hasOwn(shapes, name) && shapes[name]?.(value) === true;
  };

const inet = object({ host: text, port: count });
const address = variant("family", { IPv4: inet, IPv6: inet, unix: object({ path: text }) });
const addresses = object({ local: address, remote: address });
const nothing = object({});

const event = variant("kind", {
  resolve: object({ host: text, addresses: listOf(text), durationMs: optional(number) }),
  attempt: object({ remote: address }),
  "attempt-failed": object({ remote: address, error: text }),
  connected: addresses,
  accepted: object({
    local: address,
    remote: address,
    proxy: optional(address),
    worker: optional(count),
    relays: optional(oneOf(true)),
  }),
  tls: object({ protocol: text, cipher: text, alpn: optional(text) }),
  pause: nothing,
  resume: nothing,
  drain: nothing,
  "peer-end": nothing,
  end: nothing,
  abort: nothing,
  "peer-abort": nothing,
  closed: object({ how: text, bytesIn: count, bytesOut: count }),
  error: object({ code: text, message: text }),
  dropped: object({ events: count, bytesIn: count, bytesOut: count }),
  relayed: object({ connection: count }),
  fault: object({ fault: text, text, start: position, end: position }),
} satisfies Record<Exclude<ConnectionEvent["kind"], "read" | "write">, Shape>);

/** One of the names of a type: all of them are written here, and no other. */
const names = <Name extends string>(all: Readonly<Record<Name, true>>): Shape => oneOf(...Object.keys(all));

const direction = oneOf("in", "out");
const role = names<Role>({ client: true, server: true });
const state = names<State>({
  idle: true,
  "send-response": true,
  "send-body": true,
  done: true,
  "must-close": true,
  "might-switch": true,
  switched: true,
  closed: true,
  error: true,
});
const cause = names<Cause>({
  request: true,
  informational: true,
  response: true,
  data: true,
  end: true,
  closed: true,
  "next-cycle": true,
  "not-persistent": true,
  "switch-accepted": true,
  "switch-refused": true,
  error: true,
});
const common = object({ t: number, connection: count, role, at: optional(text) });

const byType = variant("type", {
  bytes: object({ direction, offset: position, bytes: text }),
  span: object({ direction, rule: oneOf(...RULES), start: position, end: position }),
  transition: object({ side: role, from: state, to: state, cause }),
  connection: object({ event }),
} satisfies Record<TraceRecord["type"], Shape>);

/** Whether this is a record as it is in NDJSON, where the bytes are base64. */
export const isRecord: Shape = (value) => common(value) && byType(value);
