import { CurlError, EndsAll } from "./curl-error.ts";
import { octetsOf, percentEncoded } from "./octets.ts";
import { checkKnown } from "./protocols.ts";
import { type CurlUrl, type CurlUrlOptions, hrefOf, parseCurlUrl, URL_MALFORMED } from "./url.ts";

/**
 * The URL's text with a query behind its own (`-G`, `--url-query`). Nothing is encoded here. "" adds nothing.
 * curl normalises the URL as it does so: dot segments go, also with `--path-as-is`.
 *
 * @throws {EndsAll} 3: the text is no URL; 1: of no protocol that is known.
 */
export function addQuery(text: string, query: string, options: CurlUrlOptions = {}): string {
  const url = ofKnownProtocol(text, options);
  const own = url.query || undefined;
  const joint = own === undefined || own.endsWith("&") ? "" : "&";
  const added = own === undefined ? query || undefined : `${own}${joint}${query}`;
  return textOf({ ...url, query: added, fragment: url.fragment || undefined }, url.schemeGuessed);
}

/**
 * The URL's text with the name of an uploaded file (`-T`), if its path ends with "/" and no query stands behind it.
 *
 * @throws {EndsAll} 3: the text is no URL.
 */
export function addUploadName(text: string, file: string, options: CurlUrlOptions = {}): string {
  const url = parsed(text, options);
  if (url.query !== undefined || !url.path.endsWith("/")) return text;
  const name = percentEncoded(octetsOf(file.replace(/^.*[/\\]/s, "")));
  return name === "" ? text : textOf({ ...url, path: url.path + name }, false);
}

/** @throws {EndsAll} 3: the text is no URL; 1: of no protocol that is known. */
export function ofKnownProtocol(text: string, options: CurlUrlOptions = {}): CurlUrl {
  const url = parsed(text, options);
  try {
    checkKnown(url.scheme);
  } catch (error) {
    throw error instanceof CurlError ? new EndsAll(error.exitCode, "Unsupported protocol") : error;
  }
  return url;
}

/** As in curl, a URL that cannot be looked into ends everything; the same URL as it stands ends one transfer. */
function parsed(text: string, options: CurlUrlOptions): CurlUrl {
  try {
    return parseCurlUrl(text, options);
  } catch (error) {
    throw new EndsAll(URL_MALFORMED, "URL using bad/illegal format or missing URL", { cause: error });
  }
}

/** curl keeps a text without a scheme as one. */
function textOf(url: CurlUrl, withoutScheme: boolean): string {
  const href = hrefOf(url);
  return withoutScheme ? href.slice(url.scheme.length + "://".length) : href;
}
