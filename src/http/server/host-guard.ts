import type { Address } from "../../tcp/address.ts";
import { parsedUrl } from "../parsed-url.ts";
import { type HttpHandler, problem } from "./handler.ts";

/**
 * Asks the handler only for resources of loopback names and of `names`. For other names the answer is 421 (RFC 9110
 * §15.5.20).
 *
 * The author of a foreign page can let the page's own name resolve to 127.0.0.1 (DNS rebinding). The browser then takes
 * our answers for the page's own, and lets it read them. Only the name in the request shows this.
 */
export function onlyHosts(handler: HttpHandler, names: readonly string[]): HttpHandler {
  const answers = answersTo(names);
  // Nearly all requests have the same Host: what was allowed last needs no second look.
  let lastAllowed: string | undefined;
  return (request) => {
    const host = request.target.startsWith("/") ? request.fields.get("host") : undefined;
    if (host !== undefined && host === lastAllowed) return handler(request);
    if (!answers(request.url))
      return problem(421, "this server does not answer to this name [RFC 9110 §15.5.20]");
    lastAllowed = host;
    return handler(request);
  };
}

/** Whether the target URI of a request has a loopback name, or one of these names. */
export function answersTo(names: readonly string[]): (url: string) => boolean {
  const allowed = new Set(names.map(withoutLastDot));
  return (url) => {
    const parsed = parsedUrl(url);
    if (parsed === undefined) return false;
    const name = withoutLastDot(parsed.hostname);
    return isLoopbackName(name) || allowed.has(name);
  };
}

/** Whether only this machine can connect to the address. */
export function isLoopback(address: Address): boolean {
  return address.family !== "unix" && isLoopbackAddress(address.host);
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
