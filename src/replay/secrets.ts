import {
  isSecretField,
  type SecretRange,
  secretsOfOpenField,
  secretsOfSecretField,
  secretsOfTarget,
} from "../trace/redact.ts";
import type { Script } from "./script.ts";

/** A secret that the recording does not have: asterisks stand in its place. */
export interface MissingSecret {
  /** The field, in its letter case; `undefined`: it is in the request-target. */
  readonly field: string | undefined;
  /** The first request that has it, `GET /hello`. */
  readonly request: string;
  /** How many requests have it. */
  readonly count: number;
}

/** The secrets of requests that were masked when the recording was made. */
export function missingSecrets(script: Script): MissingSecret[] {
  const found = new Map<string, MissingSecret>();
  const note = (field: string | undefined, request: string) => {
    const key = field?.toLowerCase() ?? "";
    const before = found.get(key);
    found.set(
      key,
      before === undefined ? { field, request, count: 1 } : { ...before, count: before.count + 1 },
    );
  };
  for (const { exchanges } of script) {
    for (const { request } of exchanges) {
      if (request === undefined) continue;
      const name = `${request.method} ${request.target}`;
      if (isMasked(request.target, secretsOfTarget(request.target))) note(undefined, name);
      for (const [field, value] of request.fields)
        if (isMasked(value, secretsOfField(field, value))) note(field, name);
    }
  }
  return [...found.values()];
}

/** Whether a field line is the same as the recorded one. A masked secret of the recording is equal to every secret. */
export function isSameLine(recorded: string, replayed: string): boolean {
  if (recorded === replayed) return true;
  const [a, b] = [fieldOf(recorded), fieldOf(replayed)];
  const ranges = secretsOfField(...a);
  return (
    isMasked(a[1], ranges) && withoutSecrets(a[1], ranges) === withoutSecrets(b[1], secretsOfField(...b))
  );
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(": ");
  return colon === -1 ? ["", line] : [line.slice(0, colon), line.slice(colon + 2)];
}

/** Where secrets stand in a value, whether they are masked or not. */
const secretsOfField = (name: string, value: string): readonly SecretRange[] =>
  isSecretField(name) ? secretsOfSecretField(name, value) : secretsOfOpenField(name, value);

/** There are secrets, and asterisks stand in the place of one. */
const isMasked = (text: string, ranges: readonly SecretRange[]): boolean =>
  ranges.some(({ start, end }) => /^\*+$/.test(text.slice(start, end)));

/** How long a secret is says nothing. */
function withoutSecrets(text: string, ranges: readonly SecretRange[]): string {
  let rest = text;
  for (const { start, end } of ranges.toReversed()) rest = `${rest.slice(0, start)}*${rest.slice(end)}`;
  return rest;
}
