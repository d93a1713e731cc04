import { base64Content, type ContentSource, quotedPrintableContent } from "../../http.ts";
import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

const BAD_ARGUMENT = 43;

/** The content of a part that has no parts itself. */
export type Encodable = string | Uint8Array | ContentSource;

/** How the content of a part is written: `;encoder=base64`. */
interface Encoder {
  readonly name: string;
  readonly encode: (content: Encodable) => Encodable;
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

function sevenBits(content: Encodable): Encodable {
  const { open } = opened(content);
  return {
    ...opened(content),
    async *open() {
      for await (const bytes of open()) {
        const wrong = bytes.findIndex((byte) => byte > 0x7f);
        // As in curl, what comes before it is sent.
        yield wrong === -1 ? bytes : bytes.subarray(0, wrong);
        if (wrong !== -1) throw new CurlError(EXIT.read, "encoder=7bit: there is an octet of 8 bits");
      }
    },
  };
}

/** A content as a stream. */
export function opened(content: Encodable): ContentSource {
  if (typeof content === "object" && "open" in content) return content;
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    async *open() {
      yield bytes;
    },
    length: bytes.length,
  };
}
