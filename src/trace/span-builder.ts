import { copyOf, joined } from "../bytes/copy.ts";
import { quote } from "../bytes/text.ts";
import { MAX_SHOWN_OCTETS, Meanings } from "./explain.ts";
import type { Unruled } from "./line-builder.ts";
import type { ExplanationNode, NodeKind } from "./node.ts";
import { CONTINUES, type Span } from "./streams.ts";

/** Puts the bytes of one direction together to nodes, which are shown as rows. */
export interface NodeBuilder {
  /** Takes the next span with its bytes. The span of a content may come in pieces. */
  add(span: Span, bytes: Uint8Array): void;
  /** Takes bytes that no span describes. */
  addUnruled(unruled: Unruled, start: number, bytes: Uint8Array): void;
  /** What is open is complete. */
  close(): void;
  /** The nodes that are complete, once. */
  take(): ExplanationNode[];
}

/** Bytes of one span that are not shown yet: fewer than a row has. */
interface Rest {
  readonly node: Omit<ExplanationNode, "shown">;
  bytes: Uint8Array;
}

/** A node for each span, and for each 40 octets of a longer one: no byte is left out. */
export class SpanBuilder implements NodeBuilder {
  readonly #meanings = new Meanings();
  #nodes: ExplanationNode[] = [];
  #rest: Rest | undefined;

  add(span: Span, bytes: Uint8Array): void {
    const { rule, start, meaning, section } = this.#meanings.explain(span, bytes);
    this.#add(rule, start, bytes, meaning, section);
    if (!CONTINUES.has(span.rule)) this.close();
  }

  addUnruled({ kind, meaning: [meaning, section] }: Unruled, start: number, bytes: Uint8Array): void {
    this.#add(kind, start, bytes, meaning, section);
  }

  close(): void {
    if (this.#rest === undefined) return;
    const { node, bytes } = this.#rest;
    this.#rest = undefined;
    this.#nodes.push({ ...node, shown: quote(bytes) });
  }

  take(): ExplanationNode[] {
    const nodes = this.#nodes;
    this.#nodes = [];
    return nodes;
  }

  #add(kind: NodeKind, start: number, bytes: Uint8Array, meaning: string, section: string): void {
    const rest = this.#rest;
    const continues = rest?.node.kind === kind && rest.node.end === start;
    if (!continues) this.close();
    const from = continues ? (rest as Rest).node.start : start;
    const all = continues ? joined([(rest as Rest).bytes, bytes]) : bytes;
    this.#rest = undefined;
    for (let at = 0; at < all.length; at += MAX_SHOWN_OCTETS) {
      this.close();
      const octets = copyOf(all.subarray(at, at + MAX_SHOWN_OCTETS));
      const place = { start: from + at, end: from + at + octets.length };
      this.#rest = { node: { kind, ...place, meaning, section, parts: [] }, bytes: octets };
    }
  }
}
