import type { ResponseHead } from "../../http1/events.ts";
import type { Fields } from "../../http1/fields.ts";
import type { DateField } from "../date.ts";

/** How many sets of fields are remembered. Most servers answer with the same few. */
const MAX_REMEMBERED = 8;
/** A set with more lines, or a longer value, is not remembered: it hardly comes twice. */
const MAX_REMEMBERED_LINES = 32;
const MAX_REMEMBERED_VALUE = 256;

/** The fields of an answer, and the last head that was made of them. */
interface Remembered {
  readonly given: Fields;
  readonly date: string;
  readonly dated: Fields;
  contentLength: number | undefined;
  head: ResponseHead | undefined;
}

/**
 * The heads of a server's answers: the handler's fields, then Date, Server if it has a name, and Content-Length.
 *
 * The last heads are remembered. For the same fields within the same second there is the same `Fields` again, or even the
 * same head: it is not put together and checked again, which is half of the cost of a small answer.
 */
export class AnswerHeads {
  readonly #date: DateField;
  readonly #serverName: string | undefined;
  readonly #remembered: Remembered[] = [];
  #oldest = 0;

  constructor(date: DateField, serverName: string | undefined) {
    this.#date = date;
    this.#serverName = serverName;
  }

  /**
   * @param given the handler's fields. Date and Server are added only where they are missing.
   * @param contentLength becomes the field Content-Length; `undefined`: there is no such field.
   * @param clockMs milliseconds that never go back.
   */
  head(
    status: number,
    reason: string,
    given: Fields,
    contentLength: number | undefined,
    clockMs: number,
  ): ResponseHead {
    const known = this.#dated(given, clockMs);
    const { head, dated } = known;
    if (head?.status === status && head.reason === reason && known.contentLength === contentLength)
      return head;
    const fields = contentLength === undefined ? dated : dated.with("Content-Length", String(contentLength));
    known.contentLength = contentLength;
    // We speak 1.1, whichever version the client speaks (RFC 9110 §2.5).
    known.head = { type: "response", status, reason, version: "1.1", fields };
    return known.head;
  }

  #dated(given: Fields, clockMs: number): Remembered {
    const date = this.#date.at(clockMs);
    for (const each of this.#remembered) {
      if (each.date === date && haveSameLines(each.given, given)) return each;
    }
    let dated = given.has("date") ? given : given.with("Date", date);
    if (this.#serverName !== undefined && !given.has("server"))
      dated = dated.with("Server", this.#serverName);
    const known: Remembered = { given, date, dated, contentLength: undefined, head: undefined };
    if (isWorthIt(given)) {
      this.#remembered[this.#oldest] = known;
      this.#oldest = (this.#oldest + 1) % MAX_REMEMBERED;
    }
    return known;
  }
}

function haveSameLines({ lines: some }: Fields, { lines: others }: Fields): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

const isWorthIt = ({ lines }: Fields): boolean =>
  lines.length <= 2 * MAX_REMEMBERED_LINES && lines.every(({ length }) => length <= MAX_REMEMBERED_VALUE);
