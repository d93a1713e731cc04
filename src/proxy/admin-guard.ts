import type { ServerRequest } from "../http/server/handler.ts";

/*
 * Who may drive the proxies. The API listens on loopback, but every web site that the user opens can send requests there.
 * A site that could create proxies would reach every machine that this one reaches. (`serve` refuses names that are not
 * ours: DNS rebinding.)
 */

/**
 * Why a request is refused: a browser sent it. No client of toxiproxy is a browser.
 *
 * toxiproxy refuses the User-Agent of browsers alone. A browser says more that no page can change: Origin, and
 * Sec-Fetch-Site. Node's fetch sends Sec-Fetch-Mode, which says nothing of a browser.
 */
export function refusalOf({ fields }: Pick<ServerRequest, "fields">): string | undefined {
  // toxiproxy's own words.
  if (fields.get("user-agent")?.startsWith("Mozilla/")) return "User agent not allowed";
  if (fields.has("origin")) return "a page may not drive the proxies";
  if (fields.has("sec-fetch-site")) return "a browser may not drive the proxies";
  return undefined;
}
