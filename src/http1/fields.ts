import { partToKeep } from "../bytes/text.ts";
import { isControl } from "./control-names.ts";

/** Where each name stands among the lines of a section, where the reader of the section knows it. */
export interface FieldIndex {
  /** Lower-case name → the place of its first line in `Fields.lines`. */
  readonly places: ReadonlyMap<string, number>;
  /** Some name stands there twice. */
  readonly repeats: boolean;
  /** Some field says how the message ends, or how the connection goes on. */
  readonly controls: boolean;
}

/**
 * The field lines of one section, in the order and the case that they have on the wire.
 *
 * They are one flat list `[name, value, name, value, …]`: it is cheap to make, and no name is special
 * (`__proto__` is a name like any other). Look-up ignores ASCII case (RFC 9110 §5.1).
 */
export class Fields implements Iterable<[name: string, value: string]> {
  /** The field lines as one list: names at even places, values at odd places. */
  readonly lines: readonly string[];
  readonly #index: FieldIndex | undefined;
  /** The values are slices of a text of this length: a value that is kept keeps the whole text in memory. */
  readonly #textLength: number;
  /** The Fields that the first lines come from. They need not be checked and put together again. */
  #front: Fields | undefined;
  #wireText: string | undefined;
  #controls: boolean | undefined;

  /**
   * Field lines from a list `[name, value, name, value, …]`, which is kept and not checked: `send` refuses what
   * cannot be sent.
   *
   * @param index for the reader of a head: where each name stands.
   * @param textLength for the reader of a head: the length of the text that the values are parts of.
   */
  constructor(lines: readonly string[] = [], index?: FieldIndex, textLength = 0) {
    this.lines = lines;
    this.#index = index;
    this.#textLength = textLength;
  }

  /** Field lines from any source; a `Fields` is given back as it is, `undefined` is no lines. */
  static from(source: FieldsSource | undefined): Fields {
    if (source === undefined) return EMPTY_FIELDS;
    if (source instanceof Fields) return source;
    const lines: string[] = [];
    if (Array.isArray(source)) {
      for (let i = 0; i < source.length; i++) lines.push(source[i][0], source[i][1]);
    } else if (Symbol.iterator in source) {
      for (const [name, value] of source) lines.push(name, value);
    } else {
      for (const [name, value] of Object.entries(source)) {
        for (const one of typeof value === "string" ? [value] : value) lines.push(name, one);
      }
    }
    return new Fields(lines);
  }

  /** The number of field lines. */
  get size(): number {
    return this.lines.length / 2;
  }

  /** Whether there is a field line of this name; case does not matter. */
  has(name: string): boolean {
    return this.#first(name.toLowerCase()) !== -1;
  }

  /** The combined value: the field lines of this name joined with ", " (RFC 9110 §5.3). `undefined` without any. */
  get(name: string): string | undefined {
    const value = this.value(name.toLowerCase());
    return value && this.#toKeep(value);
  }

  /**
   * `get` for a name in lower case. The value may keep the text of the whole head in memory: look at it, do not store
   * it.
   */
  value(wanted: string): string | undefined {
    const first = this.#first(wanted);
    if (first === -1) return undefined;
    let value = this.lines[first + 1] as string;
    if (this.#index?.repeats === false) return value;
    for (let at = this.#find(wanted, first + 2); at !== -1; at = this.#find(wanted, at + 2)) {
      value += `, ${this.lines[at + 1]}`;
    }
    return value;
  }

  /** Whether there is a field that decides about framing or the connection (Content-Length, Connection, …). */
  get controls(): boolean {
    this.#controls ??= this.#index?.controls ?? hasControl(this.lines);
    return this.#controls;
  }

  /** The values of this name, one for each field line: Set-Cookie cannot be combined (RFC 9110 §5.3). */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let at = this.#first(wanted); at !== -1; at = this.#find(wanted, at + 2)) {
      values.push(this.#toKeep(this.lines[at + 1] as string));
    }
    return values;
  }

  /** A copy with one more field line at the end. */
  with(name: string, value: string): Fields {
    const longer = new Fields([...this.lines, name, value]);
    longer.#front = this;
    return longer;
  }

  /** A copy without the field lines of this name. */
  without(name: string): Fields {
    const wanted = name.toLowerCase();
    if (this.#first(wanted) === -1) return this;
    const lines: string[] = [];
    for (const [each, value] of this) if (each.toLowerCase() !== wanted) lines.push(each, value);
    return new Fields(lines);
  }

  /** Each field line as `[name, value]`, in order. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.lines.length; i += 2)
      yield [this.lines[i] as string, this.#toKeep(this.lines[i + 1] as string)];
  }

  /**
   * The field lines as they are sent, made once by `encode` and kept.
   *
   * @param encode checks the lines from place `from` of the list on, and gives their text.
   */
  wireText(encode: (lines: readonly string[], from: number) => string): string {
    if (this.#wireText === undefined) {
      const front = this.#front;
      this.#wireText =
        front === undefined
          ? encode(this.lines, 0)
          : front.wireText(encode) + encode(this.lines, front.lines.length);
      this.#front = undefined;
    }
    return this.#wireText;
  }

  /** The field lines as pairs, for `JSON.stringify`. */
  toJSON(): [string, string][] {
    return [...this];
  }

  #toKeep(value: string): string {
    return partToKeep(value, this.#textLength);
  }

  #first(lowerCaseName: string): number {
    if (this.#index === undefined) return this.#find(lowerCaseName, 0);
    return this.#index.places.get(lowerCaseName) ?? -1;
  }

  #find(lowerCaseName: string, from: number): number {
    const { lines } = this;
    for (let i = from; i < lines.length; i += 2) {
      const name = lines[i] as string;
      if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return i;
    }
    return -1;
  }
}

function hasControl(lines: readonly string[]): boolean {
  for (let i = 0; i < lines.length; i += 2) if (isControl(lines[i] as string)) return true;
  return false;
}

/** What field lines can be made of: `Fields`, pairs (also a `Headers`), or an object of values or lists of values. */
export type FieldsSource =
  | Fields
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[]>>;

export const EMPTY_FIELDS = new Fields();
