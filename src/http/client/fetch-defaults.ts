import { Fields } from "../../http1/fields.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { parsedUrl } from "../parsed-url.ts";
import type { Fetch } from "./fetch.ts";
import type { RequestInput } from "./messages.ts";

/**
 * The URL that relative URLs are resolved against. @throws {TypeError} for one that no request could be sent to.
 */
export function baseOf(given: string | URL): URL {
  const base = parsedUrl(String(given));
  // The platform's own error contains the text, which may have credentials.
  if (base?.protocol !== "http:" && base?.protocol !== "https:") {
    throw new TypeError("createFetch: base has to be an absolute http or https URL");
  }
  if (base.username !== "" || base.password !== "") {
    throw new TypeError("createFetch: base has no credentials: use the steps, with authenticate()");
  }
  return base;
}

/** The same `fetch`, with a base URL as a page has one (Fetch standard §5.4, URL standard §4.3). */
export function resolving(fetch: Fetch, base: URL): Fetch {
  return (input, init) =>
    // What is no URL even so is told by `fetch`, in its own words.
    fetch(input instanceof Request ? input : (parsedUrl(String(input), base) ?? input), init);
}

/** Adds the fields that a request does not have, if its URL is of this origin; without an origin, in any case. */
export function withHeaders(
  request: RequestInput,
  headers: readonly (readonly [name: string, value: string])[],
  origin: string | undefined,
): RequestInput {
  if (origin !== undefined && parsedUrl(String(request.url))?.origin !== origin) return request;
  const own = Fields.from(request.fields);
  const added = headers.filter(([name]) => !own.has(name));
  return ownOptions<RequestInput>(request, { fields: new Fields([...added.flat(), ...own.lines]) });
}
