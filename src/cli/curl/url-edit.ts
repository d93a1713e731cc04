import { CurlError } from "./curl-error.ts";
import { octetsOf, percentEncoded } from "./octets.ts";
import { type CurlUrl, type CurlUrlOptions, hrefOf, parseCurlUrl, URL_MALFORMED } from "./url.ts";

/**
 * The URL's text with a query behind its own (`-G`, `--url-query`). Nothing is encoded here. "" adds nothing.
 * curl normalises the URL as it does so: dot segments go, also with `--path-as-is`.
 *
 * @throws {CurlError} 3: the text is no URL.
 */
export function addQuery(text: string, query: string, options: CurlUrlOptions = {}): string {
  const url = parsed(text, options);
  const own = url.query || undefined;
  const joint = own === undefined || own.endsWith("&") ? "" : "&";
  const added = own === undefined ? query || undefined : `${own}${joint}${query}`;
  return textOf({ ...url, query: added, fragment: url.fragment || undefined }, url.schemeGuessed);
}

/**
 * The URL's text with the name of an uploaded file (`-T`), if its path ends with "/" and no query stands behind it.
 *
 * @throws {CurlError} 3: the text is no URL.
 */
export function addUploadName(text: string, file: string, options: CurlUrlOptions = {}): string {
  const url = parsed(text, options);
  if (url.query !== undefined || !url.path.endsWith("/")) return text;
  const name = percentEncoded(octetsOf(file.replace(/^.*[/\\]/s, "")));
  return name === "" ? text : textOf({ ...url, path: url.path + name }, false);
}

function parsed(text: string, options: CurlUrlOptions): CurlUrl {
  try {
    return parseCurlUrl(text, options);
  } catch (error) {
    throw new CurlError(URL_MALFORMED, "URL using bad/illegal format or missing URL", { cause: error });
  }
}

/** curl keeps a text without a scheme as one. */
function textOf(url: CurlUrl, withoutScheme: boolean): string {
  const href = hrefOf(url);
  return withoutScheme ? href.slice(url.scheme.length + "://".length) : href;
}
