import { TransportError } from "../../tcp.ts";

/**
 * OpenSSL's numbers of what X509_verify_cert(3) found wrong, for `%{ssl_verify_result}`. Node knows their names only. Without
 * the issuer, Node tells of error 21, which OpenSSL finds behind 20; curl tells of the first one.
 */
const NUMBERS: Readonly<Record<string, number>> = {
  UNABLE_TO_GET_ISSUER_CERT: 2,
  UNABLE_TO_GET_CRL: 3,
  CERT_SIGNATURE_FAILURE: 7,
  CRL_SIGNATURE_FAILURE: 8,
  CERT_NOT_YET_VALID: 9,
  CERT_HAS_EXPIRED: 10,
  CRL_NOT_YET_VALID: 11,
  CRL_HAS_EXPIRED: 12,
  DEPTH_ZERO_SELF_SIGNED_CERT: 18,
  SELF_SIGNED_CERT_IN_CHAIN: 19,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 20,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 20,
  CERT_CHAIN_TOO_LONG: 22,
  CERT_REVOKED: 23,
  INVALID_CA: 24,
  PATH_LENGTH_EXCEEDED: 25,
  INVALID_PURPOSE: 26,
  CERT_UNTRUSTED: 27,
  CERT_REJECTED: 28,
};

/** What curl says of a certificate for another name, which is no matter of the chain: X509_V_ERR_UNSPECIFIED. */
const WRONG_NAME = 1;

/** 0: nothing was wrong. `failure`: what ended the transfer. */
export function verifyResult(verifyError: string | undefined, failure: unknown): number {
  const cause =
    failure instanceof TransportError && failure.code === "TLS_VERIFY" ? failure.cause : undefined;
  const refused = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (refused === "ERR_TLS_CERT_ALTNAME_INVALID") return WRONG_NAME;
  return NUMBERS[verifyError ?? refused] ?? 0;
}

/** Certificates as PEM (RFC 7468 §5). */
export function pemOf(certificates: readonly Uint8Array[]): string {
  const blocks = certificates.map((der) => {
    const lines =
      Buffer.from(der)
        .toString("base64")
        .match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  });
  return blocks.join("");
}
