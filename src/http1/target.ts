import { isEvery, SCHEME } from "../bytes/octets.ts";
import { quote } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorDetail } from "./errors.ts";
import type { Version } from "./events.ts";
import { SHARED_MEMORY } from "./fast/memory.ts";
import type { Fields } from "./fields.ts";
import { isHost } from "./host.ts";

export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/**
 * Which of the four forms a request-target has (RFC 9112 §3.2). CONNECT needs the authority form, and no other method
 * may have it. Only OPTIONS may have an asterisk.
 *
 * @throws {ProtocolError}
 */
export function targetForm(method: string, target: string, detail: ProtocolErrorDetail): TargetForm {
  if (method === "CONNECT") {
    const port = target.slice(target.lastIndexOf(":") + 1);
    // RFC 9110 §9.3.6: an empty or invalid port has to be refused.
    if (target.includes(":") && Number(port) > 0 && isHost(target)) return "authority";
    throw new ProtocolError("TARGET_FORM_MISMATCH", "the target of CONNECT is not host:port", detail);
  }
  if (target.startsWith("/")) return "origin";
  if (target === "*") {
    if (method === "OPTIONS") return "asterisk";
    throw new ProtocolError(
      "TARGET_FORM_MISMATCH",
      `"*" is a target for OPTIONS only, not for ${quote(method)}`,
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

/**
 * Checks the Host field (RFC 9112 §3.2): every HTTP/1.1 request has exactly one, and it is well-formed. An empty Host
 * is for targets without an authority; every http URI has an authority, so an empty Host is refused (§3.3 allows
 * that; nginx and Apache do so, too). Where the target has an authority, Host has to agree with it. The RFC lets the
 * target win, but a proxy in front may have routed by Host. `targetWins`: we are that proxy, and replace Host (§3.2.2).
 *
 * @throws {ProtocolError}
 */
export function checkHost(
  target: string,
  version: Version,
  fields: Fields,
  detail: ProtocolErrorDetail,
  targetWins = false,
): void {
  const host = fields.value("host");
  if (host === undefined) {
    if (version === "1.0") return;
    throw new ProtocolError("MISSING_HOST", "an HTTP/1.1 request needs a Host field", detail);
  }
  const { hosts } = SHARED_MEMORY;
  if (!hosts.has(host)) {
    // Several values were joined with commas. No host has a comma.
    if (host.includes(",") && fields.getAll("host").length > 1) {
      throw new ProtocolError("DUPLICATE_HOST", "more than one Host field", detail);
    }
    if (!isHost(host)) {
      // The value is not shown: a password may stand before an "@", a token in a query.
      const seen = host.includes("@") ? ": it has userinfo" : "";
      throw new ProtocolError("INVALID_HOST", `the Host field is not host[:port]${seen}`, detail);
    }
    hosts.add(host);
  }
  const authority = targetWins || target.startsWith("/") ? undefined : authorityOf(target);
  if (authority !== undefined && withoutDefaultPort(target, authority) !== withoutDefaultPort(target, host)) {
    throw new ProtocolError("HOST_MISMATCH", "Host and the request-target name different hosts", detail);
  }
}

/**
 * The authority of `target`. `undefined`: `target` is no absolute URI with a host and without userinfo (RFC 9110
 * §4.2.4).
 */
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
