import { isControl } from "../control-names.ts";
import type { FieldIndex } from "../fields.ts";
import type { KnownName } from "./known-names.ts";

/** One field name; its parents are the names before it. */
export class NameNode {
  readonly known: KnownName | undefined;
  readonly parent: NameNode | undefined;
  /** How many names there are on the way to here, this one counted. */
  readonly depth: number;
  readonly children: NameNode[] = [];
  #index: FieldIndex | undefined;

  constructor(parent?: NameNode, known?: KnownName) {
    this.known = known;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** The index of a head whose last name this is. */
  get index(): FieldIndex {
    this.#index ??= indexOf(this);
    return this.#index;
  }
}

/** The answers of one server differ in a few names. */
const MAX_CHILDREN = 8;
const MAX_NODES = 2048;
const MAX_MISSES = 4096;

/**
 * The orders in which the names of earlier heads came, as a tree: a node is one name, behind the names on the way to
 * it. The node of a head's last name knows where each name of that head stands.
 *
 * The tree is bounded. Names without a place in it are looked up one by one. When that happens often, the heads have
 * changed: the tree is dropped, and grows again.
 */
export class NameTree {
  #root = new NameNode();
  #nodes = 0;
  #misses = 0;

  get root(): NameNode {
    return this.#root;
  }

  /** A new node for `known` behind `parent`. `undefined`: the tree has no room for it. */
  add(parent: NameNode, known: KnownName): NameNode | undefined {
    if (parent.children.length === MAX_CHILDREN || this.#nodes === MAX_NODES) {
      if (++this.#misses === MAX_MISSES) {
        this.#root = new NameNode();
        this.#nodes = 0;
        this.#misses = 0;
      }
      return undefined;
    }
    this.#nodes++;
    const node = new NameNode(parent, known);
    parent.children.push(node);
    return node;
  }
}

function indexOf(last: NameNode): FieldIndex {
  const places = new Map<string, number>();
  let controls = false;
  for (let node = last; node.parent !== undefined; node = node.parent) {
    const { name } = node.known as KnownName;
    places.set(name.toLowerCase(), 2 * (node.depth - 1));
    controls ||= isControl(name);
  }
  return { places, repeats: places.size < last.depth, controls };
}
