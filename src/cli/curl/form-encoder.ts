import { base64Content, type MultipartPart, quotedPrintableContent } from "../../http.ts";
import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

const BAD_ARGUMENT = 43;

/** The content of a part that has no parts itself. */
export type Encodable = string | Uint8Array | { open(): AsyncIterable<Uint8Array>; length: number };

/** How the content of a part is written: `;encoder=base64`. */
interface Encoder {
  readonly name: string;
  readonly encode: (content: Encodable) => MultipartPart["content"];
}

const ENCODERS: readonly Encoder[] = [
  { name: "binary", encode: (content) => content },
  { name: "8bit", encode: (content) => content },
  { name: "7bit", encode: sevenBits },
  { name: "base64", encode: base64Content },
  // As in curl, nobody knows the length of it.
  { name: "quoted-printable", encode: (content) => quotedPrintableContent(opened(content)) },
];

/** @throws {CurlError} 43: there is no such encoder. */
export function encoderOf(name: string): Encoder {
  const encoder = ENCODERS.find((one) => one.name === name.toLowerCase());
  if (encoder === undefined) {
    const known = ENCODERS.map(({ name }) => name).join(", ");
    throw new CurlError(BAD_ARGUMENT, `-F knows no encoder "${name}", but ${known}`);
  }
  return encoder;
}

function sevenBits(content: Encodable): MultipartPart["content"] {
  const { open } = opened(content);
  return {
    ...opened(content),
    async *open() {
      for await (const bytes of open()) {
        if (bytes.some((byte) => byte > 0x7f))
          throw new CurlError(EXIT.read, "encoder=7bit: there is an octet of 8 bits");
        yield bytes;
      }
    },
  };
}

function opened(content: Encodable): { open(): AsyncIterable<Uint8Array>; length: number } {
  if (typeof content === "object" && "open" in content) return content;
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    async *open() {
      yield bytes;
    },
    length: bytes.length,
  };
}
