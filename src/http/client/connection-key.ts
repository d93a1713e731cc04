import { latin1 } from "../../bytes/text.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";

/** What says how long and under whose eyes, not where to and with which guarantees. */
const NOT_OF_THE_CONNECTION = new Set(["timeoutMs", "attemptDelayMs", "signal", "observer"]);

/**
 * Names the connections that may stand in for each other. Whatever else the options hold is part of it, so an
 * option that is added some day is so by itself (curl has forgotten one many times: CVE-2026-8932, CVE-2022-27782).
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

/** Functions, and objects that cannot be looked into, are the same only as themselves. */
function identity(value: object): string {
  let id = identities.get(value);
  if (id === undefined) {
    id = ++lastIdentity;
    identities.set(value, id);
  }
  return `#${id}`;
}
