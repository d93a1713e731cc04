import { joined } from "../../../bytes/copy.ts";
import { CR, LF } from "../../../bytes/octets.ts";
import { latin1Bytes, utf8Bytes } from "../../../bytes/text.ts";
import type { ContentSource } from "../request-content.ts";
import type { MultipartPart } from "./multipart.ts";

/*
 * Content-Transfer-Encoding (RFC 2045 §6), which mail needs and HTTP does not: RFC 7578 §4.7 advises against it. curl
 * offers it (`-F "a=b;encoder=base64"`), and breaks lines as is done here.
 */

/** Turns a content into text with short lines, piece by piece. */
interface Encoder {
  push(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const MAX_LINE = 76;

/** A content in base64, in lines of 76 characters; its length stays known if it was. */
export function base64Content(content: string | Uint8Array | ContentSource): Uint8Array | ContentSource {
  const length = (bytes: number): number => {
    const characters = 4 * Math.ceil(bytes / 3);
    return characters === 0 ? 0 : characters + 2 * Math.ceil(characters / MAX_LINE - 1);
  };
  return encoded(content, () => new Base64Lines(), length);
}

/** A content in quoted-printable. The length of a stream is not known before its end. */
export function quotedPrintableContent(
  content: string | Uint8Array | ContentSource,
): Uint8Array | ContentSource {
  return encoded(content, () => new QuotedPrintable(), undefined);
}

function encoded(
  content: Exclude<MultipartPart["content"], { readonly parts: unknown }>,
  encoder: () => Encoder,
  lengthOf: ((bytes: number) => number) | undefined,
): Uint8Array | ContentSource {
  if (typeof content === "string" || content instanceof Uint8Array) {
    const one = encoder();
    return joined([one.push(typeof content === "string" ? utf8Bytes(content) : content), one.end()]);
  }
  const { length } = content;
  return {
    async *open() {
      const one = encoder();
      for await (const bytes of content.open()) yield one.push(bytes);
      yield one.end();
    },
    length: length === undefined ? undefined : lengthOf?.(length),
  };
}

/** The bytes of one line of base64. */
const LINE_BYTES = (MAX_LINE / 4) * 3;

class Base64Lines implements Encoder {
  #rest: Uint8Array = new Uint8Array(0);
  #begun = false;

  push(bytes: Uint8Array): Uint8Array {
    const all = joined([this.#rest, bytes]);
    const whole = all.length - (all.length % LINE_BYTES);
    this.#rest = all.slice(whole);
    return this.#lines(all.subarray(0, whole));
  }

  end(): Uint8Array {
    return this.#lines(this.#rest);
  }

  #lines(bytes: Uint8Array): Uint8Array {
    let text = "";
    for (let at = 0; at < bytes.length; at += LINE_BYTES) {
      if (this.#begun) text += "\r\n";
      this.#begun = true;
      text += btoa(String.fromCharCode(...bytes.subarray(at, at + LINE_BYTES)));
    }
    return latin1Bytes(text);
  }
}

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;

/** RFC 2045 §6.7. A CRLF stays a line end; any other CR or LF is written as an octet. */
class QuotedPrintable implements Encoder {
  #rest: Uint8Array = new Uint8Array(0);
  #lineLength = 0;

  push(bytes: Uint8Array): Uint8Array {
    // What an octet becomes depends on up to three behind it.
    return this.#encode(joined([this.#rest, bytes]), 3);
  }

  end(): Uint8Array {
    return this.#encode(this.#rest, 0);
  }

  #encode(bytes: Uint8Array, kept: number): Uint8Array {
    let text = "";
    let at = 0;
    while (at < bytes.length - kept) {
      if (bytes[at] === CR && bytes[at + 1] === LF) {
        text += "\r\n";
        this.#lineLength = 0;
        at += 2;
        continue;
      }
      const octet = octetText(bytes, at);
      const length = this.#lineLength + octet.length;
      if (length > MAX_LINE || (length === MAX_LINE && !endsLine(bytes, at + 1))) {
        text += "=\r\n";
        this.#lineLength = 0;
      }
      text += octet;
      this.#lineLength += octet.length;
      at++;
    }
    this.#rest = bytes.slice(at);
    return latin1Bytes(text);
  }
}

function octetText(bytes: Uint8Array, at: number): string {
  const octet = bytes[at] as number;
  const isText = octet === SPACE || octet === TAB ? !endsLine(bytes, at + 1) : octet > SPACE && octet < 0x7f;
  if (isText && octet !== EQUALS) return String.fromCharCode(octet);
  return `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
}

const endsLine = (bytes: Uint8Array, at: number): boolean =>
  at >= bytes.length || (bytes[at] === CR && bytes[at + 1] === LF);
