import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "../../tcp.ts";
import { fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

const CERTIFICATE_UNUSABLE = 58;
/** CURLE_BAD_FUNCTION_ARGUMENT: what curl 8.23 ends with where key and certificate make no pair. */
const KEY_UNUSABLE = 43;

/** The values of --cert, --cert-type, --key, --key-type and --pass, or of those for the proxy. */
export interface CertificateValues {
  readonly cert: string | undefined;
  readonly certType: string | undefined;
  readonly key: string | undefined;
  readonly keyType: string | undefined;
  readonly pass: string | undefined;
}

/** The client's own certificate with its key. */
export function clientCertificate(values: CertificateValues): TlsOptions {
  if (values.cert === undefined) return {};
  const { file, password } = fileAndPassword(values.cert);
  const type = (values.certType ?? "PEM").toUpperCase();
  const phrase = values.pass ?? password;
  const passphrase = phrase !== undefined && { passphrase: phrase };
  if (type === "P12") {
    const pfx = read(file, CERTIFICATE_UNUSABLE, "certificate");
    return checked({ pfx, ...passphrase }, CERTIFICATE_UNUSABLE, file);
  }
  const cert = certificate(file, type);
  const key =
    values.key === undefined ? cert : privateKey(values.key, (values.keyType ?? "PEM").toUpperCase());
  return checked({ cert, key, ...passphrase }, KEY_UNUSABLE, values.key ?? file);
}

/** As PEM: Node takes nothing else. @throws {CurlError} */
function certificate(file: string, type: string): Buffer {
  checkType(type, "certificate");
  const content = read(file, CERTIFICATE_UNUSABLE, "certificate");
  const isPem = content.includes("-----BEGIN ");
  try {
    if (isPem !== (type === "PEM")) throw new Error(`it is not ${type}`);
    const first = new X509Certificate(content);
    return isPem ? content : Buffer.from(first.toString());
  } catch (error) {
    throw unusable(file, error, CERTIFICATE_UNUSABLE);
  }
}

function privateKey(file: string, type: string): Buffer {
  checkType(type, "private key");
  const key = read(file, KEY_UNUSABLE, "private key");
  if (type === "PEM") return key;
  for (const kind of ["pkcs8", "sec1", "pkcs1"] as const) {
    try {
      const known = createPrivateKey({ key, format: "der", type: kind });
      return Buffer.from(known.export({ type: "pkcs8", format: "pem" }));
    } catch {
      // It may be of another kind.
    }
  }
  throw new CurlError(KEY_UNUSABLE, `there is no private key in ${file}`);
}

function checkType(type: string, what: string): void {
  if (type === "PEM" || type === "DER") return;
  if (type === "ENG" || type === "PROV")
    throw new CurlError(CERTIFICATE_UNUSABLE, `OpenSSL has no engine here that could load a ${what}`);
  throw new CurlError(KEY_UNUSABLE, `a ${what} is PEM or DER, and not ${type}`);
}

/** `FILE:PASSWORD`. A backslash in front of a colon or a backslash makes it a character of the name. */
function fileAndPassword(text: string): { readonly file: string; readonly password: string | undefined } {
  const [, name = "", password] = /^((?:\\[\s\S]|[^\\:])*)(?::([\s\S]*))?$/.exec(text) ?? ["", text];
  return { file: name.replace(/\\([\\:])/g, "$1"), password };
}

function read(file: string, exitCode: number, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CurlError(exitCode, `cannot read the ${what} of ${file}: ${fileProblem(error)}`);
  }
}

function checked(options: TlsOptions, exitCode: number, file: string): TlsOptions {
  try {
    createSecureContext({
      cert: options.cert as Buffer | undefined,
      key: options.key as Buffer | undefined,
      pfx: options.pfx as Buffer | undefined,
      passphrase: options.passphrase,
    });
    return options;
  } catch (error) {
    throw unusable(file, error, exitCode);
  }
}

function unusable(file: string, error: unknown, exitCode: number): CurlError {
  return new CurlError(exitCode, `cannot use ${file}: ${error instanceof Error ? error.message : error}`);
}
