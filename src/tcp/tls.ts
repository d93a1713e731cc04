import type { X509Certificate } from "node:crypto";
import type net from "node:net";
import type {
  ConnectionOptions,
  DetailedPeerCertificate,
  PeerCertificate,
  SecureContext,
  SecureVersion,
  TLSSocket,
} from "node:tls";
import type { TlsInfo } from "./connection.ts";
import { TransportError } from "./errors.ts";
import type { SystemError } from "./socket-errors.ts";
import { codeSuffix, tlsReason } from "./tls-reason.ts";
import { TlsTransport } from "./tls-transport.ts";

/** How a client speaks TLS. */
export interface TlsOptions {
  /** The name to ask for and to verify; the host by default. */
  readonly servername?: string;
  /** Certificates (PEM) to trust in place of Node's. */
  readonly ca?: readonly (string | Uint8Array)[];
  /** The client's own certificate (PEM), with its chain; none by default. */
  readonly cert?: string | Uint8Array;
  /** The private key (PEM) of `cert`. */
  readonly key?: string | Uint8Array;
  /** The client's own certificate with its key as PKCS#12, in place of `cert` and `key`; none by default. */
  readonly pfx?: Uint8Array;
  /** What `key` or `pfx` is encrypted with; nothing by default. */
  readonly passphrase?: string;
  /** Do not verify the server's certificate. `false` by default. */
  readonly insecure?: boolean;
  /** The protocols to offer by ALPN (RFC 7301), best first; none by default. */
  readonly alpn?: readonly string[];
  /** The oldest version to speak, "TLSv1.2" by default, whatever Node's command line says. */
  readonly minVersion?: SecureVersion;
  /** The newest version to speak, "TLSv1.3" by default. */
  readonly maxVersion?: SecureVersion;
  /** The ciphers to offer, in OpenSSL's words, separated by colons; those of TLS 1.3 begin with `TLS_`. Node's by default. */
  readonly ciphers?: string;
  /** The groups of the key exchange, best first, separated by colons. OpenSSL's by default. */
  readonly groups?: string;
  /** The signature algorithms, best first, separated by colons. OpenSSL's by default. */
  readonly signatures?: string;
  /** Revocation lists (PEM): their certificates are refused. None by default. */
  readonly crl?: readonly string[];
  /**
   * The only keys to accept, beside all other checks: SHA-256 of the certificate's SubjectPublicKeyInfo in base64,
   * also as `sha256//…`, the way curl writes it (RFC 7469 §2.4).
   */
  readonly pins?: readonly string[];
}

/** With the name that is asked for and verified, which is a host. */
export interface NamedTlsOptions extends TlsOptions {
  readonly servername: string;
}

/** How a server speaks TLS. */
export interface ServerTlsOptions {
  /** The server's certificate (PEM), with its chain. */
  readonly cert: string | Uint8Array;
  /** The private key (PEM) of `cert`. */
  readonly key: string | Uint8Array;
  /** The protocols to accept by ALPN (RFC 7301), best first; none by default. */
  readonly alpn?: readonly string[];
}

/**
 * Makes the client's side of TLS on a connected socket, and gives it to `own` when the handshake is done.
 *
 * Left out: sessions are never resumed, so that no session can be taken to another host or past another set of options
 * (CVE-2026-48934), and every connection is verified by a handshake of its own. Connections are reused instead.
 *
 * @throws {TransportError} TLS_VERIFY when the peer is not who it should be, TLS_PIN when its key is not, TLS_HANDSHAKE
 * for anything else.
 */
export async function secureClient<Owner>(
  socket: net.Socket,
  options: NamedTlsOptions,
  signal: AbortSignal,
  own: (secured: TLSSocket, tlsTransport: TlsTransport) => Owner,
): Promise<Owner> {
  // RFC 6066 §3: server_name has no trailing dot, although the name of a host may have one.
  const name = options.servername.replace(/\.$/, "");
  const tls = process.getBuiltinModule("node:tls");
  const { isIP } = process.getBuiltinModule("node:net");
  const where = `TLS with ${name}`;
  const tlsTransport = new TlsTransport(socket);
  // Set every option, even to undefined: otherwise a polluted prototype could supply it.
  const secure: ConnectionOptions = {
    socket: tlsTransport,
    host: name,
    // RFC 6066 §3: server_name is never a literal address.
    servername: isIP(name) === 0 ? name : "",
    rejectUnauthorized: options.insecure !== true,
    checkServerIdentity,
    ALPNProtocols: [...(options.alpn ?? [])],
    minVersion: options.minVersion ?? "TLSv1.2",
    maxVersion: options.maxVersion ?? "TLSv1.3",
    ciphers: withStrongKeys(options.ciphers ?? tls.DEFAULT_CIPHERS),
    ecdhCurve: options.groups ?? "auto",
    sigalgs: options.signatures,
    ca: options.ca?.map(asInput),
    cert: options.cert === undefined ? undefined : asInput(options.cert),
    key: options.key === undefined ? undefined : asInput(options.key),
    pfx: options.pfx === undefined ? undefined : asInput(options.pfx),
    passphrase: options.passphrase,
    crl: options.crl === undefined ? undefined : [...options.crl],
    session: undefined,
    secureContext: undefined,
    pskCallback: undefined,
  };
  let tlsSocket: TLSSocket;
  try {
    tlsSocket = tls.connect(secure);
  } catch (cause) {
    // A certificate or a key cannot be read.
    socket.destroy();
    throw new TransportError("TLS_HANDSHAKE", "tls", `${where}: ${(cause as Error).message}`, { cause });
  }
  tlsTransport.watch(tlsSocket);
  // Node closes the handle before it tells that the certificates are refused. getPeerX509Certificate would take the
  // certificate away from Node's own check, which comes next.
  let shown: Partial<DetailedPeerCertificate> = {};
  tlsSocket.prependListener("secure", () => {
    shown = tlsSocket.getPeerCertificate(true);
  });
  return handshake(tlsSocket, {
    done: "secureConnect",
    signal,
    failure: (error) => clientFailure(error, tlsSocket, chainOf(shown), where, name),
    own() {
      checkPins(tlsSocket, options.pins, where);
      return own(tlsSocket, tlsTransport);
    },
  });
}

/**
 * Security level 2 of OpenSSL refuses RSA below 2048 bits, keys as weak, and signatures by SHA-1, in every certificate
 * of the chain. It is OpenSSL's default since 3.2, so Node's from 24 on; Node 20 and 22 take RSA of 1024 bits. Where
 * Node speaks TLS 1.3 only, its list of ciphers cannot name a level.
 */
function withStrongKeys(ciphers: string): string {
  const only13 = ciphers.split(":").every((name) => name.startsWith("TLS_"));
  return only13 ? ciphers : `${ciphers}:@SECLEVEL=2`;
}

/**
 * Node's check, but a common name is no identity, even where the certificate names nothing else (RFC 9110 §4.3.4,
 * RFC 9525 §2).
 */
function checkServerIdentity(name: string, { subjectaltname }: PeerCertificate): Error | undefined {
  const tls = process.getBuiltinModule("node:tls");
  const withoutCommonName = { subjectaltname, subject: {} } as PeerCertificate;
  return tls.checkServerIdentity(name, withoutCommonName);
}

/** Verification says that an authority vouches for the certificate. A pin says which key it has to be. */
function checkPins(socket: TLSSocket, pins: readonly string[] | undefined, where: string): void {
  if (pins === undefined) return;
  const { createHash } = process.getBuiltinModule("node:crypto");
  const certificate = socket.getPeerX509Certificate();
  const key = certificate?.publicKey.export({ type: "spki", format: "der" });
  const pin = key && createHash("sha256").update(key).digest("base64");
  if (pins.some((each) => each.replace(/^sha256\/\//, "") === pin)) return;
  throw new TransportError(
    "TLS_PIN",
    "tls",
    `${where}: the key of the certificate is not pinned (sha256//${pin})`,
    { certificates: certificatesFrom(certificate) },
  );
}

/** The certificate and key of a server, read once. @throws {TransportError} */
export function serverContext(options: ServerTlsOptions): SecureContext {
  try {
    const { cert, key } = options;
    // Node takes an empty one for none, and fails at every client.
    if (cert.length === 0 || key.length === 0) throw new Error("it is empty");
    return process
      .getBuiltinModule("node:tls")
      .createSecureContext({ cert: asInput(cert), key: asInput(key) });
  } catch (cause) {
    const message = `the certificate or its key cannot be used: ${(cause as Error).message}`;
    throw new TransportError("TLS_HANDSHAKE", "listen", message, { cause });
  }
}

/**
 * Makes the server's side of TLS on an accepted socket, and gives it to `own` when the handshake is done.
 *
 * @throws {TransportError} TLS_HANDSHAKE
 */
export async function secureServer<Owner>(
  socket: net.Socket,
  context: SecureContext,
  alpn: readonly string[],
  signal: AbortSignal,
  own: (secured: TLSSocket) => Owner,
): Promise<Owner> {
  const { TLSSocket } = process.getBuiltinModule("node:tls");
  const tlsSocket = new TLSSocket(socket, {
    isServer: true,
    secureContext: context,
    ALPNProtocols: [...alpn],
  });
  return handshake(tlsSocket, {
    done: "secure",
    signal,
    failure: (cause) =>
      new TransportError("TLS_HANDSHAKE", "tls", `TLS handshake failed: ${tlsReason(cause)}`, { cause }),
    own: () => own(tlsSocket),
  });
}

export function tlsInfo(socket: TLSSocket): TlsInfo {
  const certificate = socket.getPeerCertificate() as Partial<PeerCertificate> | null;
  const cipher = socket.getCipher();
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: cipher?.standardName ?? cipher?.name ?? "unknown",
    alpn: socket.alpnProtocol || undefined,
    authorized: socket.authorized,
    // Node has the name of the error here, whatever its type says.
    verifyError: socket.authorizationError ? String(socket.authorizationError) : undefined,
    reused: socket.isSessionReused(),
    peer: certificate?.subject && {
      subject: distinguishedName(certificate.subject),
      issuer: distinguishedName(certificate.issuer ?? {}),
      validTo: certificate.valid_to ?? "",
    },
    get certificates() {
      return certificatesFrom(socket.getPeerX509Certificate());
    },
  };
}

/** The certificate, and those of its issuers that came with it. */
function certificatesFrom(first: X509Certificate | undefined): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let each = first; each !== undefined; each = each.issuerCertificate) found.push(each.raw);
  return found;
}

/** The same of Node's older form, where the certificate of a root is its own issuer. */
function chainOf(first: Partial<DetailedPeerCertificate>): readonly Uint8Array[] {
  const found = new Set<Partial<DetailedPeerCertificate>>();
  let each: Partial<DetailedPeerCertificate> | undefined = first;
  for (; each?.raw !== undefined && !found.has(each); each = each.issuerCertificate) found.add(each);
  return [...found].map(({ raw }) => raw as Uint8Array);
}

interface Handshake<Owner> {
  /** The event that ends it. */
  readonly done: "secureConnect" | "secure";
  readonly signal: AbortSignal;
  failure(error: SystemError): TransportError;
  /**
   * Takes the socket over, and listens to it, before this returns. A promise would resolve too late: what the socket
   * reports in between (an error, its close) would be heard by nobody. What it throws ends the connection.
   */
  own(): Owner;
}

function handshake<Owner>(
  socket: TLSSocket,
  { done, signal, failure, own }: Handshake<Owner>,
): Promise<Owner> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.off(done, onDone);
      socket.off("end", onClose);
      socket.off("close", onClose);
      finish();
    };
    const fail = (error: Error) =>
      settle(() => {
        reject(error);
        socket.destroy();
      });
    const onDone = () =>
      settle(() => {
        try {
          resolve(own());
          socket.off("error", onError);
        } catch (error) {
          reject(error);
          setImmediate(() => socket.destroy()); // not within OpenSSL's callback, see SocketConnection
        }
      });
    // Stays after a failure: a socket that failed may report more than one error.
    const onError = (error: SystemError) => fail(failure(error));
    const onClose = () => fail(failure(new Error("the peer closed the connection during the handshake")));
    const onAbort = () => fail(signal.reason);
    socket.on("error", onError);
    socket.on(done, onDone);
    socket.on("end", onClose);
    socket.on("close", onClose);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

function clientFailure(
  error: SystemError,
  socket: TLSSocket,
  certificates: readonly Uint8Array[],
  where: string,
  name: string,
): TransportError {
  // Node sets this if the handshake went well and the certificate was refused, and not otherwise.
  if (socket.authorizationError) {
    const reason = VERIFY_REASONS[error.code ?? ""] ?? VERIFY_REASONS[error.message];
    const words = reason?.replace("{name}", name) ?? tlsReason(error);
    return new TransportError("TLS_VERIFY", "tls", `${where}: ${words}${codeSuffix(error)}`, {
      cause: error,
      certificates,
    });
  }
  return new TransportError("TLS_HANDSHAKE", "tls", `${where} failed: ${tlsReason(error)}`, { cause: error });
}

const VERIFY_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed, and is not among the trusted ones",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate chain ends in an authority that is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the certificate's issuer is unknown (the server may have left out a part of the chain)",
  UNABLE_TO_GET_ISSUER_CERT: "the certificate's issuer is unknown",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate's issuer is not trusted",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  CERT_REVOKED: "the certificate was revoked",
  INVALID_PURPOSE: "the certificate is not meant for a server",
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not for "{name}"',
  // Node has no codes of their own for these (UNSPECIFIED).
  "EE certificate key too weak": "the key of the certificate is too weak (RSA: below 2048 bits)",
  "CA certificate key too weak":
    "the key of an authority in the certificate chain is too weak (RSA: below 2048 bits)",
  "CA signature digest algorithm too weak":
    "a certificate in the chain is signed with a digest that is too weak",
};

function distinguishedName(name: object): string {
  return Object.entries(name)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

function asInput(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.length);
}
