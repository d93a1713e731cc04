import type { ExplanationNode } from "../../browser.ts";
import { type FieldKind, fieldKindOf } from "./kinds.ts";

/*
 * A message that is sent in pieces: where it is cut, and what each byte of it is.
 */

/** The message is cut before the byte at `at`, and the rest waits. */
export interface Cut {
  readonly at: number;
  readonly waitMs: number;
}

/** The bytes between two cuts, and the wait before they are sent. */
export interface ComposedPiece {
  readonly bytes: Uint8Array;
  readonly waitMs: number;
}

/** The pieces in which a message is sent. */
export function piecesOf(bytes: Uint8Array, cuts: readonly Cut[]): ComposedPiece[] {
  const inside = cuts.filter(({ at }) => at > 0 && at < bytes.length);
  const starts = [{ at: 0, waitMs: 0 }, ...inside];
  return starts
    .map(({ at, waitMs }, index) => ({ bytes: bytes.subarray(at, starts[index + 1]?.at), waitMs }))
    .filter((piece) => piece.bytes.length > 0);
}

/** Cuts here, or takes away the cut that is here. The order stays that of the bytes. */
export function withCut(cuts: readonly Cut[], at: number, waitMs = 0): Cut[] {
  const others = cuts.filter((cut) => cut.at !== at);
  if (others.length < cuts.length) return others;
  return [...others, { at, waitMs }].sort((a, b) => a.at - b.at);
}

/** Where the cuts are after the message was edited: they stay between the same two bytes, where both are still there. */
export function movedCuts(cuts: readonly Cut[], before: Uint8Array, after: Uint8Array): Cut[] {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same++;
  let sameEnd = 0;
  while (sameEnd < shorter - same && before.at(-1 - sameEnd) === after.at(-1 - sameEnd)) sameEnd++;
  const change = after.length - before.length;
  const moved: Cut[] = [];
  for (const { at, waitMs } of cuts) {
    if (at <= same) moved.push({ at, waitMs });
    else if (at >= before.length - sameEnd) moved.push({ at: at + change, waitMs });
  }
  return moved.filter(({ at }, index) => at > 0 && at < after.length && at !== moved[index - 1]?.at);
}

/** What a byte is, and whether it breaks a rule. */
export interface ByteMark {
  readonly kind: FieldKind;
  readonly isWrong: boolean;
}

/** One mark for each byte: that of the smallest node which has a kind. */
export function marksOf(length: number, nodes: readonly ExplanationNode[]): ByteMark[] {
  const marks: ByteMark[] = Array.from({ length }, () => ({ kind: "other", isWrong: false }));
  const walk = (level: readonly ExplanationNode[], isWithinWrong: boolean) => {
    for (const node of level) {
      const kind = fieldKindOf(node);
      // The problem of a whole message or section is told beside it: all of its bytes underlined would say nothing.
      const isWrong = isWithinWrong || (node.problem !== undefined && !WIDE.has(node.kind));
      for (let i = node.start; i < Math.min(node.end, length); i++) {
        const mark = marks[i] as ByteMark;
        if (kind !== "other" || isWrong) marks[i] = { kind: kind === "other" ? mark.kind : kind, isWrong };
      }
      walk(node.parts, isWrong);
    }
  };
  walk(nodes, false);
  return marks;
}

const WIDE: ReadonlySet<string> = new Set(["request", "response", "header-section", "trailer-section"]);

/** A node that breaks a rule. */
export type WrongNode = ExplanationNode & { readonly problem: NonNullable<ExplanationNode["problem"]> };

/** All nodes that break a rule, in order. */
export function problemsOf(nodes: readonly ExplanationNode[]): WrongNode[] {
  return nodes.flatMap((node) => [
    ...(node.problem === undefined ? [] : [{ ...node, problem: node.problem }]),
    ...problemsOf(node.parts),
  ]);
}
