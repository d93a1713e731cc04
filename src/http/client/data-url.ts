import { latin1Bytes } from "../../bytes/text.ts";

interface DataUrl {
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

const DEFAULT_TYPE = "text/plain;charset=US-ASCII";
const BASE64 = /;\x20*base64$/i;

/**
 * Reads a `data:` URL (Fetch standard §6, "data: URL processor"). `undefined`: the URL has no comma, or its base64 is
 * none.
 */
async function dataUrl(href: string): Promise<DataUrl | undefined> {
  const text = href.slice("data:".length);
  const comma = text.indexOf(",");
  if (comma === -1) return undefined;
  const named = text.slice(0, comma).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "");
  const octets = percentDecoded(text.slice(comma + 1));
  const content = BASE64.test(named) ? base64Decoded(octets) : octets;
  if (content === undefined) return undefined;
  const type = named.replace(BASE64, "");
  return {
    type: await usualType(type.startsWith(";") ? `text/plain${type}` : type),
    content: Uint8Array.from(latin1Bytes(content)),
  };
}

/** Octets as latin1. A "%" that encodes nothing stands for itself. */
function percentDecoded(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The platform's `atob` is the standard's "forgiving-base64 decode". */
function base64Decoded(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

/** The platform parses and writes the type as the MIME Sniffing standard has it, to name the type of a Blob. */
async function usualType(type: string): Promise<string> {
  const headers = { "content-type": type };
  return (await new Response("", { headers }).blob()).type || DEFAULT_TYPE;
}

/** The answer to a request for a `data:` URL, whatever its method (Fetch standard §4.2, "scheme fetch"). */
export async function dataResponse(url: URL, method: string): Promise<Response> {
  const href = url.href.replace(/#.*/s, "");
  const data = await dataUrl(href);
  if (data === undefined) throw new TypeError("fetch failed: the data: URL has no content");
  const headers = { "content-type": data.type };
  const response = new Response(method === "HEAD" ? null : data.content, { statusText: "OK", headers });
  for (const [name, value] of Object.entries({ type: "basic", url: href })) {
    Object.defineProperty(response, name, { value });
  }
  return response;
}
