import type { DigestHash, DigestMeans } from "./digest.ts";

const NODE_NAMES: Readonly<Record<DigestHash, string>> = {
  MD5: "md5",
  "SHA-256": "sha256",
  "SHA-512-256": "sha512-256",
};

/** The hash functions and the randomness of Node, for `createAuthenticator`. Loads node:crypto when it is called. */
export function nodeDigestMeans(): DigestMeans {
  const { createHash, randomBytes } = process.getBuiltinModule("node:crypto");
  return {
    hash: (algorithm, bytes) => createHash(NODE_NAMES[algorithm]).update(bytes).digest("hex"),
    // 96 bits as 16 characters, as curl.
    cnonce: () => randomBytes(12).toString("base64"),
  };
}
