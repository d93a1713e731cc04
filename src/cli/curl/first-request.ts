import { EXIT } from "../exit-codes.ts";
import { bytesContent, dataOf } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import type { Plan } from "./plan.ts";
import { refererOf } from "./redirects.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, parseCurlUrl } from "./url.ts";
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
      acceptEncoding: settings.on("compressed") ? "deflate, gzip, br" : undefined,
      referer: refererOf(settings),
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
