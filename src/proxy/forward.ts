import type { RequestHead } from "../http1/events.ts";
import { type Address, hostAndPort } from "../tcp/address.ts";
import { withoutBrackets } from "../tcp/resolve.ts";
import type { Destination, Refusal } from "./bridge.ts";
import type { Upstream } from "./upstream.ts";

/** What a forward proxy lets through. */
export interface ForwardPolicy {
  /** The servers that clients may reach: `HOST` or `HOST:PORT`; every one by default. */
  readonly only?: readonly string[];
}

/**
 * The way of a request through a forward proxy: http URLs by absolute-form (RFC 9112 §3.2.2), everything else through a
 * tunnel (CONNECT, RFC 9110 §9.3.6).
 */
export function routeForward({ only }: ForwardPolicy): (head: RequestHead) => Destination | Refusal {
  const allowed = only && new Set(only.map((each) => each.toLowerCase()));
  return (head) => {
    const asked = askedFor(head);
    if ("status" in asked) return asked;
    const { host, port } = asked;
    const name = withoutBrackets(host).toLowerCase();
    if (allowed !== undefined && !allowed.has(name) && !allowed.has(hostAndPort(name, port)))
      return { status: 403, sentence: `this proxy does not lead to ${hostAndPort(host, port)}` };
    return { ...asked, connect: { host: name, port } };
  };
}

/**
 * The way of a request to the one server behind the proxy.
 *
 * @param answers whether the proxy answers to the name in this URL. The server never sees the name, so it cannot look.
 */
export function routeTo(
  upstream: Upstream,
  answers: (url: string) => boolean,
): (head: RequestHead) => Destination | Refusal {
  const authority = upstream.authority ?? "localhost";
  return ({ method, target, fields }) => {
    if (method === "CONNECT") return { status: 405, sentence: "this proxy opens no tunnels: see --forward" };
    const isPath = target.startsWith("/") || target === "*";
    // HTTP/1.0 has no Host, and browsers do not speak it.
    if (!answers(isPath ? `http://${fields.get("host") ?? "localhost"}/` : target))
      return { status: 421, sentence: "this proxy does not answer to this name [RFC 9110 §15.5.20]" };
    return { connect: upstream.connect, authority, target: isPath ? target : originForm(target) };
  };
}

/** No request may lead back into the proxy itself: it would go round for ever. */
export const notOurselves =
  (own: Address) =>
  (address: Address): boolean =>
    own.family === "unix" ||
    address.family === "unix" ||
    address.port !== own.port ||
    address.host !== own.host;

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly authority: string;
  readonly target: string | undefined;
}

function askedFor({ method, target }: RequestHead): Asked | Refusal {
  if (method === "CONNECT") {
    const server = serverOf(target);
    return server === undefined ? NO_SERVER : { ...server, authority: target, target: undefined };
  }
  const [, scheme, authority = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(target) ?? [];
  if (scheme === undefined)
    return {
      status: 400,
      sentence: "this is a forward proxy: ask for a whole URL (http_proxy=…), not for a path",
    };
  if (scheme.toLowerCase() !== "http")
    return {
      status: 501,
      sentence: "a forward proxy takes http URLs; for other schemes ask for a tunnel (CONNECT)",
    };
  const server = serverOf(authority);
  return server === undefined ? NO_SERVER : { ...server, authority, target: originForm(target) };
}

const NO_SERVER: Refusal = {
  status: 400,
  sentence: "a server is HOST:PORT, and an IPv6 address has brackets",
};

/** RFC 3986 §3.2: without brackets, the colons of an IPv6 address could be that of the port. */
function serverOf(authority: string): Pick<Asked, "host" | "port"> | undefined {
  const [, host, digits] = /^(\[[^[\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(authority) ?? [];
  return host === undefined ? undefined : { host, port: Number(digits || "80") };
}

/** RFC 9112 §3.2.1: the path and the query; a URL without a path has "/". */
function originForm(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  return path.startsWith("/") ? path : `/${path}`;
}
