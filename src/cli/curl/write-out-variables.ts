import { CurlError } from "./curl-error.ts";
import { type CurlUrl, parseCurlUrl, portOf } from "./url.ts";

/** What a transfer tells `-w`. The names are curl's. Texts are octets; `undefined` shows as "", and as null in JSON. */
export interface WriteOutVariables {
  /** The chain in curl's text form. "": no TLS. */
  readonly certs: string;
  /** -1: no connection was tried. */
  readonly conn_id: number;
  readonly content_type: string | undefined;
  readonly errormsg: string | undefined;
  readonly exitcode: number;
  readonly filename_effective: string | undefined;
  /** 0: no response. */
  readonly response_code: number;
  /** Of the proxy's last answer to CONNECT; 0: none. */
  readonly http_connect: number;
  /** "0" without a response. */
  readonly http_version: "0" | "1" | "1.1";
  readonly local_ip: string;
  /** -1: no connection. */
  readonly local_port: number;
  readonly method: string | undefined;
  readonly num_certs: number;
  readonly num_connects: number;
  /** Fields of the last response. */
  readonly num_headers: number;
  readonly num_redirects: number;
  readonly num_retries: number;
  readonly proxy_ssl_verify_result: number;
  readonly proxy_used: 0 | 1;
  readonly redirect_url: string | undefined;
  readonly referer: string | undefined;
  readonly remote_ip: string;
  /** -1: no connection. */
  readonly remote_port: number;
  readonly scheme: string | undefined;
  /** Octets. */
  readonly size_delivered: number;
  readonly size_download: number;
  readonly size_header: number;
  readonly size_request: number;
  readonly size_upload: number;
  /** Octets a second. */
  readonly speed_download: number;
  readonly speed_upload: number;
  readonly ssl_verify_result: number;
  /** Every time is in microseconds from the start of the transfer; 0: not reached. */
  readonly time_appconnect: number;
  readonly time_connect: number;
  readonly time_namelookup: number;
  readonly time_posttransfer: number;
  readonly time_pretransfer: number;
  readonly time_queue: number;
  readonly time_redirect: number;
  readonly time_starttransfer: number;
  readonly time_total: number;
  /** As it was given; with what `-G`, `--url-query` and `-T` added. */
  readonly url: string;
  /** `undefined`: the URL is none. */
  readonly url_effective: string | undefined;
  readonly urlnum: number;
  readonly xfer_id: number;
  /** Only JSON shows the version. */
  readonly curl_version: string;
}

/** How a value is written. */
export type WriteOutValue =
  | { readonly kind: "text"; readonly value: string | undefined }
  | { readonly kind: "number"; readonly value: number }
  /** Three digits, but in JSON. */
  | { readonly kind: "status"; readonly value: number }
  /** Microseconds, written as seconds. */
  | { readonly kind: "time"; readonly value: number };

/** `undefined`: curl has no such variable. */
export function writeOutValue(name: string, variables: WriteOutVariables): WriteOutValue | undefined {
  return Object.hasOwn(TABLE, name) ? TABLE[name]?.(variables) : undefined;
}

/** The names in the order of `%{json}`. */
export function writeOutNames(): readonly string[] {
  return Object.keys(TABLE).sort();
}

type Get = (variables: WriteOutVariables) => WriteOutValue;
type KeysOf<Type> = {
  [Key in keyof WriteOutVariables]: WriteOutVariables[Key] extends Type ? Key : never;
}[keyof WriteOutVariables];

const text =
  (key: KeysOf<string | undefined>): Get =>
  (variables) => ({ kind: "text", value: variables[key] });
const numeric =
  (kind: "number" | "status" | "time", key: KeysOf<number>): Get =>
  (variables) => ({ kind, value: variables[key] });
const count = (key: KeysOf<number>): Get => numeric("number", key);
const time = (key: KeysOf<number>): Get => numeric("time", key);
const constant =
  (value: WriteOutValue): Get =>
  () =>
    value;

const TABLE: Readonly<Record<string, Get>> = {
  certs: text("certs"),
  conn_id: count("conn_id"),
  content_type: text("content_type"),
  errormsg: text("errormsg"),
  exitcode: count("exitcode"),
  filename_effective: text("filename_effective"),
  ftp_entry_path: constant({ kind: "text", value: undefined }),
  http_code: numeric("status", "response_code"),
  http_connect: numeric("status", "http_connect"),
  http_version: text("http_version"),
  local_ip: text("local_ip"),
  local_port: count("local_port"),
  method: text("method"),
  num_certs: count("num_certs"),
  num_connects: count("num_connects"),
  num_headers: count("num_headers"),
  num_redirects: count("num_redirects"),
  num_retries: count("num_retries"),
  proxy_ssl_verify_result: count("proxy_ssl_verify_result"),
  proxy_used: count("proxy_used"),
  redirect_url: text("redirect_url"),
  referer: text("referer"),
  remote_ip: text("remote_ip"),
  remote_port: count("remote_port"),
  response_code: numeric("status", "response_code"),
  scheme: text("scheme"),
  size_delivered: count("size_delivered"),
  size_download: count("size_download"),
  size_header: count("size_header"),
  size_request: count("size_request"),
  size_upload: count("size_upload"),
  speed_download: count("speed_download"),
  speed_upload: count("speed_upload"),
  ssl_verify_result: count("ssl_verify_result"),
  time_appconnect: time("time_appconnect"),
  time_connect: time("time_connect"),
  time_namelookup: time("time_namelookup"),
  time_posttransfer: time("time_posttransfer"),
  time_pretransfer: time("time_pretransfer"),
  time_queue: time("time_queue"),
  time_redirect: time("time_redirect"),
  time_starttransfer: time("time_starttransfer"),
  time_total: time("time_total"),
  tls_earlydata: constant({ kind: "number", value: 0 }),
  url: text("url"),
  url_effective: text("url_effective"),
  urlnum: count("urlnum"),
  xfer_id: count("xfer_id"),
  ...partsOf("url", "url"),
  ...partsOf("urle", "url_effective"),
};

/** `url.host`, `urle.host` and their kind. */
function partsOf(prefix: string, key: "url" | "url_effective"): Readonly<Record<string, Get>> {
  const part =
    (of: (url: CurlUrl) => string | undefined): Get =>
    (variables) => ({ kind: "text", value: partOf(variables[key], of) });
  return {
    [`${prefix}.fragment`]: part((url) => url.fragment),
    [`${prefix}.host`]: part((url) => url.host),
    // Only mail has options in its URLs.
    [`${prefix}.options`]: part(() => undefined),
    [`${prefix}.password`]: part((url) => url.password),
    [`${prefix}.path`]: part((url) => url.path),
    [`${prefix}.port`]: part((url) => portOf(url)?.toString()),
    [`${prefix}.query`]: part((url) => url.query),
    [`${prefix}.scheme`]: part((url) => url.scheme),
    [`${prefix}.user`]: part((url) => url.user),
    [`${prefix}.zoneid`]: part((url) => url.zoneId),
  };
}

/** curl takes an empty part for an absent one. */
function partOf(text: string | undefined, of: (url: CurlUrl) => string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return of(parseCurlUrl(text)) || undefined;
  } catch (error) {
    if (error instanceof CurlError) return undefined;
    throw error;
  }
}
