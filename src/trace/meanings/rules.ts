import type { Rule } from "../../http1/observer.ts";
import type { Meaning } from "./meaning.ts";

/** What each rule of the grammar is for. */
export const RULE_MEANINGS = {
  "empty-line-before": ["an empty line before a request is ignored", "RFC 9112 §2.2"],
  method: ["what the client wants done; upper and lower case differ", "RFC 9110 §9"],
  "request-target": ["the resource that the method applies to", "RFC 9112 §3.2"],
  "HTTP-version": [
    "the grammar of this message, and the version that the sender understands",
    "RFC 9112 §2.3",
  ],
  "status-code": ["the result, in three digits; the first digit is its class", "RFC 9110 §15"],
  "reason-phrase": ["the status in words, for people; programs ignore it", "RFC 9112 §4"],
  SP: ["a single space separates the parts of the start-line", "RFC 9112 §3"],
  CRLF: ["ends the line", "RFC 9112 §2.2"],
  "bare-LF": ["LF alone ends the line, where CRLF should: read as CRLF", "RFC 9112 §2.2"],
  "field-name": ["the name of the field; upper and lower case are the same", "RFC 9110 §5.1"],
  colon: ["separates name and value; no whitespace may stand before it", "RFC 9112 §5.1"],
  OWS: ["optional whitespace, no part of the value", "RFC 9112 §5"],
  "field-value": ["the field's value", "RFC 9110 §5.5"],
  "obs-fold": ["a folded line, obsolete: read as a single space", "RFC 9112 §5.2"],
  "discarded-trailer": [
    "separates name and value of a field that must not be a trailer: the field is discarded",
    "RFC 9110 §6.5.1",
  ],
  "any-field-name": [
    "separates value and name, which is no token: forgiven, and the name is kept as it stands",
    "RFC 9112 §5.1",
  ],
  "any-chunk-ext": ["behind a chunk-size, but no extension: forgiven and ignored", "RFC 9112 §7.1.1"],
  "empty-line": ["ends the section of field lines", "RFC 9112 §2.1"],
  content: ["content, as many bytes as Content-Length says", "RFC 9112 §6.2"],
  "close-delimited": ["content, up to the end of the connection", "RFC 9112 §6.3"],
  "chunk-size": ["how many bytes of chunk-data follow, in hexadecimal", "RFC 9112 §7.1"],
  "chunk-ext": ["extensions of the chunk: checked, then ignored", "RFC 9112 §7.1.1"],
  "chunk-data": ["content, as many bytes as chunk-size says", "RFC 9112 §7.1"],
  "last-chunk": ["a chunk of no bytes: the content is complete", "RFC 9112 §7.1"],
  tunnel: ["no longer HTTP: bytes of the protocol that the connection switched to", "RFC 9110 §7.8, §9.3.6"],
} as const satisfies Record<Rule, Meaning>;
