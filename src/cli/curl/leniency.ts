import type { Http1Leniency } from "../../http1.ts";

/** What curl forgives a server. `-v` and `--explain` show each use. */
export const AS_CURL: Http1Leniency = {
  bareLf: true,
  equalContentLengths: true,
  obsFold: true,
  forbiddenTrailers: true,
};
