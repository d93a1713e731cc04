import { EXIT } from "../exit-codes.ts";
import { CurlError, NeverBegun } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

/** What a request is made for. -X changes its method alone. */
export type RequestKind = "GET" | "HEAD" | "data" | "form" | "upload";

const ASKED_BY: Readonly<Record<RequestKind, string>> = {
  GET: "-G or --no-head",
  HEAD: "-I",
  data: "-d",
  form: "-F",
  upload: "-T",
};

/** @throws {NeverBegun} 2: the options want two kinds at once. */
export function requestKindOf(settings: Settings, upload: string | undefined): RequestKind {
  const kinds = [...kindsAtOnce(settings), ...kindsLater(settings, upload !== undefined && upload !== "")];
  return onlyOne(kinds, NeverBegun);
}

/** As in curl, -I and -F are compared with the command line, before its first transfer. @throws {CurlError} 2 */
export function checkRequestKind(settings: Settings): void {
  onlyOne([...kindsAtOnce(settings)], CurlError);
}

function onlyOne(kinds: readonly RequestKind[], ErrorType: typeof CurlError): RequestKind {
  const [kind = "GET", other] = new Set(kinds);
  if (other === undefined) return kind;
  const [a, b] = [ASKED_BY[kind], ASKED_BY[other]];
  throw new ErrorType(EXIT.usage, `${a} and ${b} want different methods: use only one of them`);
}

/** As in curl, --no-head does not take back -I: it asks for GET. */
function* kindsAtOnce({ given }: Settings): Generator<RequestKind> {
  for (const { name, on } of given) {
    if (name === "head") yield on ? "HEAD" : "GET";
    if (name === "form" || name === "form-string") yield "form";
  }
}

function* kindsLater(settings: Settings, hasUpload: boolean): Generator<RequestKind> {
  if (hasUpload) yield "upload";
  if (settings.last("data", "data-binary", "data-raw", "data-urlencode", "json") === undefined) return;
  if (!settings.on("get")) yield "data";
  else yield settings.on("head") ? "HEAD" : "GET";
}
