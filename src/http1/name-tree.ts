/*
 * The field names of heads as a tree: a node is one name, behind those on the way to it. Heads repeat, so the names
 * of the next one are mostly recognised, a word at a time, and need not be read, checked or made strings again. Only
 * names are remembered; every value is read and checked anew.
 *
 * There is one tree for all connections, so that an idle one holds none of it, and it is bounded: beyond
 * `MAX_NODES` it is dropped, and grows again from the heads that come.
 */

/** Where the lines of a head have which name. */
export interface FieldIndex {
  /** Lower-case name → the place of its first line in `Fields.lines`. */
  readonly places: ReadonlyMap<string, number>;
  /** Some name stands there twice. */
  readonly repeats: boolean;
}

/** One field name, and by its parents the names before it. */
export class NameNode {
  /** As it stood on the wire. */
  readonly name: string;
  readonly parent: NameNode | undefined;
  /** How many names stand on the way here, this one counted. */
  readonly depth: number;
  /** Octets of the name and its colon. */
  readonly length: number;
  /** These octets, four to a word as a little-endian machine has them; of the last, only `tailMask` counts. */
  readonly words: readonly number[];
  readonly tail: number;
  readonly tailMask: number;
  readonly children: NameNode[] = [];
  #index: FieldIndex | undefined;

  constructor(parent: NameNode | undefined, name: string) {
    const octets = `${name}:`;
    const tailLength = octets.length & 3;
    const words: number[] = [];
    for (let at = 0; at + 4 <= octets.length; at += 4) words.push(wordAt(octets, at));
    this.name = name;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.length = octets.length;
    this.words = words;
    this.tail = wordAt(octets, octets.length - tailLength);
    this.tailMask = (1 << (8 * tailLength)) - 1;
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

let root = new NameNode(undefined, "");
let nodes = 0;

export const rootOfNames = (): NameNode => root;

/** Remembers that `name` stood behind those of `parent`, in place of the one that was added first. */
export function addName(parent: NameNode, name: string): NameNode {
  if (parent.children.length === MAX_CHILDREN) parent.children.shift();
  if (++nodes > MAX_NODES) {
    root = new NameNode(undefined, "");
    nodes = 0;
  }
  const node = new NameNode(parent, name);
  parent.children.push(node);
  return node;
}

function wordAt(octets: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (octets.charCodeAt(at + i) || 0);
  return word;
}

function indexOf(last: NameNode): FieldIndex {
  const places = new Map<string, number>();
  for (let node = last; node.parent !== undefined; node = node.parent) {
    places.set(node.name.toLowerCase(), 2 * (node.depth - 1));
  }
  return { places, repeats: places.size < last.depth };
}
