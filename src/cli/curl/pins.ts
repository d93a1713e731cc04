import { createHash, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * What --pinnedpubkey names: hashes (`sha256//…;sha256//…`), or a file with a public key (PEM or DER). As in curl, a file
 * that holds no key is the pin of no server.
 */
export function pinsOf(text: string): readonly string[] {
  if (text.startsWith("sha256//")) return text.split(";");
  try {
    const content = readFileSync(text);
    const isPem = content.includes("-----BEGIN PUBLIC KEY-----");
    const key = isPem
      ? createPublicKey(content)
      : createPublicKey({ key: content, format: "der", type: "spki" });
    const spki = key.export({ type: "spki", format: "der" });
    return [`sha256//${createHash("sha256").update(spki).digest("base64")}`];
  } catch {
    return [];
  }
}
