import { isControl } from "./control-names.ts";
import type { KnownName } from "./known-names.ts";

/*
 * The orders in which the names of heads came, as a tree: a node is one name, behind those on the way to it. Who
 * follows a head down the tree knows, at its end, where all of its names stand.
 *
 * It is bounded, and what does not fit has to be looked for name by name. When that happens often, what comes has
 * changed: the tree is dropped, and grows again.
 */

/** Where the lines of a head have which name. */
export interface FieldIndex {
  /** Lower-case name → the place of its first line in `Fields.lines`. */
  readonly places: ReadonlyMap<string, number>;
  /** Some name stands there twice. */
  readonly repeats: boolean;
  /** Among them is one that says how the message ends, or the connection goes on. */
  readonly controls: boolean;
}

/** One field name, and by its parents the names before it. */
export class NameNode {
  readonly known: KnownName | undefined;
  readonly parent: NameNode | undefined;
  /** How many names stand on the way here, this one counted. */
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

/** What a server's answers differ in are a few names. */
const MAX_CHILDREN = 8;
const MAX_NODES = 2048;
const MAX_MISSES = 4096;

let root = new NameNode();
let nodes = 0;
let misses = 0;

export const rootOfNames = (): NameNode => root;

/** The node for `known` behind `parent`, which has none yet; `undefined` where there is no place for it. */
export function addName(parent: NameNode, known: KnownName): NameNode | undefined {
  if (parent.children.length === MAX_CHILDREN || nodes === MAX_NODES) {
    if (++misses === MAX_MISSES) {
      root = new NameNode();
      nodes = 0;
      misses = 0;
    }
    return undefined;
  }
  nodes++;
  const node = new NameNode(parent, known);
  parent.children.push(node);
  return node;
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
