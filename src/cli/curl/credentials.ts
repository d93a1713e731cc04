import { netrcOf } from "./netrc.ts";
import { givenUser } from "./password.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, connectHostOf, userinfoOf } from "./url.ts";

/** Octets, one character each. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The credentials for a URL: those of -u, of .netrc, or of the URL itself, in curl's order. Those of -u are for the first
 * origin, and for all others with --location-trusted.
 */
export function credentialsFor(url: CurlUrl, trusted: boolean, settings: Settings): Credentials | undefined {
  const given = trusted ? givenUser(settings) : undefined;
  if (given !== undefined && given.user !== "") return given;
  const inUrl = userinfoOf(url);
  const known = inUrl !== undefined && inUrl.user + inUrl.password !== "" ? inUrl : (given ?? inUrl);
  const netrc = netrcOf(settings);
  if (
    netrc === undefined ||
    (netrc.optional && known !== undefined && known.user !== "" && known.password !== "")
  )
    return known;
  return netrc.credentials(connectHostOf(url), known?.user || undefined) ?? known;
}
