/** What a part of a field value is. */
export type PartKind =
  | "attribute"
  | "challenge"
  | "coding"
  | "comment"
  | "connection-option"
  | "cookie"
  | "credentials"
  | "date"
  | "directive"
  | "entity-tag"
  | "extension"
  | "host"
  | "language"
  | "length"
  | "media-type"
  | "member"
  | "method"
  | "name"
  | "parameter"
  | "port"
  | "product"
  | "range"
  | "relation"
  | "scheme"
  | "seconds"
  | "source"
  | "type"
  | "subtype"
  | "unit"
  | "uri"
  | "value"
  | "weight";

/** A part of a field value. Offsets count the octets of the value. */
export interface ValuePart {
  readonly kind: PartKind;
  readonly start: number;
  readonly end: number;
  /** What the part means, in a sentence. */
  readonly meaning: string;
  /** Where that is written. */
  readonly section: string;
  /** What was expected, if the part breaks a rule. */
  readonly problem?: string;
  /** In order and within the part. */
  readonly parts?: readonly ValuePart[];
}

/** What the reader of a value may need to know. */
export interface ValueContext {
  readonly message: "request" | "response";
  /** Milliseconds since 1970, for a sentence that says how far from now a date is. `undefined`: no such sentence. */
  readonly nowMs?: number | undefined;
}

/** Takes a value apart: the parts in order. Never throws, and takes time linear in the value's length. */
export type ValueReader = (value: string, context: ValueContext) => readonly ValuePart[];
