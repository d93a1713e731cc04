import { latin1 } from "../../bytes/text.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";

/** Options about how long connecting may take, and who observes it. They do not change the connection itself. */
const NOT_OF_THE_CONNECTION = new Set(["timeoutMs", "attemptDelayMs", "signal", "observer", "onHopAnswer"]);

/**
 * Names the connections that a request may use. Connections with the same key may stand in for each other. Every option
 * is part of the key unless it is excluded above, so an option that is added some day cannot be forgotten. (curl has
 * forgotten options several times: CVE-2026-8932, CVE-2022-27782.)
 */
export function connectionKey(origin: string, optionsKey: string): string {
  return `${origin} ${optionsKey}`;
}

export function connectOptionsKey(options: ConnectOptions): string {
  const own = Object.entries(options).filter(([name]) => !NOT_OF_THE_CONNECTION.has(name));
  return own.length === 0 ? "" : described(Object.fromEntries(own));
}

function described(value: unknown): string {
  if (typeof value === "function") return identity(value);
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  if (value instanceof Uint8Array) return `bytes ${JSON.stringify(latin1(value))}`;
  if (Array.isArray(value)) return `[${value.map(described).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return identity(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const members = entries.map(([name, each]) => `${JSON.stringify(name)}:${described(each)}`);
  return `{${members.sort().join()}}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A number for an object that cannot be compared by its content: a function, or an instance of a class. */
function identity(value: object): string {
  let id = identities.get(value);
  if (id === undefined) {
    id = ++lastIdentity;
    identities.set(value, id);
  }
  return `#${id}`;
}
