import { counted, latin1, quote } from "../bytes/text.ts";
import { PROTOCOL_ERRORS, type ProtocolError } from "../http1/errors.ts";
import type { Rule } from "../http1/observer.ts";
import { meaningOf } from "./line-builder.ts";
import { StreamMask } from "./masking.ts";
import { PROTOCOL_ERROR_MEANINGS } from "./meanings/errors.ts";
import { fieldMeaning } from "./meanings/fields.ts";
import { readBytes } from "./read-bytes.ts";
import type { TraceRecord } from "./record.ts";
import { redact } from "./redactor.ts";
import { type Span, type Stream, streamsOf } from "./streams.ts";

/** One rule of the grammar, and the bytes that follow the rule or break it. */
export interface ExplainedSpan {
  /** The first byte, counted from 0 in the stream of its direction. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** The grammar rule; "data" has no grammar, "unread" was not read, "error" broke a rule. */
  readonly rule: Rule | "data" | "unread" | "error";
  /** The bytes, quoted and cut; safe on any terminal. */
  readonly shown: string;
  /** What the bytes mean, in a sentence. */
  readonly meaning: string;
  /** The section that has the rule: "RFC 9112 §3"; empty without one. */
  readonly section: string;
}

/** Every byte of one direction. */
export interface Explanation {
  /** What is explained, in a line. */
  readonly title: string;
  /** In the order of the bytes, without a gap. */
  readonly spans: readonly ExplainedSpan[];
  /** The rule that was broken, if one was. */
  readonly error?: ProtocolError;
}

/** How an explanation is made. */
export interface ExplainOptions {
  /** Show the values of secret fields (Authorization, Cookie, …). `false` by default. */
  readonly reveal?: boolean;
}

/** How bytes are read that are to be explained. */
export interface ExplainBytesOptions extends ExplainOptions {
  /** By default, a message that begins with "HTTP/" is a response. */
  readonly message?: "request" | "response";
  /** The method of the request that a response answers, by default GET. After HEAD or CONNECT the head has no content. */
  readonly method?: string;
}

/**
 * Explains the messages in `bytes`, one after the other, up to the first fault, which is in `Explanation.error`.
 *
 * @throws {ProtocolError} blame "local": `method` is no method.
 */
export function explainBytes(bytes: Uint8Array, options: ExplainBytesOptions = {}): Explanation {
  const { message, spans, error } = readBytes(bytes, options.message, options.method);
  const shown = options.reveal ? bytes : maskedBy(spans, bytes);
  const explained = explainStream({ bytes: shown, base: 0, spans }, NOT_READ);
  const title = `${message}, ${counted(bytes.length, "byte")}`;
  if (error === undefined) return { title, spans: explained };
  return { title, spans: [...explained, ...fault(error, shown, spans.at(-1)?.end ?? 0)], error };
}

/** The bytes with their secrets masked. */
export function maskedBy(spans: readonly Span[], bytes: Uint8Array): Uint8Array {
  const mask = new StreamMask();
  for (const span of spans) mask.add(span);
  return mask.apply(0, bytes);
}

/** Explains both directions of every connection of a recording. */
export function explainRecords(records: readonly TraceRecord[], options: ExplainOptions = {}): Explanation[] {
  return streamsOf(options.reveal ? records : redact(records)).map((stream) => {
    const { connection, role, direction, bytes } = stream;
    const verb = direction === "in" ? "read" : "written";
    const title = `${verb} by the ${role}, connection ${connection}, ${counted(bytes.length, "byte")}`;
    return { title, spans: explainStream(stream, stream.spans.length === 0 ? NO_GRAMMAR : NOT_READ) };
  });
}

const WIDEST = [15, 17, 44] as const;

/** The explanation as a table, with a line for each span. */
export function formatExplanation(
  { title, spans }: Explanation,
  options: { colour?: boolean } = {},
): string[] {
  const rows = spans.map((span) => {
    const range = span.end > span.start + 1 ? `${span.start}–${span.end - 1}` : `${span.start}`;
    const meaning = span.section === "" ? span.meaning : `${span.meaning} [${span.section}]`;
    return [range, span.rule, span.shown, meaning] as const;
  });
  const [ranges, rules, shown] = ([0, 1, 2] as const).map((column) => {
    const widest = rows.reduce((width, row) => Math.max(width, row[column].length), 0);
    return Math.min(widest, WIDEST[column]);
  }) as [number, number, number];
  const lines = rows.map(([range, rule, text, meaning]) => {
    const line = `${range.padStart(ranges)}  ${rule.padEnd(rules)}  ${text.padEnd(shown)}  ${meaning}`;
    return options.colour && rule === "error" ? `\u001b[31m${line}\u001b[0m` : line;
  });
  return [title, ...lines];
}

export const MAX_SHOWN_OCTETS = 40;

/** How bytes are explained that follow no rule. */
interface Unruled {
  readonly rule: "data" | "unread";
  readonly meaning: string;
  readonly section: string;
}
const NOT_READ: Unruled = { rule: "unread", meaning: "not read", section: "" };
const NO_GRAMMAR: Unruled = {
  rule: "data",
  meaning: "bytes of the application: for TCP they have no structure",
  section: "RFC 9293 §1",
};

function explainStream(
  { base, bytes, spans }: Pick<Stream, "bytes" | "base" | "spans">,
  unruled: Unruled,
): ExplainedSpan[] {
  const meanings = new Meanings();
  const at = ({ start, end }: { start: number; end: number }) => bytes.subarray(start - base, end - base);
  const explained = spans.map((span): ExplainedSpan => meanings.explain(span, at(span)));
  const rest = { start: spans.at(-1)?.end ?? base, end: base + bytes.length };
  if (rest.start < rest.end)
    explained.push({ ...rest, ...unruled, shown: quote(at(rest), MAX_SHOWN_OCTETS) });
  return explained;
}

/** Explains one span after the other. The meaning of a field value depends on the field name before it. */
export class Meanings {
  #fieldName = "";

  explain({ rule, start, end }: Span, bytes: Uint8Array): ExplainedSpan {
    if (rule === "field-name") this.#fieldName = latin1(bytes);
    const known = rule === "field-value" ? fieldMeaning(this.#fieldName) : undefined;
    const [meaning, section] = known ?? meaningOf(rule, bytes);
    return { rule, start, end, shown: quote(bytes, MAX_SHOWN_OCTETS), meaning, section };
  }
}

/** Two rows at the place of the fault: what was read there, and why that matters. */
function fault(error: ProtocolError, bytes: Uint8Array, start: number): ExplainedSpan[] {
  const section = PROTOCOL_ERRORS[error.code][1];
  const offset = Math.max(error.offset ?? start, start);
  const row = { start: offset, end: Math.min(offset + 1, bytes.length), rule: "error", section } as const;
  const shown = quote(bytes.subarray(offset), 16);
  return [
    { ...row, shown, meaning: error.message.replace(/ \[[^[]*\]$/, "") },
    { ...row, shown: error.code, meaning: PROTOCOL_ERROR_MEANINGS[error.code] },
  ];
}
