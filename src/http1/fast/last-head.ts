import type { InformationalHead, RequestHead, ResponseHead } from "../events.ts";
import { EMPTY_FIELDS } from "../fields.ts";

type Head = RequestHead | InformationalHead | ResponseHead;

/**
 * The head that was sent last, checked and put together. A server often sends the same head again, and a client too.
 * The parts are kept and compared, not the object: the caller may change a head object.
 */
export class LastHead {
  #type = "";
  #first: string | number = "";
  #second = "";
  #version = "";
  #fields = EMPTY_FIELDS;
  #text = "";

  /** The text of this head, if this head was the last one. */
  textOf(head: Head): string | undefined {
    const isLast =
      head.fields === this.#fields &&
      secondOf(head) === this.#second &&
      firstOf(head) === this.#first &&
      head.type === this.#type &&
      head.version === this.#version;
    return isLast ? this.#text : undefined;
  }

  /** Remembers a head, and the text that it was checked and made into. */
  keep(head: Head, text: string): void {
    this.#type = head.type;
    this.#first = firstOf(head);
    this.#second = secondOf(head);
    this.#version = head.version;
    this.#fields = head.fields;
    this.#text = text;
  }
}

const firstOf = (head: Head): string | number => (head.type === "request" ? head.method : head.status);
const secondOf = (head: Head): string => (head.type === "request" ? head.target : head.reason);
