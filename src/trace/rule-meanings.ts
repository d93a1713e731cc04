import type { Rule } from "../http1/observer.ts";
import type { State } from "../http1/state.ts";

/** A sentence, and where it is written. */
export type Meaning = readonly [sentence: string, section: string];

/** What each rule of the grammar is for. */
export const RULE_MEANINGS = {
  "empty-line-before": ["an empty line before a request is ignored", "RFC 9112 §2.2"],
  method: ["what the client wants done; case counts", "RFC 9110 §9"],
  "request-target": ["what it is to be done to", "RFC 9112 §3.2"],
  "HTTP-version": ["the grammar of this message, and what the sender understands", "RFC 9112 §2.3"],
  "status-code": ["how it went, in three digits; the first is its class", "RFC 9110 §15"],
  "reason-phrase": ["the status in words, for people; programs ignore it", "RFC 9112 §4"],
  SP: ["exactly one blank parts the start-line", "RFC 9112 §3"],
  CRLF: ["ends the line", "RFC 9112 §2.2"],
  "bare-LF": ["LF alone ends the line: forgiven here, since it came from a server", "RFC 9112 §2.2"],
  "field-name": ["which field it is; case does not count", "RFC 9110 §5.1"],
  colon: ["parts name and value; no blank may stand before it", "RFC 9112 §5.1"],
  OWS: ["optional blanks, no part of the value", "RFC 9112 §5"],
  "field-value": ["the field's value", "RFC 9110 §5.5"],
  "obs-fold": ["a folded line, obsolete: read as one blank", "RFC 9112 §5.2"],
  "discarded-trailer": [
    "parts name and value of a field that must not be a trailer: forgiven here, and discarded",
    "RFC 9110 §6.5.1",
  ],
  "empty-line": ["ends the section of field lines", "RFC 9112 §2.1"],
  content: ["content, as many bytes as Content-Length says", "RFC 9112 §6.2"],
  "close-delimited": ["content, until the connection ends", "RFC 9112 §6.3"],
  "chunk-size": ["bytes of the chunk that follows, in hexadecimal", "RFC 9112 §7.1"],
  "chunk-ext": ["extensions of the chunk: checked, and ignored", "RFC 9112 §7.1.1"],
  "chunk-data": ["content, as many bytes as chunk-size says", "RFC 9112 §7.1"],
  "last-chunk": ["a chunk of no bytes: the content is complete", "RFC 9112 §7.1"],
  tunnel: ["no longer HTTP: bytes of the protocol switched to", "RFC 9110 §7.8, §9.3.6"],
} as const satisfies Record<Rule, Meaning>;

/** What it means for one side of a connection to be in a state. */
export const STATE_MEANINGS = {
  idle: ["between messages", "RFC 9112 §9.3"],
  "send-response": ["the request head is there, the final response is owed", "RFC 9112 §9.3"],
  "send-body": ["the head is sent, content or its end is to come", "RFC 9112 §6"],
  done: ["its message is complete; another may follow", "RFC 9112 §9.3"],
  "must-close": ["its message is complete, and no other may follow", "RFC 9112 §9.6"],
  "might-switch": ["it asked for another protocol; the answer decides", "RFC 9110 §7.8"],
  switched: ["the connection speaks another protocol", "RFC 9110 §15.2.2"],
  closed: ["it sends no more", "RFC 9112 §9.6"],
  error: ["it broke a rule; nothing more is read from it", "RFC 9112 §2.2"],
} as const satisfies Record<State, Meaning>;
