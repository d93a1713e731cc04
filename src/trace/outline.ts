import { counted, latin1, quote } from "../bytes/text.ts";
import type { Span } from "./streams.ts";
import { tlsText } from "./tls-text.ts";

const MAX_CONTENT_OCTETS = 32;
/** Fields whose value is no secret, and decides how the message is read. */
const SHOWN_VALUES: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection"]);

/** The spans as one line, with at most `maxNames` names of fields: `GET /hello HTTP/1.1⏎ Host: …⏎⏎`. */
export function outline(spans: readonly Span[], bytes: Uint8Array, base: number, maxNames: number): string {
  // The spans of a file may lie anywhere.
  const within = ({ start, end }: Span) => bytes.subarray(Math.max(start - base, 0), Math.max(end - base, 0));
  const text = (span: Span) => latin1(within(span));
  const shown = (span: Span) => quote(within(span), 400).slice(1, -1);
  const parts: string[] = [];
  let fields = 0;
  let named = 0;
  for (const [index, span] of spans.entries()) {
    switch (span.rule) {
      case "method":
      case "request-target":
      case "HTTP-version":
      case "status-code":
      case "reason-phrase":
        parts.push(shown(span));
        break;
      case "field-name": {
        fields++;
        const value = spans[index + 3]?.rule === "field-value" ? spans[index + 3] : spans[index + 2];
        const valued = value?.rule === "field-value" && SHOWN_VALUES.has(text(span).toLowerCase());
        if (!valued && fields > maxNames) break;
        named++;
        parts.push(valued ? `${shown(span)}: ${shown(value)}` : `${shown(span)}: …`);
        break;
      }
      case "CRLF":
      case "bare-LF": {
        const ends = spans[index - 1]?.rule;
        if (ends === "reason-phrase" || ends === "status-code" || ends === "HTTP-version") parts.push("⏎");
        break;
      }
      case "empty-line":
        if (fields > named) parts.push(`(${counted(fields, "field")})`);
        parts.push("⏎ ⏎");
        fields = 0;
        named = 0;
        break;
      case "chunk-size":
        parts.push(`chunk of ${Number.parseInt(text(span), 16)}:`);
        break;
      case "last-chunk":
        parts.push("last chunk");
        break;
      case "content":
      case "close-delimited":
      case "chunk-data":
        parts.push(quote(within(span), MAX_CONTENT_OCTETS));
        break;
      case "tunnel":
        parts.push(tlsText(within(span)) ?? quote(within(span), MAX_CONTENT_OCTETS));
        break;
    }
  }
  return parts.join(" ").replaceAll(" ⏎", "⏎");
}
