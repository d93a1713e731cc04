import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import type { ServerTlsOptions } from "../tcp/tls.ts";

/*
 * A certificate for one run: nobody else has signed it, and its key is never written to a file. Just enough of X.509
 * (RFC 5280) in DER (X.690): a tag, a length, a content.
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;
/** Context-specific tags of a certificate and of its subjectAltName (RFC 5280 §4.1, §4.2.1.6). */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex"); // RFC 5758 §3.2;
const COMMON_NAME = Buffer.from("550403", "hex");
const SUBJECT_ALT_NAME = Buffer.from("551d11", "hex");
const BASIC_CONSTRAINTS = Buffer.from("551d13", "hex");

const VALID_MS = 30 * 24 * 3600 * 1000;
/** A client's clock may be slow. */
const SINCE_MS = 3600 * 1000;

/**
 * A certificate for these names and addresses, and its private key, both in PEM. Valid from an hour ago for 30 days.
 * A client has to trust it by name (`--cacert`), or not at all (`--insecure`).
 */
export function ownCertificate(names: readonly string[], nowMs: number): ServerTlsOptions {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, "Wirepane"))),
  );
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.of(2))), // version 3
    der(INTEGER, serialNumber()),
    algorithm,
    name,
    der(SEQUENCE, time(nowMs - SINCE_MS), time(nowMs + VALID_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      EXTENSIONS,
      der(
        SEQUENCE,
        extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...names.map(altName))),
        // A client that trusts the certificate takes it for an authority (RFC 5280 §4.2.1.9).
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, Buffer.of(0xff))), true),
      ),
    ),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const certificate = der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, Buffer.of(0), signature));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

function der(tag: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((each) => (typeof each === "string" ? Buffer.from(each) : each)));
  if (bytes.length < 0x80) return Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
  const length = bytes.length < 0x100 ? [bytes.length] : [bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), bytes]);
}

/** RFC 5280 §4.1.2.2: positive, and hard to guess. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes;
}

/** RFC 5280 §4.1.2.5.1: `YYMMDDHHMMSSZ`, until 2049. */
const time = (ms: number): Buffer =>
  der(
    UTC_TIME,
    `${new Date(ms)
      .toISOString()
      .replace(/[-:T]|\.\d+/g, "")
      .slice(2)}`,
  );

const extension = (id: Uint8Array, value: Uint8Array, critical = false): Buffer =>
  der(
    SEQUENCE,
    der(OBJECT_IDENTIFIER, id),
    ...(critical ? [der(BOOLEAN, Buffer.of(0xff))] : []),
    der(OCTET_STRING, value),
  );

function altName(name: string): Buffer {
  if (isIP(name) === 4) return der(IP_ADDRESS, Buffer.from(name.split(".").map(Number)));
  if (name === "::1") return der(IP_ADDRESS, Buffer.from("00000000000000000000000000000001", "hex"));
  return der(DNS_NAME, name);
}

const pem = (what: string, bytes: Buffer): string =>
  `-----BEGIN ${what}-----\n${bytes.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${what}-----\n`;
