import { bytesContent, type Content, crlfContent, dataOf, urlQueryOf } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import type { Plan } from "./plan.ts";
import { checkScheme } from "./protocols.ts";
import { refererOf } from "./redirects.ts";
import type { Asked } from "./request.ts";
import { type RequestKind, requestKindOf } from "./request-kind.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, parseCurlUrl } from "./url.ts";
import { addQuery, addUploadName } from "./url-edit.ts";

const LOGIN_DENIED = 67;
/** As curl 8.23; before, it skipped what the server was to have already. */
const CANNOT_RESUME = 43;

/** The request with its content. */
export async function withContent(asked: Asked, plan: Plan): Promise<Asked> {
  const { settings } = plan;
  const content = await contentOf(requestKindOf(settings, plan.upload), plan, asked.url);
  const hasCrlf = content !== undefined && settings.last("crlf", "use-ascii")?.on;
  return { ...asked, content: hasCrlf ? crlfContent(content) : content };
}

/** The request as the options describe it, before its content is opened. */
export function askedWithoutContent(plan: Plan): Asked {
  const { settings } = plan;
  const kind = requestKindOf(settings, plan.upload);
  const url = urlOf(textOf(plan), settings);
  return {
    url,
    method: settings.value("request") ?? METHODS[kind],
    content: undefined,
    added: {
      acceptEncoding: settings.on("compressed") ? CODINGS : undefined,
      referer: refererOf(settings),
    },
  };
}

/** As curl has them, but only what this Node can undo: zstd came with 22.15. */
const CODINGS = "zstd" in process.versions ? "deflate, gzip, br, zstd" : "deflate, gzip, br";

const METHODS = { GET: "GET", HEAD: "HEAD", data: "POST", form: "POST", upload: "PUT" } as const;

/** As in curl, the file of -T is opened first, before -C is looked at, and those of a form last. */
async function contentOf(
  kind: RequestKind,
  { settings, upload }: Plan,
  { scheme }: CurlUrl,
): Promise<Content | undefined> {
  if (kind === "GET" || kind === "HEAD") return undefined;
  const file = kind === "upload" ? (await import("./upload.ts")).uploadContent(upload ?? "") : undefined;
  if (scheme !== "file" && !/^0*$/.test(settings.value("continue-at") ?? ""))
    throw new CurlError(CANNOT_RESUME, "-C resumes a download, not an upload");
  if (kind === "form") return (await import("./form-content.ts")).formContent(settings);
  return file ?? bytesContent(dataOf(settings) ?? Buffer.alloc(0));
}

/** The URL with the name of the file that is uploaded, and with what belongs in its query. */
export function textOf({ settings, url, upload }: Plan): string {
  const isFile = upload !== undefined && !/^[-.]?$/.test(upload);
  const named = isFile ? addUploadName(url, upload) : url;
  const data = settings.on("get") ? dataOf(settings)?.toString("latin1") : undefined;
  const query = data ?? urlQueryOf(settings);
  return query === undefined ? named : addQuery(named, query);
}

function urlOf(text: string, settings: Settings): CurlUrl {
  const url = parseCurlUrl(text, {
    pathAsIs: settings.on("path-as-is"),
    defaultScheme: settings.value("proto-default"),
  });
  checkScheme(url.scheme, settings);
  if (settings.on("disallow-username-in-url") && url.user !== undefined)
    throw new CurlError(LOGIN_DENIED, "the URL has a user, which --disallow-username-in-url forbids");
  return url;
}
