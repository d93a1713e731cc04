import type { SystemError } from "./socket-errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: "the peer closed the connection during the handshake",
  ERR_SSL_WRONG_VERSION_NUMBER: "the peer does not speak TLS (does it speak plain HTTP?)",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the peer does not speak TLS (does it speak plain HTTP?)",
  ERR_SSL_HTTP_REQUEST: "the peer spoke plain HTTP",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "there is no TLS version that both sides accept",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "there is no TLS version that both sides accept",
  ERR_SSL_NO_SHARED_CIPHER: "there is no cipher that both sides accept",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "the peer showed no certificate",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the peer wants a certificate of ours, and got none",
};

/** Why TLS failed, in words. OpenSSL's own message has numbers and file names, and its reason in the middle. */
export function tlsReason(error: SystemError & { readonly reason?: string }): string {
  const words = REASONS[error.code ?? ""] ?? error.reason;
  return words === undefined ? error.message.trim() : `${words}${codeSuffix(error)}`;
}

/** The code of an error, to be put behind words. */
export function codeSuffix(error: SystemError): string {
  return error.code === undefined ? "" : ` (${error.code})`;
}
