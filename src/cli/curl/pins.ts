import { createHash, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

const PIN_UNUSABLE = 90;

/** What --pinnedpubkey names: hashes (`sha256//…;sha256//…`), or a file with a public key (PEM or DER). */
export function pinsOf(text: string): readonly string[] {
  if (text.startsWith("sha256//")) return text.split(";");
  let content: Buffer;
  try {
    content = readFileSync(text);
  } catch (error) {
    throw new CurlError(EXIT.usage, `cannot read the public key of ${text}: ${fileProblem(error)}`);
  }
  try {
    const isPem = content.includes("-----BEGIN ");
    const key = isPem
      ? createPublicKey(content)
      : createPublicKey({ key: content, format: "der", type: "spki" });
    const spki = key.export({ type: "spki", format: "der" });
    return [`sha256//${createHash("sha256").update(spki).digest("base64")}`];
  } catch {
    throw new CurlError(PIN_UNUSABLE, `there is no public key in ${text}`);
  }
}
