import type { Http1Leniency, Http1Limits } from "../../http1.ts";
import type { Settings } from "./settings.ts";

/** What curl forgives a server. `-v` and `--explain` show each use. */
export const AS_CURL: Http1Leniency = {
  bareLf: true,
  equalContentLengths: true,
  obsFold: true,
  forbiddenTrailers: true,
  anyFieldName: true,
  controlOctets: true,
  looseStatusLine: true,
  idleCodings: true,
  codingWins: true,
  anyChunkExt: true,
  unaskedSwitch: true,
  serverDecides: true,
};

/** The same, and what options ask for. `all`: a connection serves all transfers of a command line. */
export function leniencyOf(all: Settings): Http1Leniency {
  const ignoreContentLength = all.on("ignore-content-length");
  // What --raw shows was coded by the server as it liked.
  const otherCodings = all.on("tr-encoding") || all.on("raw");
  const http09 = all.on("http0.9");
  if (!ignoreContentLength && !otherCodings && !http09) return AS_CURL;
  return { ...AS_CURL, ignoreContentLength, otherCodings, http09 };
}

/** What curl 8 takes, where curl has a limit; where it has none, a limit that no server comes near. */
export const CURL_LIMITS: Partial<Http1Limits> = {
  maxStartLineBytes: 100 * 1024,
  maxHeadBytes: 300 * 1024,
  maxFieldLines: 5000,
  maxInformational: Number.POSITIVE_INFINITY, // maxHeadBytes counts their bytes, too
  maxChunkSizeDigits: 17,
  maxChunkExtBytes: 128 * 1024,
  maxMessageChunkExtBytes: 64 * 1024 * 1024,
  maxChunkOverheadBytes: 64 * 1024 * 1024,
  maxTrailerBytes: 64 * 1024,
  maxTrailerFieldLines: 1000,
};
