import type { ClientResponse, RequestInput } from "../../http.ts";
import { CurlError } from "./curl-error.ts";
import { type Asked, requestInput } from "./request.ts";
import type { Settings } from "./settings.ts";
import type { CurlUrl } from "./url.ts";
import { resolveReference } from "./url-reference.ts";

const TOO_MANY_REDIRECTS = 47;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The end of a chain of requests. */
export interface Answer {
  readonly response: ClientResponse;
  readonly asked: Asked;
}

/** Sends the request of a transfer, and those that challenges and redirects ask for. */
export async function answerTo(
  first: Asked,
  settings: Settings,
  send: (input: RequestInput) => Promise<ClientResponse>,
): Promise<Answer> {
  const follows = settings.on("location") || settings.on("location-trusted") || settings.on("follow");
  const maxRedirects = Number(settings.value("max-redirs") ?? 50);
  let asked = first;
  for (let redirects = 0; ; redirects++) {
    const response = await send(requestInput(asked, settings));
    const next = follows ? redirected(asked, response, settings) : undefined;
    if (next === undefined) return { response, asked };
    response.discard();
    if (maxRedirects >= 0 && redirects >= maxRedirects)
      throw new CurlError(TOO_MANY_REDIRECTS, `more than ${maxRedirects} redirects`);
    asked = next;
  }
}

function redirected(asked: Asked, { status, fields }: ClientResponse, settings: Settings): Asked | undefined {
  const location = fields.getAll("location")[0];
  if (!REDIRECTS.has(status) || location === undefined || location === "") return undefined;
  const url: CurlUrl = resolveReference(asked.url, location, ["http", "https"], {
    pathAsIs: settings.on("path-as-is"),
  });
  const keptBy = { 301: "post301", 302: "post302", 303: "post303" } as const;
  const keeps = status >= 307 || settings.on(keptBy[status as 301]);
  if (keeps || asked.content === undefined) return { ...asked, url };
  const method = settings.on("request") ? asked.method : "GET";
  return { ...asked, url, method, content: undefined };
}
