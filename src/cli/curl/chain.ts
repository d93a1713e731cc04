import type { ClientResponse } from "../../http.ts";
import { CurlError } from "./curl-error.ts";
import { redirectSchemes } from "./protocols.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import type { Transfer } from "./transfer.ts";
import { resolveReference } from "./url-reference.ts";

const TOO_MANY_REDIRECTS = 47;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Sends the request of a transfer, and those that challenges and redirects ask for. Gives the last response. */
export async function answerTo(
  first: Asked,
  transfer: Transfer,
  send: (asked: Asked) => Promise<ClientResponse>,
): Promise<ClientResponse> {
  const { settings } = transfer.plan;
  const follows = settings.last("location", "location-trusted", "follow")?.on === true;
  const maxRedirects = settings.count("max-redirs") ?? 50;
  for (let asked = first; ; transfer.redirects++) {
    const response = await send(asked);
    const next = follows ? redirected(asked, response, settings) : undefined;
    if (next === undefined) return response;
    response.discard();
    if (maxRedirects >= 0 && transfer.redirects >= maxRedirects)
      throw new CurlError(TOO_MANY_REDIRECTS, `more than ${maxRedirects} redirects`);
    asked = next;
  }
}

function redirected(asked: Asked, { status, fields }: ClientResponse, settings: Settings): Asked | undefined {
  const location = fields.getAll("location")[0];
  if (!REDIRECTS.has(status) || location === undefined || location === "") return undefined;
  const url = resolveReference(asked.url, location, redirectSchemes(settings), {
    pathAsIs: settings.on("path-as-is"),
  });
  const keptBy = { 301: "post301", 302: "post302", 303: "post303" } as const;
  const isUpload = asked.content?.kind === "upload" && status !== 303;
  const keeps = status >= 307 || isUpload || settings.on(keptBy[status as 301]);
  if (keeps || asked.content === undefined) return { ...asked, url };
  const method = settings.on("request") ? asked.method : "GET";
  return { ...asked, url, method, content: undefined };
}
