import type { Rule } from "../http1/observer.ts";
import type { PartKind } from "./values/part.ts";

/** What the bytes of a node are, beyond a single rule of the grammar. */
export type Structure =
  | "request"
  | "response"
  | "request-line"
  | "status-line"
  | "header-section"
  | "body"
  | "chunk"
  | "chunk-line"
  | "trailer-section"
  | "field-line";

/** What a node is: a structure, a rule of the grammar, a part of a value, or bytes that no rule covers. */
export type NodeKind = Structure | Rule | PartKind | "data" | "unread" | "error";

/** One way to read bytes that can be read in several ways. */
export interface Reading {
  /** Which programs read it so. */
  readonly who: string;
  /** What they see. */
  readonly what: string;
}

/** What is wrong with the bytes of a node. */
export interface Problem {
  /** A key of `PROTOCOL_ERRORS`, or "INVALID_VALUE" for a value that its own grammar forbids. */
  readonly code: string;
  /** The first byte at fault, counted from 0 in the stream of its direction. */
  readonly start: number;
  /** The byte behind the last one at fault. */
  readonly end: number;
  /** What was seen, and what was expected, in a sentence. */
  readonly message: string;
  /** The section that has the rule: "RFC 9112 §3"; empty without one. */
  readonly section: string;
  /** How different programs read the bytes; empty if all refuse them alike. */
  readonly readings: readonly Reading[];
  /** What to do, in a sentence; empty if nothing follows. */
  readonly advice: string;
}

/** A piece of a stream: what its bytes are, what they mean, and which pieces it has. */
export interface ExplanationNode {
  /** What the bytes are. */
  readonly kind: NodeKind;
  /** The first byte, counted from 0 in the stream of its direction. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** The bytes, quoted and cut; safe on any terminal. Empty for a section, whose parts show the bytes. */
  readonly shown: string;
  /** What the bytes mean, in a sentence. */
  readonly meaning: string;
  /** The section that has the rule: "RFC 9112 §3"; empty without one. */
  readonly section: string;
  /** What is wrong here, if something is. */
  readonly problem?: Problem;
  /** A rule was broken before: the bytes are read as most programs would go on. */
  readonly guessed?: true;
  /** In order and within the node. Bytes between two parts separate them, and are as usual. */
  readonly parts: readonly ExplanationNode[];
}
