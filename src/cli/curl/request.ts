import type { RequestInput } from "../../index.ts";
import { version } from "../version.ts";
import type { Content } from "./content.ts";
import { octetsOf } from "./octets.ts";
import { ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, hostFieldOf, requestTargetOf } from "./url.ts";

/** Above this size curl sends Expect: 100-continue and waits (RFC 9110 §10.1.1). */
const EXPECT_FROM_BYTES = 1024 * 1024;

/** One request of a transfer: the first one, or one after a redirect or a challenge. */
export interface Asked {
  readonly url: CurlUrl;
  readonly method: string;
  readonly content: Content | undefined;
  /** Lines that other parts of the command add, where curl puts them. `undefined`: no such line. */
  readonly added: Added;
}

/** Values of lines that are no default of every request, by their place. */
export interface Added {
  readonly proxyAuthorization?: string | undefined;
  readonly authorization?: string | undefined;
  /** A whole line: Range, or Content-Range of an upload. */
  readonly range?: string | undefined;
  readonly te?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  readonly referer?: string | undefined;
  readonly proxyConnection?: string | undefined;
  readonly cookie?: string | undefined;
  /** A whole line: If-Modified-Since or If-Unmodified-Since. */
  readonly timeCondition?: string | undefined;
  /** Whole lines behind those of -H: If-None-Match, those of --proxy-header. */
  readonly last?: readonly string[] | undefined;
}

/** The request as curl makes it: its field lines in curl's order, octet by octet. */
export function requestInput({ url, method, content, added }: Asked, settings: Settings): RequestInput {
  const target = settings.value("request-target");
  return {
    url: new URL(`${url.scheme}://${hostFieldOf(url)}`),
    method,
    target: target === undefined ? requestTargetOf(url) : octetsOf(target),
    fieldText: fieldLines({ url, method, content, added }, settings)
      .map((line) => `${line}\r\n`)
      .join(""),
    ...(settings.last("http1.0", "http1.1")?.name === "http1.0" && { version: "1.0" }),
    ...(content !== undefined && { body: content.read() }),
    ...(settings.on("compressed") && { decode: true }),
  };
}

/** A line of -H replaces the default line of the same name. */
function fieldLines({ url, content, added }: Asked, settings: Settings): string[] {
  const { lines: own, names } = ownLines(settings.values("header"), settings.on("json"));
  const isHost = (line: string) => /^host:/i.test(line);
  const hosts = own.filter(isHost);
  const userAgent = octetsOf(settings.value("user-agent") ?? `wirepane/${version()}`);
  const lines: string[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !names.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  };
  const addLine = (line: string | undefined) => {
    if (line !== undefined && !names.has(line.slice(0, line.indexOf(":")).toLowerCase())) lines.push(line);
  };
  if (hosts.length > 0) lines.push(...hosts.slice(0, 1));
  else add("Host", hostFieldOf(url));
  // -H is for servers, and does not replace what is for the proxy.
  if (added.proxyAuthorization !== undefined) lines.push(`Proxy-Authorization: ${added.proxyAuthorization}`);
  add("Authorization", added.authorization);
  addLine(added.range);
  add("User-Agent", userAgent === "" ? undefined : userAgent);
  add("Accept", "*/*");
  add("TE", added.te);
  add("Accept-Encoding", added.acceptEncoding);
  add("Referer", added.referer);
  add("Proxy-Connection", added.proxyConnection);
  add("Cookie", added.cookie);
  addLine(added.timeCondition);
  lines.push(...own.filter((line) => !isHost(line)), ...(added.last ?? []));
  if (content !== undefined) lines.push(...contentLines(content, names));
  if (added.te !== undefined) add("Connection", "TE");
  return lines;
}

function contentLines({ length, type }: Content, names: ReadonlySet<string>): string[] {
  const chunked = length === undefined && !names.has("transfer-encoding");
  const counted = length !== undefined && !names.has("transfer-encoding") && !names.has("content-length");
  const expects = (length === undefined || length > EXPECT_FROM_BYTES) && !names.has("expect");
  return [
    ...(chunked ? ["Transfer-Encoding: chunked"] : []),
    ...(counted ? [`Content-Length: ${length}`] : []),
    ...(type !== undefined && !names.has("content-type") ? [`Content-Type: ${type}`] : []),
    ...(expects ? ["Expect: 100-continue"] : []),
  ];
}
