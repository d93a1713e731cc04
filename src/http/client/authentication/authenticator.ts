import { ownOptions } from "../../../tcp/own-options.ts";
import { basicCredentials } from "./basic.ts";
import { bearerCredentials } from "./bearer.ts";
import { parseChallenges, parseParameters } from "./challenges.ts";
import {
  type DigestChallenge,
  type DigestMeans,
  digestChallenge,
  digestCredentials,
  quotedOctets,
} from "./digest.ts";

/** A way to prove who asks (RFC 9110 §11). */
export type AuthenticationScheme = "basic" | "digest" | "bearer";

/** Who asks, and how that may be proved. */
export interface Credentials {
  /** The name for Basic and Digest. */
  readonly user?: string | undefined;
  /** The password for Basic and Digest; empty by default. */
  readonly password?: string | undefined;
  /** The token for Bearer. */
  readonly token?: string | undefined;
  /**
   * The schemes that may be used. By default, all that the credentials are for. Of several, the strongest that the
   * server asks for is taken: Bearer, Digest, Basic. A single scheme that needs no challenge (Basic, Bearer) is sent
   * ahead.
   */
  readonly schemes?: readonly AuthenticationScheme[] | undefined;
  /**
   * Answer a new challenge when the server refuses a nonce that it accepted before, also without `stale=true`. `true`
   * by default: a server that was started again knows no old nonce. curl does not.
   */
  readonly retryReusedNonce?: boolean | undefined;
}

/**
 * Makes the values of Authorization for one server, or of Proxy-Authorization for one proxy, and learns from
 * challenges. An authenticator has no idea of origins: whoever owns it sends its values to one server only.
 */
export interface Authenticator {
  /**
   * The field value for the next request; `undefined` while there is nothing to send: only a challenge tells what
   * Digest needs. A server refuses a request without credentials, so a large content may be kept back until then.
   *
   * @param target the request-target as it is sent: path and query; for CONNECT, the authority.
   * @param content for the qop "auth-int"; `undefined` is no content.
   */
  authorization(method: string, target: string, content?: Uint8Array): string | undefined;
  /**
   * Takes the challenges of a 401 or 407. `true`: send the request again with a new `authorization`. `false`: the
   * server refused the credentials, or asks for a scheme that is not among ours.
   *
   * @param fieldValues those of WWW-Authenticate or Proxy-Authenticate, one for each field line.
   * @param sent the field value that was refused; by default, the last one that `authorization` gave.
   */
  challenged(fieldValues: readonly string[], sent?: string): boolean;
  /** Takes Authentication-Info or Proxy-Authentication-Info: the server may name the next nonce (RFC 7616 §3.5). */
  informed(fieldValues: readonly string[]): void;
}

/** The strongest first, as in curl: Basic shows the password to whoever listens. */
const STRONGEST_FIRST: readonly AuthenticationScheme[] = ["bearer", "digest", "basic"];

/** A server that calls each new nonce stale would keep us asking for ever. */
const MAX_STALE_IN_A_ROW = 20;

/**
 * An authenticator for one server or one proxy.
 *
 * @param means for Digest: hash functions and randomness. `nodeDigestMeans()` has those of Node.
 */
export function createAuthenticator(given: Credentials, means: DigestMeans): Authenticator {
  const {
    user,
    password = "",
    token,
    schemes = STRONGEST_FIRST,
    retryReusedNonce = true,
  } = ownOptions(given);
  const usable = STRONGEST_FIRST.filter(
    (scheme) => schemes.includes(scheme) && (scheme === "bearer" ? token : user) !== undefined,
  );
  let chosen = usable.length === 1 ? usable[0] : undefined;
  let nonce: NonceInUse | undefined;
  let staleInARow = 0;
  let lastSent: string | undefined;

  const made = (method: string, target: string, content?: Uint8Array): string | undefined => {
    switch (chosen) {
      case undefined:
        return undefined;
      case "bearer":
        return bearerCredentials(token ?? "");
      case "basic":
        return basicCredentials(user ?? "", password);
      case "digest": {
        if (nonce === undefined) return undefined;
        const { challenge, cnonce } = nonce;
        nonce.count++;
        const request = {
          user: user ?? "",
          password,
          method,
          target,
          content,
          cnonce,
          nonceCount: nonce.count,
        };
        return digestCredentials(challenge, request, means.hash);
      }
    }
  };

  /** Whether the nonce was refused, and not the password. */
  const wasOld = (sent: string, challenge: DigestChallenge): boolean => {
    if (nonce === undefined) return true;
    // Of several requests at once, another one was told of a newer nonce first.
    if (!sent.includes(`nonce=${quotedOctets(nonce.challenge.nonce)}`)) return true;
    // Without qop there is no nc.
    const count = Number.parseInt(/, nc=([0-9a-f]{8}),/.exec(sent)?.[1] ?? "", 16) || nonce.count;
    if (count > 1) staleInARow = 0;
    if (challenge.stale) return ++staleInARow <= MAX_STALE_IN_A_ROW;
    return retryReusedNonce && count > 1 && challenge.nonce !== nonce.challenge.nonce;
  };

  return {
    authorization(method, target, content) {
      lastSent = made(method, target, content);
      return lastSent;
    },
    challenged(fieldValues, sent = lastSent) {
      const challenges = parseChallenges(fieldValues);
      for (const scheme of usable) {
        const asked = challenges.filter((each) => each.scheme === scheme);
        if (asked.length === 0) continue;
        if (scheme !== "digest") {
          chosen = scheme;
          return sent?.toLowerCase().startsWith(`${scheme} `) !== true;
        }
        // RFC 7616 §3.7: the first challenge that we know is the one that the server likes best.
        const challenge = asked.map(digestChallenge).find((each) => each !== undefined);
        if (challenge === undefined) continue;
        const again = sent?.startsWith("Digest ") !== true || wasOld(sent, challenge);
        chosen = scheme;
        nonce = { challenge, cnonce: means.cnonce(), count: 0 };
        return again;
      }
      return false;
    },
    informed(fieldValues) {
      const next = parseParameters(fieldValues).get("nextnonce");
      if (next === undefined || nonce === undefined) return;
      nonce = { challenge: { ...nonce.challenge, nonce: next }, cnonce: means.cnonce(), count: 0 };
    },
  };
}

/** A nonce of the server, and how often it was used. */
interface NonceInUse {
  readonly challenge: DigestChallenge;
  /** One for each nonce: the session key of "-sess" is made with it. */
  readonly cnonce: string;
  count: number;
}
