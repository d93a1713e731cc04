import type { RequestHead, ResponseHead } from "../events.ts";
import type { Fields } from "../fields.ts";
import type { BodyFraming } from "../framing.ts";
import type { RequestContext } from "../message-reader.ts";

/** The framing of the response that a connection sent last: the next response often has the same fields. */
export class LastFraming {
  #status: number | undefined;
  #fields: Fields | undefined;
  #method = "";
  #version = "";
  #framing: BodyFraming | undefined;

  /** The framing of this head, if all that it follows from is as it was. */
  of(head: RequestHead | ResponseHead, { method, version }: RequestContext): BodyFraming | undefined {
    const isSame =
      head.type === "response" &&
      head.fields === this.#fields &&
      head.status === this.#status &&
      head.version === "1.1" &&
      method === this.#method &&
      version === this.#version;
    return isSame ? this.#framing : undefined;
  }

  keep(head: ResponseHead, { method, version }: RequestContext, framing: BodyFraming): void {
    this.#status = head.version === "1.1" ? head.status : undefined;
    this.#fields = head.fields;
    this.#method = method;
    this.#version = version;
    this.#framing = framing;
  }
}
