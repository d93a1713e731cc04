import type { Address } from "../../tcp/address.ts";
import { type HttpHandler, problem, type ServerRequest } from "./handler.ts";

/**
 * Asks the handler only for resources of loopback names and of `names`. For other names the answer is 421 (RFC 9110
 * §15.5.20).
 *
 * The author of a foreign page can let the page's own name resolve to 127.0.0.1 (DNS rebinding). The browser then takes
 * our answers for the page's own, and lets it read them. Only the name in the request shows this.
 */
export function onlyHosts(handler: HttpHandler, names: readonly string[]): HttpHandler {
  const allowed = new Set(names.map(withoutLastDot));
  // Nearly all requests have the same Host: what was allowed last needs no second look.
  let lastAllowed: string | undefined;
  return (request) => {
    const host = request.target.startsWith("/") ? request.fields.get("host") : undefined;
    if (host !== undefined && host === lastAllowed) return handler(request);
    const name = nameOf(request);
    if (name === undefined || !(isLoopbackName(name) || allowed.has(name))) {
      return problem(421, "this server does not answer to this name [RFC 9110 §15.5.20]");
    }
    lastAllowed = host;
    return handler(request);
  };
}

/** Whether only this machine can connect to the address. */
export function isLoopback(address: Address): boolean {
  return address.family !== "unix" && isLoopbackAddress(address.host);
}

/** The canonical host of the target URI. Without Host (HTTP/1.0) it is the address that the client connected to. */
function nameOf({ url }: ServerRequest): string | undefined {
  return URL.canParse(url) ? withoutLastDot(new URL(url).hostname) : undefined;
}

/** RFC 6761 §6.3: `localhost` and names below it are loopback, whatever a name server says. */
function isLoopbackName(name: string): boolean {
  return /(?:^|\.)localhost$/.test(name) || isLoopbackAddress(name.replace(/^\[(.*)\]$/, "$1"));
}

function isLoopbackAddress(host: string): boolean {
  return /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$|^::ffff:7f[\da-f]{2}:[\da-f]{1,4}$|^::1$/i.test(host);
}

function withoutLastDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
