import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, DEFAULT_CIPHERS, rootCertificates, type SecureVersion } from "node:tls";
import type { TlsOptions } from "../../tcp.ts";
import { hasCertificate } from "../certificates.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { parseTlsVersion } from "./numbers.ts";
import { clientCertificate } from "./own-certificate.ts";
import { pinsOf } from "./pins.ts";
import type { Settings } from "./settings.ts";
import type { OptionName } from "./table.ts";

const CIPHER_UNUSABLE = 59;
const CA_FILE_UNUSABLE = 77;
const CRL_UNUSABLE = 82;

/** Whose options: those of the server, or those of an https proxy (`--proxy-cacert`). */
export type TlsPeer = "server" | "proxy";

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  "1.0": "TLSv1",
  "1.1": "TLSv1.1",
  "1.2": "TLSv1.2",
  "1.3": "TLSv1.3",
};

/** Options whose file has to be there, whatever the URL is. */
const CHECKED_FILES = [
  "cacert",
  "crlfile",
  "proxy-cacert",
  "proxy-crlfile",
] as const satisfies readonly OptionName[];

/** @throws {CurlError} one of these files is not there. */
export function checkFiles(settings: Settings): void {
  for (const name of CHECKED_FILES) {
    const file = settings.value(name);
    if (file !== undefined && !existsSync(file))
      throw new CurlError(EXIT.usage, `--${name}: there is no file ${file}`);
  }
}

/** How TLS is spoken with a peer. @throws {CurlError} a file or a list cannot be used. */
export function tlsOptions(settings: Settings, peer: TlsPeer): TlsOptions {
  const named = (name: string): OptionName => (peer === "server" ? name : `proxy-${name}`) as OptionName;
  const value = (name: string): string | undefined => settings.value(named(name));
  const insecure = settings.on(named("insecure"));
  const ca = authorities(value("cacert"), value("capath"), insecure);
  const pinned = value("pinnedpubkey");
  const crl = value("crlfile");
  const options: TlsOptions = {
    insecure,
    ...(ca !== undefined && { ca }),
    ...clientCertificate({
      cert: value("cert"),
      certType: value("cert-type"),
      key: value("key"),
      keyType: value("key-type"),
      pass: value("pass"),
    }),
    ...versions(settings, peer),
    ...algorithms(settings, value),
    ...(pinned !== undefined && { pins: pinsOf(pinned) }),
    ...(crl !== undefined && !insecure && { crl: [revocationList(crl)] }),
    ...(settings.on("no-alpn") ? { alpn: [] } : peer === "proxy" && { alpn: ["http/1.1"] }),
  };
  return options;
}

function versions(settings: Settings, peer: TlsPeer): TlsOptions {
  if (peer === "proxy") return settings.on("proxy-tlsv1") ? { minVersion: "TLSv1" } : {};
  const oldest = settings.last("tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3")?.name;
  const newest = parseTlsVersion(settings.value("tls-max") ?? "default");
  const minVersion =
    oldest === undefined ? undefined : VERSIONS[oldest === "tlsv1" ? "1.0" : oldest.slice("tlsv".length)];
  const maxVersion = newest === undefined ? undefined : VERSIONS[newest];
  if (maxVersion !== undefined && minVersion !== undefined && maxVersion < minVersion)
    throw new CurlError(EXIT.usage, `--tls-max ${newest} is older than --${oldest}`);
  // Node refuses limits that exclude each other.
  const min = minVersion ?? (maxVersion !== undefined && maxVersion < "TLSv1.2" ? maxVersion : undefined);
  return {
    ...(min !== undefined && { minVersion: min }),
    ...(maxVersion !== undefined && { maxVersion }),
  };
}

/** curl and Node name the same lists of OpenSSL. Each is tried, so that the error names it. */
function algorithms(settings: Settings, value: (name: string) => string | undefined): TlsOptions {
  const old = value("ciphers");
  const new13 = value("tls13-ciphers");
  const groups = settings.value("curves");
  const signatures = settings.value("sigalgs");
  const defaults = DEFAULT_CIPHERS.split(":");
  const is13 = (name: string) => name.startsWith("TLS_");
  const ciphers =
    old === undefined && new13 === undefined
      ? undefined
      : [
          ...(new13?.split(/[:, ]/) ?? defaults.filter(is13)),
          ...(old?.split(/[:, ]/) ?? defaults.filter((name) => !is13(name))),
        ].join(":");
  const tried = [
    { option: "--ciphers", given: old, context: { ciphers: old } },
    { option: "--tls13-ciphers", given: new13, context: { ciphers: new13 } },
    { option: "--curves", given: groups, context: { ecdhCurve: groups } },
    { option: "--sigalgs", given: signatures, context: { sigalgs: signatures } },
  ];
  for (const { option, given, context } of tried) {
    if (given === undefined) continue;
    try {
      createSecureContext(context);
    } catch {
      throw new CurlError(CIPHER_UNUSABLE, `${option} ${given}: OpenSSL knows none of these`);
    }
  }
  return {
    ...(ciphers !== undefined && { ciphers }),
    ...(groups !== undefined && { groups }),
    ...(signatures !== undefined && { signatures }),
  };
}

/** --cacert in place of Node's authorities, --capath beside them; or what the environment names. */
function authorities(
  file: string | undefined,
  folder: string | undefined,
  insecure: boolean,
): readonly string[] | undefined {
  const { CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR } = process.env;
  if (file === undefined && folder === undefined && !insecure) {
    const named = CURL_CA_BUNDLE || SSL_CERT_FILE;
    if (named) return [certificates(named)];
    return SSL_CERT_DIR ? hashed(SSL_CERT_DIR) : undefined;
  }
  if (file === undefined && folder === undefined) return undefined;
  return [
    ...(file === undefined ? rootCertificates : insecure && isUseless(file) ? [] : [certificates(file)]),
    ...(folder === undefined ? [] : hashed(folder)),
  ];
}

/** As curl, who verifies nothing does not mind. */
const isUseless = (file: string): boolean => !hasCertificate(readOr(file, CA_FILE_UNUSABLE, "certificates"));

function certificates(file: string): string {
  const text = readOr(file, CA_FILE_UNUSABLE, "certificates");
  if (!hasCertificate(text)) throw new CurlError(CA_FILE_UNUSABLE, `there is no certificate in ${file}`);
  return text;
}

/** The certificates of a folder whose names are their hashes, as `openssl rehash` makes them. OpenSSL sees no others. */
function hashed(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name));
    return names.map((name) => readFileSync(join(folder, name), "latin1"));
  } catch {
    return [];
  }
}

function revocationList(file: string): string {
  const text = readOr(file, EXIT.usage, "revocation list");
  if (text.includes("-----BEGIN X509 CRL-----")) return text;
  throw new CurlError(CRL_UNUSABLE, `there is no revocation list in ${file}`);
}

function readOr(file: string, exitCode: number, what: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw new CurlError(exitCode, `cannot read the ${what} of ${file}: ${fileProblem(error)}`);
  }
}
