import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

/** What a request is made for. -X changes its method alone. */
export type RequestKind = "GET" | "HEAD" | "data" | "form" | "upload";

const ASKED_BY: Readonly<Record<RequestKind, string>> = {
  GET: "-G",
  HEAD: "-I",
  data: "-d",
  form: "-F",
  upload: "-T",
};

/** @throws {CurlError} 2: the options want two kinds at once. */
export function requestKindOf(settings: Settings, upload: string | undefined): RequestKind {
  const kinds = new Set(kindsOf(settings, upload !== undefined && upload !== ""));
  const [kind = "GET", other] = kinds;
  if (other !== undefined) {
    const [a, b] = [ASKED_BY[kind], ASKED_BY[other]];
    throw new CurlError(EXIT.usage, `${a} and ${b} want different methods: use only one of them`);
  }
  return kind;
}

function* kindsOf(settings: Settings, hasUpload: boolean): Generator<RequestKind> {
  const inHead = settings.on("head");
  if (settings.last("head") !== undefined) yield inHead ? "HEAD" : "GET";
  if (settings.last("form", "form-string") !== undefined) yield "form";
  if (hasUpload) yield "upload";
  if (settings.last("data", "data-binary", "data-raw", "data-urlencode", "json") === undefined) return;
  if (!settings.on("get")) yield "data";
  else yield inHead ? "HEAD" : "GET";
}
