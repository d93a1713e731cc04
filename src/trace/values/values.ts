import { challenges, credentials } from "./authorization.ts";
import { cacheControl } from "./cache-control.ts";
import {
  allow,
  connection,
  contentLength,
  expect,
  host,
  keepAlive,
  trailer,
  transferEncoding,
  upgrade,
  vary,
} from "./connection.ts";
import { contentDisposition } from "./content-disposition.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";
import { cookie, setCookie } from "./cookies.ts";
import { age, dateReader, expires, retryAfter } from "./dates.ts";
import { forwarded, via, xForwardedFor } from "./forwarded.ts";
import { link } from "./link.ts";
import { accept, contentType } from "./media-types.ts";
import type { ValueContext, ValuePart, ValueReader } from "./part.ts";
import {
  acceptCharset,
  acceptEncoding,
  acceptLanguage,
  acceptRanges,
  contentEncoding,
  contentLanguage,
  te,
} from "./preferences.ts";
import { contentRange, range } from "./ranges.ts";
import { strictTransportSecurity } from "./transport-security.ts";
import { etag, ifRange, tagList } from "./validators.ts";

/** Who takes the value of a field apart, by the lower-case name of the field. */
export const VALUE_READERS: Readonly<Record<string, ValueReader>> = {
  accept,
  "accept-charset": acceptCharset,
  "accept-encoding": acceptEncoding,
  "accept-language": acceptLanguage,
  "accept-ranges": acceptRanges,
  age,
  allow,
  authorization: credentials,
  "cache-control": cacheControl,
  connection,
  "content-disposition": contentDisposition,
  "content-encoding": contentEncoding,
  "content-language": contentLanguage,
  "content-length": contentLength,
  "content-range": contentRange,
  "content-security-policy": contentSecurityPolicy,
  "content-security-policy-report-only": contentSecurityPolicy,
  "content-type": contentType,
  cookie,
  date: dateReader("made then", "RFC 9110 §6.6.1"),
  etag,
  expect,
  expires,
  forwarded,
  host,
  "if-match": tagList,
  "if-modified-since": dateReader("only if changed since then", "RFC 9110 §13.1.3"),
  "if-none-match": tagList,
  "if-range": ifRange,
  "if-unmodified-since": dateReader("only if unchanged since then", "RFC 9110 §13.1.4"),
  "keep-alive": keepAlive,
  "last-modified": dateReader("changed last then", "RFC 9110 §8.8.2"),
  link,
  "proxy-authenticate": challenges,
  "proxy-authorization": credentials,
  range,
  "retry-after": retryAfter,
  "set-cookie": setCookie,
  "strict-transport-security": strictTransportSecurity,
  te,
  trailer,
  "transfer-encoding": transferEncoding,
  upgrade,
  vary,
  via,
  "www-authenticate": challenges,
  "x-forwarded-for": xForwardedFor,
};

/** The parts of a field value. Empty: the field is not known here, or its value has no parts. */
export function partsOfValue(name: string, value: string, context: ValueContext): readonly ValuePart[] {
  const key = name.toLowerCase();
  const reader = Object.hasOwn(VALUE_READERS, key) ? VALUE_READERS[key] : undefined;
  return reader === undefined ? [] : reader(value, context);
}
