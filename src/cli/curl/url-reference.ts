import { CurlError } from "./curl-error.ts";
import { type CurlUrl, effectiveUrl, encodedOctets, hrefOf, parseCurlUrl } from "./url.ts";

/** curl's exit code for a scheme that it does not know. */
const UNSUPPORTED_PROTOCOL = 1;

/**
 * The target of a redirect, as `-L` follows it: blanks become `+` in a query and `%20` elsewhere, other octets
 * that no URL holds are percent-encoded.
 *
 * A reference without a host keeps user and password of the base.
 *
 * @throws {CurlError} 3: no URL; 1: a scheme that is none of `schemes`. In curl's words.
 */
export function resolveReference(
  base: CurlUrl,
  location: string,
  schemes: readonly string[],
  options: { readonly pathAsIs?: boolean } = {},
): CurlUrl {
  try {
    const url = withoutEmptyEnds(
      parseCurlUrl(absolute(base, location), { ...options, encode: true, schemeNeeded: true }),
    );
    if (!schemes.includes(url.scheme)) throw new CurlError(UNSUPPORTED_PROTOCOL, "Unsupported URL scheme");
    return url;
  } catch (error) {
    if (!(error instanceof CurlError)) throw error;
    // curl takes a blank in the user here, and refuses the URL when it connects.
    if (error.message === "URL rejected: Bad user") throw error;
    const what = error.message.replace(/^URL rejected: /, "");
    const code = schemeIsUnknown(location, schemes) ? UNSUPPORTED_PROTOCOL : error.exitCode;
    const said = code === UNSUPPORTED_PROTOCOL ? "Unsupported URL scheme" : what;
    throw new CurlError(code, `The redirect target URL could not be parsed: ${said}`, { cause: error });
  }
}

/** What `%{redirect_url}` shows when the redirect is not followed. A Location that is no URL shows as it came. */
export function redirectUrl(
  base: CurlUrl,
  location: string,
  options: { readonly pathAsIs?: boolean } = {},
): string {
  try {
    return effectiveUrl(
      withoutEmptyEnds(parseCurlUrl(absolute(base, location), { ...options, schemeNeeded: true })),
    );
  } catch (error) {
    if (error instanceof CurlError) return location;
    throw error;
  }
}

const ABSOLUTE = /^([a-z][a-z0-9+.-]{0,39}):/i;

function schemeIsUnknown(location: string, schemes: readonly string[]): boolean {
  const [, scheme] = ABSOLUTE.exec(location) ?? [];
  return scheme !== undefined && !schemes.includes(scheme.toLowerCase());
}

/** RFC 3986 §5.2.2, on texts as curl does it; the parser then removes the dot segments. */
function absolute(base: CurlUrl, location: string): string {
  if (ABSOLUTE.test(location)) return location;
  const plain: CurlUrl = { ...base, query: undefined, fragment: undefined };
  if (location.startsWith("//")) {
    const [, authority = "", rest = ""] = /^(\/\/[^/?#]*)(.*)$/s.exec(threeSlashesAtMost(location)) ?? [];
    return `${base.scheme}:${authority}${encodedReference(rest)}`;
  }
  const reference = encodedReference(location);
  if (reference.startsWith("/")) return hrefOf({ ...plain, path: "" }) + reference;
  if (reference.startsWith("?")) return hrefOf(plain) + reference;
  if (reference.startsWith("#")) return hrefOf({ ...plain, query: base.query }) + reference;
  return hrefOf({ ...plain, path: base.path.replace(/[^/]*$/, "") }) + reference;
}

/** The parser takes three slashes behind a scheme, and no more. */
function threeSlashesAtMost(location: string): string {
  return location.replace(/^\/\/\/(?!\/)/, "//");
}

/** A relative reference is encoded before it is split: blanks behind its "?" are "+", in a fragment too. */
function encodedReference(reference: string): string {
  const mark = reference.indexOf("?");
  if (mark === -1) return encodedOctets(reference);
  return encodedOctets(reference.slice(0, mark)) + encodedOctets(reference.slice(mark), "+");
}

/** curl drops a "?" and a "#" with nothing behind them. */
function withoutEmptyEnds(url: CurlUrl): CurlUrl {
  return { ...url, query: url.query || undefined, fragment: url.fragment || undefined };
}
