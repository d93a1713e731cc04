import { ActionError } from "./lab.ts";

/*
 * What the page asks for is JSON from outside: each member is checked before it is used.
 */

/** An object whose members are not checked yet. */
export type Given = Readonly<Record<string, unknown>>;

export function given(value: unknown): Given {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ActionError("an action is asked for with an object");
  return value as Given;
}

export function numberOf(value: unknown, name: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ActionError(`${name} is a whole number from ${least} to ${most}`);
}

export function textOf<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ActionError(`${name} is one of ${choices.join(", ")}`);
  return found;
}

export function arrayOf(value: unknown, name: string, maxLength: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= maxLength) return value;
  throw new ActionError(`${name} is a list of at most ${maxLength}`);
}

/** Bytes in base64. */
export function bytesFrom(value: unknown, name: string): Uint8Array {
  if (typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return Buffer.from(value, "base64");
  throw new ActionError(`${name} is base64`);
}
