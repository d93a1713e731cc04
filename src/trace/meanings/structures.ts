import type { Structure } from "../node.ts";
import type { Meaning } from "./meaning.ts";

/** What the larger pieces of a message are for. */
export const STRUCTURE_MEANINGS = {
  request: ["a request: what a client wants from a server", "RFC 9112 §2.1"],
  response: ["a response: what a server answers", "RFC 9112 §2.1"],
  "request-line": ["method, target and version, a single space between them", "RFC 9112 §3"],
  "status-line": ["version, status code and reason phrase, a single space between them", "RFC 9112 §4"],
  "header-section": ["field lines up to an empty line", "RFC 9112 §2.1"],
  body: ["the body: the content, as it is framed on this connection", "RFC 9112 §6"],
  chunk: ["a chunk: its size, and as many bytes of content", "RFC 9112 §7.1"],
  "chunk-line": ["how many bytes of content follow", "RFC 9112 §7.1"],
  "trailer-section": ["field lines behind the content, up to an empty line", "RFC 9112 §7.1.2"],
  "field-line": ["name, colon and value", "RFC 9112 §5"],
} as const satisfies Record<Structure, Meaning>;
