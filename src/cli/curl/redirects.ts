import type { ClientResponse } from "../../http.ts";
import { rangeLine } from "./conditions.ts";
import { CurlError } from "./curl-error.ts";
import { octetsOf } from "./octets.ts";
import type { Plan } from "./plan.ts";
import { redirectSchemes } from "./protocols.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import type { Transfer } from "./transfer.ts";
import { type CurlUrl, effectiveUrl, portOf } from "./url.ts";
import { resolveReference } from "./url-reference.ts";

const TOO_MANY_REDIRECTS = 47;
const WEIRD_REPLY = 8;
/** As in curl. */
const MAX_REDIRECTS = 50;
const AUTO = ";auto";

/**
 * The Location of a response; `undefined`: there is none that says anything. A redirect is any 3xx that has one.
 *
 * @throws {CurlError} 8: two of them differ. curl refuses that in any response.
 */
export function locationOf({ fields }: ClientResponse): string | undefined {
  const [location, ...others] = fields.getAll("location").filter((value) => value !== "");
  if (others.some((other) => other !== location))
    throw new CurlError(WEIRD_REPLY, "the response has more than one Location");
  return location;
}

/** -L, --location-trusted or --follow. `obeys`: the status decides about a method of -X, too. */
export function following(settings: Settings): { readonly obeys: boolean } | undefined {
  const given = settings.last("location", "location-trusted", "follow");
  return given?.on ? { obeys: given.name === "follow" } : undefined;
}

/**
 * Counts a redirect. As in curl, a request that answers a challenge counts as one, too.
 *
 * @throws {CurlError} 47: one too many.
 */
export function countRedirect(transfer: Transfer): void {
  const most = transfer.plan.settings.count("max-redirs") ?? MAX_REDIRECTS;
  if (most >= 0 && transfer.redirects >= most)
    throw new CurlError(TOO_MANY_REDIRECTS, `Maximum (${most}) redirects followed`);
  transfer.redirects++;
}

/** The request that a redirect asks for. @throws {CurlError} 1, 3: the location is not for us. */
export function redirected(asked: Asked, status: number, location: string, plan: Plan): Asked {
  const { settings } = plan;
  const url = resolveReference(asked.url, location, redirectSchemes(settings), {
    pathAsIs: settings.on("path-as-is"),
  });
  const { added } = after(asked, settings);
  if (!becomesGet(asked, status, settings)) return { ...asked, url, added };
  const keepsMethod = settings.on("request") && !following(settings)?.obeys;
  const method = keepsMethod ? asked.method : settings.on("head") ? "HEAD" : "GET";
  const got: Asked = { ...asked, url, added, method, content: undefined };
  return { ...got, added: { ...added, range: rangeLine(got, settings) } };
}

/** The same request behind this one: `-e ';auto'` tells where it comes from. */
export function after(asked: Asked, settings: Settings): Asked {
  if (!settings.value("referer")?.endsWith(AUTO)) return asked;
  const referer = effectiveUrl({ ...asked.url, fragment: undefined });
  return { ...asked, added: { ...asked.added, referer } };
}

/** RFC 9110 §15.4. An upload stays one after 301 and 302; only POST is known for turning into GET. */
function becomesGet({ content }: Asked, status: number, settings: Settings): boolean {
  const isPost = content !== undefined && content.kind !== "upload";
  if (status === 301) return isPost && !settings.on("post301");
  if (status === 302) return isPost && !settings.on("post302");
  if (status !== 303) return false;
  return isPost ? !settings.on("post303") : content !== undefined || following(settings)?.obeys === true;
}

/** The Referer of the first request. `;auto` at its end stands for those of redirects. */
export function refererOf(settings: Settings): string | undefined {
  const given = octetsOf(settings.value("referer") ?? "");
  return (given.endsWith(AUTO) ? given.slice(0, -AUTO.length) : given) || undefined;
}

/** Whether both URLs have the same scheme, host and port. */
export function isSameOrigin(one: CurlUrl, other: CurlUrl): boolean {
  return (
    one.scheme === other.scheme &&
    one.host.toLowerCase() === other.host.toLowerCase() &&
    portOf(one) === portOf(other)
  );
}
