import { EXIT } from "../exit-codes.ts";
import { bytesContent, dataOf } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { octetsOf } from "./octets.ts";
import type { Plan } from "./plan.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, parseCurlUrl, userinfoOf } from "./url.ts";
import { addQuery } from "./url-edit.ts";

const UNSUPPORTED_PROTOCOL = 1;

/** The request as the options describe it. */
export function firstAsked({ settings, url: text }: Plan): Asked {
  const data = dataOf(settings);
  const inUrl = settings.on("get");
  if (data !== undefined && settings.on("head") && !inUrl)
    throw new CurlError(EXIT.usage, "-d wants POST and -I wants HEAD: use only one of them (or -G)");
  const url = urlOf(inUrl && data !== undefined ? addQuery(text, data.toString("latin1")) : text, settings);
  const content = data === undefined || inUrl ? undefined : bytesContent(data);
  const usual = settings.on("head") ? "HEAD" : content === undefined ? "GET" : "POST";
  return {
    url,
    method: settings.value("request") ?? usual,
    content,
    added: {
      authorization: basicAuthorization(url, settings),
      acceptEncoding: settings.on("compressed") ? "deflate, gzip, br" : undefined,
      referer: settings.value("referer"),
    },
  };
}

function urlOf(text: string, settings: Settings): CurlUrl {
  const url = parseCurlUrl(text, {
    pathAsIs: settings.on("path-as-is"),
    defaultScheme: settings.value("proto-default"),
  });
  if (url.scheme === "http" || url.scheme === "https") return url;
  throw new CurlError(
    UNSUPPORTED_PROTOCOL,
    `protocol "${url.scheme}" is not spoken here, only http and https`,
  );
}

/** The credentials of -u, or of the URL. */
function basicAuthorization(url: CurlUrl, settings: Settings): string | undefined {
  const given = settings.value("user");
  const inUrl = userinfoOf(url);
  const user = given === undefined ? inUrl && `${inUrl.user}:${inUrl.password}` : octetsOf(given);
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(user.includes(":") ? user : `${user}:`, "latin1").toString("base64")}`;
}
