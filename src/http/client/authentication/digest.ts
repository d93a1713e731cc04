import { latin1Bytes, utf8Octets } from "../../../bytes/text.ts";
import type { Challenge } from "./challenges.ts";

/** What Digest needs from its surroundings: a hash function, and randomness. */
export interface DigestMeans {
  /** The hash of the bytes as lower-case hexadecimal digits. */
  readonly hash: (algorithm: DigestHash, bytes: Uint8Array) => string;
  /** A text that nobody can guess, new for each call: the client's nonce. */
  readonly cnonce: () => string;
}

/** The hash functions of Digest (RFC 7616 §6.1). */
export type DigestHash = "MD5" | "SHA-256" | "SHA-512-256";

/** A challenge of the Digest scheme that can be answered. Its texts have one character for each octet. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** The algorithm as the server spelled it; `undefined` stands for MD5. */
  readonly algorithm: string | undefined;
  readonly hash: DigestHash;
  /** The key is made once of nonce and cnonce: the algorithms named "-sess". */
  readonly session: boolean;
  /** `undefined`: the server knows RFC 2069 only. */
  readonly qop: "auth" | "auth-int" | undefined;
  /** The nonce was too old, the password was right: try again with the new nonce. */
  readonly stale: boolean;
  /** Send a hash in place of the user's name. */
  readonly userhash: boolean;
}

const HASHES: ReadonlyMap<string, DigestHash> = new Map([
  ["md5", "MD5"],
  ["sha-256", "SHA-256"],
  ["sha-512-256", "SHA-512-256"],
]);

/** The challenge as Digest reads it; `undefined` if it cannot be answered: no nonce, or an unknown algorithm. */
export function digestChallenge({ scheme, parameters }: Challenge): DigestChallenge | undefined {
  const nonce = parameters.get("nonce");
  if (scheme !== "digest" || nonce === undefined) return undefined;
  const algorithm = parameters.get("algorithm") || undefined;
  const [, name = "", session] = /^(.*?)(-sess)?$/is.exec(algorithm ?? "MD5") ?? [];
  const hash = HASHES.get(name.toLowerCase());
  const qop = chosenQop(parameters.get("qop"));
  // A session key is made with the cnonce, and only a challenge with qop lets us send one.
  if (hash === undefined || (session !== undefined && qop === undefined)) return undefined;
  return {
    realm: parameters.get("realm") ?? "",
    nonce,
    opaque: parameters.get("opaque"),
    algorithm,
    hash,
    session: session !== undefined,
    qop,
    stale: parameters.get("stale")?.toLowerCase() === "true",
    userhash: parameters.get("userhash")?.toLowerCase() === "true",
  };
}

/** "auth" where the server takes it: "auth-int" needs the whole content before the head is sent. */
function chosenQop(offered = ""): "auth" | "auth-int" | undefined {
  const values = offered.split(",").map((value) => value.trim().toLowerCase());
  return (["auth", "auth-int"] as const).find((qop) => values.includes(qop));
}

/** What a response to a Digest challenge is made of, besides the challenge. */
export interface DigestRequest {
  readonly user: string;
  readonly password: string;
  readonly method: string;
  /** The request-target as it is sent: path and query, or the authority of CONNECT. */
  readonly target: string;
  /** The content, for "auth-int"; `undefined` is no content. */
  readonly content: Uint8Array | undefined;
  readonly cnonce: string;
  /** How many requests were made with this nonce, this one included. */
  readonly nonceCount: number;
}

/**
 * The value of the Authorization field that answers a Digest challenge (RFC 7616 §3.4). Parameters, their order and
 * their quotes are curl's, which servers are used to.
 */
export function digestCredentials(
  challenge: DigestChallenge,
  request: DigestRequest,
  hash: DigestMeans["hash"],
): string {
  const { realm, nonce, opaque, algorithm, session, qop, userhash } = challenge;
  const { method, target, content, cnonce, nonceCount } = request;
  const hashed = (octets: string) => hash(challenge.hash, latin1Bytes(octets));
  // RFC 7616 §4: UTF-8 if the server says so. Without a word of the server, curl and browsers send UTF-8, too.
  const user = utf8Octets(request.user);

  const passwordHash = hashed(`${user}:${realm}:${utf8Octets(request.password)}`);
  const key = session ? hashed(`${passwordHash}:${nonce}:${cnonce}`) : passwordHash;
  const whatIsAsked = `${method}:${target}`;
  const request2 = hashed(
    qop === "auth-int" ? `${whatIsAsked}:${hash(challenge.hash, content ?? new Uint8Array())}` : whatIsAsked,
  );
  const count = nonceCount.toString(16).padStart(8, "0");
  const response = hashed(
    qop === undefined
      ? `${key}:${nonce}:${request2}`
      : `${key}:${nonce}:${count}:${cnonce}:${qop}:${request2}`,
  );
  return [
    `Digest username=${quotedOctets(userhash ? hashed(`${user}:${realm}`) : user)}`,
    `realm=${quotedOctets(realm)}`,
    `nonce=${quotedOctets(nonce)}`,
    `uri=${quotedOctets(target)}`,
    ...(qop === undefined ? [] : [`cnonce="${cnonce}"`, `nc=${count}`, `qop=${qop}`]),
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quotedOctets(opaque)}`]),
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(userhash ? ["userhash=true"] : []),
  ].join(", ");
}

/**
 * A text with one character for each octet, as quoted string. As curl, octets that are no printable ASCII are
 * percent-encoded, so none of them can end the field line.
 */
export function quotedOctets(octets: string): string {
  const escaped = octets
    .replace(/["\\]/g, "\\$&")
    .replace(
      /[^\x20-\x7e]/g,
      (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
  return `"${escaped}"`;
}
