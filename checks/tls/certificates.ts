import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/*
 * Certificates with faults, for a check. Just enough of X.509 (RFC 5280) in DER (X.690): a tag, a length, a content.
 */

/** Who signs: an authority, or a server that has no right to. */
export interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
  /** The certificates between the issuer and a trusted one, in PEM. */
  readonly chain: string;
}

export interface Certificate extends Issuer {
  readonly cert: string;
  readonly keyPem: string;
}

interface Asked {
  readonly name: string;
  /** DNS names and IP addresses of subjectAltName; the empty list: no subjectAltName. */
  readonly names?: readonly string[];
  /** Who signs; by default the certificate signs itself. */
  readonly issuer?: Issuer;
  readonly isAuthority?: boolean;
  /** Days from today. */
  readonly days?: readonly [from: number, to: number];
  /** extendedKeyUsage; none by default. */
  readonly usage?: "server" | "client";
  readonly hasBrokenSignature?: boolean;
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const DAY_MS = 24 * 3600 * 1000;
const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
const USAGES = { server: "2b06010505070301", client: "2b06010505070302" } as const;

export function certificate(asked: Asked): Certificate {
  const { name, names = [], isAuthority = false, days = [-1, 30], usage } = asked;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = asked.issuer ?? { name, key: privateKey, chain: "" };
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const extensions = [
    ...(names.length > 0 ? [extension("551d11", der(SEQUENCE, ...names.map(altName)))] : []),
    extension("551d13", der(SEQUENCE, isAuthority ? der(0x01, Buffer.of(0xff)) : "")),
    ...(usage
      ? [extension("551d25", der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from(USAGES[usage], "hex"))))]
      : []),
  ];
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    commonName(issuer.name),
    der(SEQUENCE, ...days.map((day) => time(Date.now() + day * DAY_MS))),
    commonName(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signed = asked.hasBrokenSignature ? Buffer.concat([toBeSigned, Buffer.of(0)]) : toBeSigned;
  const signature = der(0x03, Buffer.of(0), sign("sha256", signed, issuer.key));
  const cert = pem(der(SEQUENCE, toBeSigned, algorithm, signature)) + issuer.chain;
  const keyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { name, key: privateKey, chain: cert, cert, keyPem };
}

function der(tag: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((each) => Buffer.from(each as string)));
  const { length } = bytes;
  const prefix =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...prefix), bytes]);
}

const commonName = (name: string): Buffer =>
  der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from("550403", "hex")), der(0x0c, name))),
  );

const extension = (identifier: string, value: Uint8Array): Buffer =>
  der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from(identifier, "hex")), der(0x04, value));

/** `dns:127.0.0.1` is an address that stands where names stand. */
function altName(name: string): Buffer {
  return isIP(name) === 4
    ? der(0x87, Buffer.from(name.split(".").map(Number)))
    : der(0x82, name.replace(/^dns:/, ""));
}

/** UTCTime: `YYMMDDHHMMSSZ`. */
const time = (ms: number): Buffer =>
  der(0x17, `${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`);

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
