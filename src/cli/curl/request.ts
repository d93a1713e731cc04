import type { RequestInput } from "../../index.ts";
import { EXIT } from "../exit-codes.ts";
import { version } from "../version.ts";
import type { Content } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { asksFirst } from "./expect.ts";
import { linesFor } from "./lines-for.ts";
import { octetsOf } from "./octets.ts";
import { type OwnLines, ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, hostFieldOf, requestTargetOf } from "./url.ts";

/** HTTP/1.0 has no chunks. */
const UPLOAD_FAILED = 25;

/** One request of a transfer: the first one, or one after a redirect or a challenge. */
export interface Asked {
  readonly url: CurlUrl;
  readonly method: string;
  readonly content: Content | undefined;
  /** Lines that other parts of the command add, where curl puts them. `undefined`: no such line. */
  readonly added: Added;
  /** The server has refused the Expect that curl adds. */
  readonly expectRefused?: boolean | undefined;
  /** A redirect led to another origin than the first. "untrusted": it gets no secrets. */
  readonly elsewhere?: "trusted" | "untrusted" | undefined;
  /** Sent without its content: only the challenge is awaited. */
  readonly probe?: boolean | undefined;
  /** The server has said that it speaks HTTP/1.0. */
  readonly isOld?: boolean | undefined;
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
export function requestInput(asked: Asked, settings: Settings): RequestInput {
  const { url, method, content } = asked;
  const target = settings.value("request-target");
  const isOld = asked.isOld || settings.last("http1.0", "http1.1")?.name === "http1.0";
  const continueTimeoutMs = settings.milliseconds("expect100-timeout");
  return {
    url: originOf(url),
    method,
    target: target === undefined ? requestTargetOf(url) : octetsOf(target),
    fieldText: fieldLines(asked, settings, isOld).map(oneLine).join(""),
    // As curl: what a kept connection has lost is sent again, whatever its method is.
    idempotent: true,
    ...(isOld && { version: "1.0" }),
    ...(content !== undefined && { body: content.read(), earlyAnswer }),
    ...(continueTimeoutMs !== undefined && { continueTimeoutMs }),
    ...(settings.on("compressed") && !settings.on("raw") && { decode: true }),
  };
}

/** As curl: with a redirect, too, the server says that it wants no more of the content. */
export const earlyAnswer = (status: number): "finish" | "stop" => (status >= 300 ? "stop" : "finish");

const NO_SUCH_HOST = 6;

/** curl takes names that no URL of the WHATWG has, such as `a.1`. No name server knows them. */
function originOf(url: CurlUrl): URL {
  const origin = `${url.scheme}://${hostFieldOf(url)}`;
  if (URL.canParse(origin)) return new URL(origin);
  throw new CurlError(NO_SUCH_HOST, `the host name "${url.host}" cannot be resolved`);
}

/** curl sends what is typed, and so another line, or another request, out of a value. We refuse that. */
function oneLine(line: string): string {
  if (!/[\r\n\0]/.test(line)) return `${line}\r\n`;
  throw new CurlError(
    EXIT.usage,
    `a field line has one line: "${line.replace(/[:\r\n\0].*$/s, "")}" has more`,
  );
}

/** A line of -H replaces the default line of the same name. */
function fieldLines(asked: Asked, settings: Settings, isOld: boolean): string[] {
  const { url, content, added } = asked;
  const own = linesFor(asked, ownLines(settings));
  const userAgent = octetsOf(settings.value("user-agent") ?? `wirepane/${version()}`);
  const lines: string[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !own.names.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  };
  const addLine = (line: string | undefined) => {
    if (line !== undefined && !own.names.has(line.slice(0, line.indexOf(":")).toLowerCase()))
      lines.push(line);
  };
  if (own.host === undefined) add("Host", hostFieldOf(url));
  else if (own.host !== "") lines.push(own.host);
  // -H is for servers, and does not replace what is for the proxy.
  if (added.proxyAuthorization !== undefined) lines.push(`Proxy-Authorization: ${added.proxyAuthorization}`);
  // As curl: an answer to a challenge is sent beside a line of -H.
  if (added.authorization?.startsWith("Digest ")) lines.push(`Authorization: ${added.authorization}`);
  else add("Authorization", added.authorization);
  addLine(added.range);
  add("User-Agent", userAgent === "" ? undefined : userAgent);
  add("Accept", "*/*");
  add("TE", added.te);
  add("Accept-Encoding", added.acceptEncoding);
  add("Referer", added.referer);
  add("Proxy-Connection", added.proxyConnection);
  const isChunked = content !== undefined && isSentInChunks(content, own, isOld);
  if (isChunked) add("Transfer-Encoding", "chunked");
  // A line of -H does not replace the cookies of a jar.
  if (added.cookie !== undefined) lines.push(`Cookie: ${added.cookie}`);
  addLine(added.timeCondition);
  // A form's Content-Type holds what -H says, and stands with the content.
  lines.push(...own.lines.filter((line) => content?.kind !== "form" || !/^content-type:/i.test(line)));
  lines.push(...(added.last ?? []));
  if (content?.length !== undefined && !isChunked) add("Content-Length", String(content.length));
  if (content?.kind === "form" && content.type !== undefined) lines.push(`Content-Type: ${content.type}`);
  else add("Content-Type", content?.type);
  if (asksFirst(asked, settings, isOld)) lines.push("Expect: 100-continue");
  lines.push(...connectionLines(own, added.te !== undefined && !own.names.has("te")));
  return lines;
}

function isSentInChunks({ length }: Content, own: OwnLines, isOld: boolean): boolean {
  const given = own.value("transfer-encoding");
  if (given !== undefined) return /(?:^|[\s,])chunked\b/i.test(given);
  if (length === undefined && isOld)
    throw new CurlError(
      UPLOAD_FAILED,
      "HTTP/1.0 has no chunks, so the length of the content has to be known",
    );
  return length === undefined;
}

/** Those of -H. The first one names the TE field, too, if there is one (RFC 9110 §10.1.4). */
function connectionLines({ connection }: OwnLines, withTe: boolean): readonly string[] {
  if (!withTe) return connection;
  const [first, ...rest] = connection;
  const options = first?.slice(first.indexOf(":") + 1).trim();
  return [`Connection: ${options === undefined ? "" : `${options}, `}TE`, ...rest];
}
