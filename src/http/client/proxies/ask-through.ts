import { ownOptions } from "../../../tcp/own-options.ts";
import type { ClientResponse, RequestInput } from "../messages.ts";
import { proxied, proxyFor } from "./proxied.ts";
import type { ProxySetting } from "./proxy-options.ts";

/** How many times a request is sent for one answer: Digest needs two, a stale nonce one more. */
const MAX_ROUNDS = 4;

/**
 * Sends a request through the proxy for its URL, if there is one. An `authenticator` answers the challenge of a proxy that
 * was asked by absolute-form (RFC 9110 §15.5.8); CONNECT does so itself. A content that is a stream is sent only once, so
 * the 407 is the response then.
 */
export async function askThrough(
  given: RequestInput,
  setting: ProxySetting,
  send: (input: RequestInput) => Promise<ClientResponse>,
): Promise<ClientResponse> {
  const input = ownOptions(given);
  const proxy = proxyFor(input.url, setting);
  if (proxy === undefined) return send(input);
  for (let round = 1; ; round++) {
    const request = proxied(input, proxy);
    const response = await send(request);
    const { authenticator } = proxy;
    const tunnel = request.connect?.through?.at(-1)?.greet !== undefined;
    const { body } = input;
    const isStream = body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
    if (response.status !== 407 || tunnel || isStream || round === MAX_ROUNDS) return response;
    const sent = response.request.head.fields.get("proxy-authorization");
    if (!authenticator?.challenged(response.fields.getAll("proxy-authenticate"), sent)) return response;
    response.discard();
  }
}
