import type { InformationalHead, RequestHead, ResponseHead } from "../http1/events.ts";
import { Fields } from "../http1/fields.ts";
import { listMembers } from "../http1/list.ts";
import { asksForUpgrade } from "../http1/persistence.ts";

/*
 * The heads of messages as a proxy passes them on (RFC 9110 §7.6): without what was meant for the hop before, with the
 * name of the proxy in Via. The order and the letter case of all other field lines stay.
 */

/** RFC 9110 §7.6.1 and §11.7: these are about one connection, also where Connection does not name them. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "proxy-authorization", "upgrade"];
const VIA = "1.1 wirepane";

/** The request, for the server at `authority`. */
export function requestOn(head: RequestHead, target: string, authority: string): RequestHead {
  const upgrade = asksForUpgrade(head.version, head.fields) ? head.fields.get("upgrade") : undefined;
  const lines: string[] = [];
  let hasHost = false;
  for (const [name, value] of passed(head.fields)) {
    const isHost = name.toLowerCase() === "host";
    hasHost ||= isHost;
    // RFC 9112 §3.2.2: what the request-target says replaces Host.
    lines.push(name, isHost ? authority : value);
  }
  if (!hasHost) lines.unshift("Host", authority);
  if (upgrade !== undefined) lines.push("Connection", "upgrade", "Upgrade", upgrade);
  return { ...head, target, version: "1.1", fields: new Fields([...lines, "Via", VIA]) };
}

/** The response, for a client that asked by `request`. */
export function responseOn<Head extends ResponseHead | InformationalHead>(
  head: Head,
  request: RequestHead,
): Head {
  const switches = head.status === 101;
  const protocol = switches ? head.fields.get("upgrade") : undefined;
  // RFC 9112 §6.1: HTTP/1.0 has no transfer codings, so the end of the connection ends the content.
  const unchunked = request.version === "1.0" && head.fields.has("transfer-encoding");
  const fields = new Fields(
    [...passed(unchunked ? head.fields.without("transfer-encoding") : head.fields)].flat(),
  );
  if (protocol !== undefined)
    return { ...head, fields: fields.with("Connection", "upgrade").with("Upgrade", protocol) };
  if (head.type === "informational") return { ...head, version: "1.1", fields };
  return { ...head, version: "1.1", fields: fields.with("Via", VIA) };
}

/** The field lines that go on to the next hop. */
function* passed(fields: Fields): Iterable<[name: string, value: string]> {
  const named = listMembers(fields.get("connection")?.toLowerCase() ?? "");
  // Content-Length and Host are never about one hop: a sender that names them would make requests that others misread.
  const left = new Set([...named.filter((name) => !KEPT.has(name)), ...HOP_BY_HOP]);
  for (const [name, value] of fields) if (!left.has(name.toLowerCase())) yield [name, value];
}

const KEPT: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "host"]);
