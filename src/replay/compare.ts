import { createHash } from "node:crypto";
import { joined } from "../bytes/copy.ts";
import {
  byteDifference,
  type ComparedMessage,
  type DifferenceOptions,
  messageDifferences,
} from "../trace/differences.ts";
import type { RecordedExchange } from "../trace/exchanges.ts";
import type { RecordedMessage } from "../trace/message-stream.ts";
import { redactLine } from "../trace/redactor.ts";
import { decoded } from "./decoded.ts";
import { isSameLine } from "./secrets.ts";

/**
 * Fields that differ by nature: clocks, and names that a server or a proxy invents for each request.
 */
export const DIFFER_BY_NATURE = [
  "date",
  "age",
  "server-timing",
  "x-runtime",
  "x-response-time",
  "request-id",
  "x-request-id",
  "x-correlation-id",
  "x-trace-id",
  "traceparent",
  "tracestate",
  "x-amzn-trace-id",
  "x-amz-request-id",
  "x-cloud-trace-context",
  "cf-ray",
] as const;

/** What is compared. */
export interface Comparison {
  /** Names of fields, in lower case; "content" and "reason" are the content and the reason phrase. */
  readonly ignored: ReadonlySet<string>;
  /** Show secrets. */
  readonly reveal: boolean;
}

/** What the replayed exchange does differently, a line each. Nothing if it is the same. */
export function exchangeDifferences(
  recorded: RecordedExchange,
  replayed: RecordedExchange,
  comparison: Comparison,
): string[] {
  const options = optionsOf(comparison);
  const { method = "GET" } = recorded.request ?? {};
  const of = (message: RecordedMessage | undefined) => message && compared(message, method, comparison);
  const whole = recorded.incomplete === undefined;
  return [
    ...informationalDifferences(recorded, replayed, comparison),
    ...messageDifferences("response", of(recorded.response), of(replayed.response), options),
    ...(whole && replayed.incomplete !== undefined
      ? [`how it ended: complete → ${replayed.incomplete}`]
      : []),
    ...(!whole && replayed.incomplete === undefined
      ? [`how it ended: ${recorded.incomplete} → complete`]
      : []),
  ];
}

/** What a server sent besides HTTP. */
export function bytesDifference(recorded: Uint8Array, replayed: Uint8Array): string[] {
  if (digestOf(recorded) === digestOf(replayed)) return [];
  return [byteDifference("bytes from the server", recorded, replayed)];
}

const optionsOf = ({ ignored, reveal }: Comparison): DifferenceOptions => ({
  mask: reveal ? (line) => line : redactLine,
  isSame: isSameLine,
  ignored,
  anyOrder: true,
  sides: ["the recording", "the replay"],
});

function informationalDifferences(
  recorded: RecordedExchange,
  replayed: RecordedExchange,
  comparison: Comparison,
): string[] {
  const options = optionsOf(comparison);
  // 100 (Continue) says nothing of the resource, and a server that is quick may leave it out (RFC 9110 §10.1.1).
  const of = ({ informational }: RecordedExchange) => informational.filter(({ status }) => status !== 100);
  const [a, b] = [of(recorded), of(replayed)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => {
    const [ofA, ofB] = [a[at], b[at]].map((each) => each && compared(each, "GET", comparison));
    return messageDifferences(`informational response ${at + 1}`, ofA, ofB, options);
  }).flat();
}

function compared(message: RecordedMessage, method: string, { ignored }: Comparison): ComparedMessage {
  const { status, reason, fields, trailers, contentLeftOut } = message;
  const counts = !ignored.has("content") && method !== "HEAD";
  const content = counts ? decoded(joined(message.content), fields) : EMPTY;
  return {
    // The version may differ by what stands between: a HAR of a browser tells of HTTP/2.
    startLine: ignored.has("reason") ? String(status) : `${status} ${reason}`.trim(),
    fields,
    trailers,
    contentBytes: counts && contentLeftOut ? message.contentBytes : content.length,
    content,
    // Of longer content only the length is known.
    digest: contentLeftOut ? "" : digestOf(content),
  };
}

const EMPTY = new Uint8Array(0);
const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");
