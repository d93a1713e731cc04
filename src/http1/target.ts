import { isEvery, SCHEME } from "../bytes/octets.ts";
import { independent, quote } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorDetail } from "./errors.ts";
import type { Version } from "./events.ts";
import type { Fields } from "./fields.ts";
import { isHost } from "./host.ts";

export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/**
 * Which of the four forms a request-target has (RFC 9112 §3.2). Only CONNECT takes, and must take, an authority;
 * only OPTIONS may take an asterisk.
 *
 * @throws {ProtocolError}
 */
export function targetForm(method: string, target: string, detail: ProtocolErrorDetail): TargetForm {
  if (method === "CONNECT") {
    const port = target.slice(target.lastIndexOf(":") + 1);
    // RFC 9110 §9.3.6: an empty or impossible port has to be refused.
    if (target.includes(":") && Number(port) > 0 && isHost(target)) return "authority";
    throw new ProtocolError("TARGET_FORM_MISMATCH", "the target of CONNECT is not host:port", detail);
  }
  if (target.startsWith("/")) return "origin";
  if (target === "*") {
    if (method === "OPTIONS") return "asterisk";
    throw new ProtocolError(
      "TARGET_FORM_MISMATCH",
      `"*" is for OPTIONS alone, not for ${quote(method)}`,
      detail,
    );
  }
  if (authorityOf(target) !== undefined) return "absolute";
  throw new ProtocolError(
    "INVALID_TARGET",
    "the request-target is neither a path nor a URI with a host and without userinfo",
    detail,
  );
}

/** Those that were found well-formed: a server has a few names, and need not look at them again. */
const knownHosts = new Set<string>();
const MAX_KNOWN_HOSTS = 64;
const MAX_KNOWN_HOST_LENGTH = 256;

/**
 * Checks the Host field as RFC 9112 §3.2 asks for: one of them, well-formed, in every HTTP/1.1 request. An empty one
 * is for targets without an authority, which no http URI is; §3.3 lets us refuse it, and so do nginx and Apache. Where the
 * target has an authority of its own, the two must agree: the RFC lets the target win, but whoever routed by
 * Host before us has seen another one.
 *
 * @throws {ProtocolError}
 */
export function checkHost(
  target: string,
  version: Version,
  fields: Fields,
  detail: ProtocolErrorDetail,
): void {
  const host = fields.value("host");
  if (host === undefined) {
    if (version === "1.0") return;
    throw new ProtocolError("MISSING_HOST", "an HTTP/1.1 request has to have a Host field", detail);
  }
  if (!knownHosts.has(host)) {
    // Several were joined with commas, which no host has.
    if (host.includes(",") && fields.getAll("host").length > 1) {
      throw new ProtocolError("DUPLICATE_HOST", "more than one Host field", detail);
    }
    if (!isHost(host)) {
      // Before an "@" stands somebody's password.
      const seen = host.includes("@") ? ": it has userinfo" : `: ${quote(host)}`;
      throw new ProtocolError("INVALID_HOST", `the Host field is not host[:port]${seen}`, detail);
    }
    remember(host);
  }
  const authority = target.startsWith("/") ? undefined : authorityOf(target);
  if (authority !== undefined && withoutDefaultPort(target, authority) !== withoutDefaultPort(target, host)) {
    throw new ProtocolError(
      "HOST_MISMATCH",
      `Host is ${quote(host)}, the target's is ${quote(authority)}`,
      detail,
    );
  }
}

function remember(host: string): void {
  if (host.length > MAX_KNOWN_HOST_LENGTH) return;
  if (knownHosts.size === MAX_KNOWN_HOSTS) knownHosts.clear();
  knownHosts.add(independent(host));
}

/** The authority of an absolute URI, if `target` is one with a host and without userinfo (RFC 9110 §4.2.4). */
function authorityOf(target: string): string | undefined {
  const colon = target.indexOf("://");
  if (colon === -1 || !isLetter(target.charCodeAt(0)) || !isEvery(target.slice(0, colon), SCHEME))
    return undefined;
  const start = colon + 3;
  let end = start;
  while (end < target.length && target[end] !== "/" && target[end] !== "?") end++;
  const authority = target.slice(start, end);
  return isHost(authority) ? authority : undefined;
}

function withoutDefaultPort(target: string, authority: string): string {
  const port = target.slice(0, 6).toLowerCase() === "https:" ? ":443" : ":80";
  const name = authority.toLowerCase();
  return name.endsWith(port) ? name.slice(0, -port.length) : name.endsWith(":") ? name.slice(0, -1) : name;
}

const isLetter = (octet: number): boolean => ((octet | 0x20) - 0x61) >>> 0 < 26;
