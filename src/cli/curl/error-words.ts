import { ProtocolError } from "../../http1.ts";
import { CurlError, EndsAll } from "./curl-error.ts";
import type { Transfer } from "./transfer.ts";
import { connectHostOf } from "./url.ts";

/** What %{errormsg} says: curl's words, where scripts look for them; ours otherwise. */
export function errorWords(failure: unknown, exitCode: number, transfer: Transfer): string | undefined {
  if (!(failure instanceof Error)) return undefined;
  return WORDS[exitCode]?.(transfer, failure) ?? failure.message;
}

type Words = (transfer: Transfer, failure: Error) => string | undefined;

const WORDS: Readonly<Record<number, Words>> = {
  1: ({ plan }, failure) => {
    if (failure instanceof EndsAll) return undefined;
    if (failure instanceof ProtocolError) return "Received HTTP/0.9 when not allowed";
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(plan.url) ?? [];
    return scheme && `Protocol "${scheme}" not supported`;
  },
  6: ({ asked }) => asked && `Could not resolve host: ${connectHostOf(asked.url)}`,
  7: ({ asked, startedAt }) => {
    if (asked === undefined) return undefined;
    const { url } = asked;
    const port = url.port ?? (url.scheme === "https" ? 443 : 80);
    const ms = Math.round(performance.now() - startedAt);
    return `Failed to connect to ${connectHostOf(url)}:${port} after ${ms} ms: Could not connect to server`;
  },
  18: ({ response, reception }) => {
    const length = Number(response?.fields.getAll("content-length")[0]);
    if (Number.isNaN(length)) return "transfer closed with outstanding read data remaining";
    return `end of response with ${length - (reception?.delivered ?? 0)} bytes missing`;
  },
  22: ({ response, plan }) =>
    plan.settings.last("fail", "fail-with-body")?.name === "fail-with-body"
      ? "HTTP response code said error"
      : `The requested URL returned error: ${response?.status}`,
  28: ({ response, reception, startedAt }, failure) => {
    if (failure instanceof CurlError) return undefined;
    const ms = Math.round(performance.now() - startedAt);
    const length = response?.fields.getAll("content-length")[0];
    const outOf = length === undefined ? "" : ` out of ${length}`;
    return `Operation timed out after ${ms} milliseconds with ${reception?.delivered ?? 0}${outOf} bytes received`;
  },
  33: () => "HTTP server does not seem to support byte ranges. Cannot resume.",
  47: ({ redirects }) => `Maximum (${redirects}) redirects followed`,
  52: () => "Empty reply from server",
  63: ({ reception }) =>
    reception?.delivered
      ? `Exceeded the maximum allowed file size (${reception.limits?.maxBytes}) with ${reception.delivered} bytes`
      : "Maximum file size exceeded",
};
