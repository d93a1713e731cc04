import type { ResponseHead } from "../../http1/events.ts";
import type { Fields } from "../../http1/fields.ts";
import type { DateField } from "../date.ts";

/** Most servers answer with the same few sets of fields. */
const MAX_REMEMBERED = 8;
/** Longer ones are not kept: they are hardly the same twice. */
const MAX_REMEMBERED_LINES = 32;
const MAX_REMEMBERED_VALUE = 256;

/** The fields of an answer, and the last head they became. */
interface Remembered {
  readonly given: Fields;
  readonly date: string;
  readonly dated: Fields;
  contentLength: number | undefined;
  head: ResponseHead | undefined;
}

/**
 * The heads of a server's answers: the handler's fields, and behind them Date, Server where it has a name, and how
 * long the content is.
 *
 * The last ones are remembered. Who gives the same fields within the same second gets the same `Fields` again, or
 * even the same head: what was checked and put together once is not checked and put together again, which is half of
 * what a small answer costs.
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
   * @param given the handler's own; they win.
   * @param contentLength goes into a field of this name, if there is one.
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
    // Ours is 1.1, whatever the client speaks (RFC 9110 §2.5).
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
