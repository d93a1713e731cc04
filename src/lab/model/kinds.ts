import type { ExplanationNode } from "../../browser.ts";

/** The four kinds of field that have a colour of their own, and content. */
export type FieldKind = "start-line" | "name" | "value" | "framing" | "content" | "other";

const KINDS: Readonly<Record<Exclude<FieldKind, "other">, readonly string[]>> = {
  "start-line": [
    "method",
    "request-target",
    "HTTP-version",
    "status-code",
    "reason-phrase",
    "request-line",
    "status-line",
  ],
  name: ["field-name"],
  value: ["field-value"],
  framing: [
    "SP",
    "CRLF",
    "bare-LF",
    "colon",
    "OWS",
    "obs-fold",
    "empty-line",
    "empty-line-before",
    "chunk-size",
    "chunk-ext",
    "chunk-line",
    "last-chunk",
    "discarded-trailer",
    "any-field-name",
    "any-chunk-ext",
  ],
  content: ["content", "close-delimited", "chunk-data", "tunnel", "data", "body"],
};

const KIND_OF = new Map<string, FieldKind>(
  Object.entries(KINDS).flatMap(([kind, rules]) => rules.map((rule) => [rule, kind as FieldKind])),
);

/** Which of the colours a node has. */
export const fieldKindOf = (node: Pick<ExplanationNode, "kind">): FieldKind =>
  KIND_OF.get(node.kind) ?? "other";

/** The colour of the byte that the nodes lead to: that of the deepest node which has one. */
export function kindAlong(path: readonly ExplanationNode[]): FieldKind {
  for (const node of path.toReversed()) {
    const kind = fieldKindOf(node);
    if (kind !== "other") return kind;
  }
  return "other";
}
