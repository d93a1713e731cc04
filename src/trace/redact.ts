import { copyOf } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { TraceRecord } from "./record.ts";
import { type Span, type Stream, streamsOf } from "./streams.ts";

/** Fields whose values let somebody in. Lower case. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "authentication-info",
  "proxy-authentication-info",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-access-token",
  "x-csrf-token",
  "x-amz-security-token",
]);

const MASK = 0x2a; // "*": as many as there were octets, so that offsets and lengths stay true

export const isSecretField = (name: string): boolean => SECRET_FIELDS.has(name.toLowerCase());

/** Where the values of secret fields stand, as offsets in the stream; folded lines of a value too. */
export function secretSpans({ bytes, base, spans }: Pick<Stream, "bytes" | "base" | "spans">): Span[] {
  let secret = false;
  const found = spans.filter((span) => {
    if (span.rule === "field-name") secret = isSecretField(latin1(bytes, span.start - base, span.end - base));
    return secret && span.rule === "field-value";
  });
  return [...found, ...unreadSecrets(bytes, base, spans)];
}

/** In what the grammar did not get to, because a rule was broken or the line is not complete, names must do. */
function unreadSecrets(bytes: Uint8Array, base: number, spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  const last = spans.at(-1);
  let start = last?.end ?? base;
  if (last === undefined || last.rule === "tunnel") return found;
  for (const line of latin1(bytes, start - base).split("\n")) {
    const colon = line.indexOf(":");
    const end = start + line.length;
    if (colon > 0 && isSecretField(line.slice(0, colon).trim())) {
      found.push({ rule: "field-value", start: start + colon + 1, end });
    }
    start = end + 1;
  }
  return found;
}

/** A copy of `bytes`, which begin at `base`, with these spans of it masked. */
export function masked(bytes: Uint8Array, base: number, spans: readonly Span[]): Uint8Array {
  const copy = copyOf(bytes);
  for (const { start, end } of spans) {
    if (end > base && start < base + copy.length) copy.fill(MASK, Math.max(start - base, 0), end - base);
  }
  return copy;
}

/** The records with every secret masked: what may be shown, saved and passed on. */
export function redact(records: readonly TraceRecord[]): TraceRecord[] {
  const secrets = new Map<string, Span[]>();
  for (const stream of streamsOf(records)) {
    const spans = secretSpans(stream);
    if (spans.length > 0) secrets.set(`${stream.connection} ${stream.direction}`, spans);
  }
  return records.map((record) => {
    const spans =
      record.type === "bytes" ? secrets.get(`${record.connection} ${record.direction}`) : undefined;
    if (record.type !== "bytes" || spans === undefined) return record;
    return { ...record, bytes: masked(record.bytes, record.offset, spans) };
  });
}
