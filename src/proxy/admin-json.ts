import { quote } from "../bytes/text.ts";
import { TransportError } from "../tcp/errors.ts";
import type { Fault } from "../tcp/faults/fault.ts";
import { AdminError } from "./admin-errors.ts";
import type { ToxicProxy } from "./admin-fleet.ts";
import { checkToxics, toxicOf } from "./admin-toxics.ts";
import { parseUpstream } from "./upstream.ts";

/** A proxy that somebody asks for. */
export interface ProxyAsked {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  /** From the first byte. toxiproxy ignores them here; its clients send none. */
  readonly toxics: readonly Fault[] | undefined;
}

/** What is to be different. */
export interface ProxyChange {
  readonly listen?: string | undefined;
  readonly upstream?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** An object of JSON. */
export type Given = Readonly<Record<string, unknown>>;

/** The value of a JSON text. @throws {AdminError} BAD_BODY */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text as it is.
    throw new AdminError("BAD_BODY", text.trim() === "" ? "EOF" : `${quote(text)} is no JSON`, error);
  }
}

/** @throws {AdminError} BAD_BODY, MISSING_FIELD, and those of a toxic. */
export function proxyAsked(given: unknown, where = ""): ProxyAsked {
  const object = objectOf(given, "a proxy");
  const [name, upstream] = [textOf(object, "name"), textOf(object, "upstream")];
  if (!name) throw new AdminError("MISSING_FIELD", `name${where}`);
  if (!upstream) throw new AdminError("MISSING_FIELD", `upstream${where}`);
  const { listen, enabled } = proxyChange(object);
  const toxics = listOf(object, "toxics")?.map(toxicOf);
  checkToxics(toxics ?? []);
  return { name, listen: listen ?? "", upstream, enabled: enabled ?? true, toxics };
}

/** @throws {AdminError} as `proxyAsked` */
export function proxiesAsked(given: unknown): ProxyAsked[] {
  if (!Array.isArray(given)) throw new AdminError("BAD_BODY", "a list of proxies is expected");
  return given.map((each, index) => proxyAsked(each, ` at proxy ${index + 1}`));
}

/** What is not given stays as it is. @throws {AdminError} BAD_BODY */
export function proxyChange(given: unknown): ProxyChange {
  const object = objectOf(given, "a proxy");
  const upstream = textOf(object, "upstream");
  if (upstream !== undefined) checkUpstream(upstream);
  return {
    listen: textOf(object, "listen"),
    upstream,
    enabled: typed(object, "enabled", "boolean"),
  };
}

/** toxiproxy takes any text, and tells by its connections that no server can be there. */
function checkUpstream(upstream: string): void {
  try {
    parseUpstream(upstream);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new AdminError("BAD_BODY", error.message, error);
  }
}

/** A proxy as the API shows it. */
export function shownProxy({ name, listen, upstream, enabled, toxics }: ToxicProxy): Given {
  return { name, listen, upstream, enabled, toxics: toxics.list() };
}

/** @throws {AdminError} BAD_BODY */
export function objectOf(given: unknown, what: string): Given {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Given;
  throw new AdminError("BAD_BODY", `${what} is a JSON object`);
}

/** A text; undefined where there is none, or null. @throws {AdminError} BAD_BODY */
export const textOf = (object: Given, name: string): string | undefined => typed(object, name, "string");

/** A number; undefined where there is none, or null. @throws {AdminError} BAD_BODY */
export const numberOf = (object: Given, name: string): number | undefined => typed(object, name, "number");

function listOf(object: Given, name: string): readonly unknown[] | undefined {
  const value = own(object, name);
  if (value === undefined || Array.isArray(value)) return value;
  throw new AdminError("BAD_BODY", `${name} is a list`);
}

interface Types {
  string: string;
  number: number;
  boolean: boolean;
}

function typed<Type extends keyof Types>(object: Given, name: string, type: Type): Types[Type] | undefined {
  const value = own(object, name);
  if (value === undefined || typeof value === type) return value as Types[Type] | undefined;
  throw new AdminError("BAD_BODY", `${name} is a ${type}`);
}

/** As Go reads JSON: null is the same as nothing. */
function own(object: Given, name: string): unknown {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}
