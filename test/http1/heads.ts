import type { InformationalHead, RequestHead, ResponseHead, Version } from "../../src/http1/events.ts";
import { EMPTY_FIELDS, Fields, type FieldsSource } from "../../src/http1/fields.ts";

type FieldPairs = readonly (readonly [string, string])[];

/** A valid request, unless `parts` say otherwise. */
export function request(parts: Partial<RequestHead> & { more?: FieldPairs } = {}): RequestHead {
  const { more = [], ...rest } = parts;
  const fields = Fields.from([["Host", "a"], ...more]);
  return { type: "request", method: "GET", target: "/", version: "1.1", fields, ...rest };
}

export function response(status = 200, fields: FieldsSource = {}, version: Version = "1.1"): ResponseHead {
  return { type: "response", status, reason: "", version, fields: Fields.from(fields) };
}

export function informational(status = 100): InformationalHead {
  return { type: "informational", status, reason: "", version: "1.1", fields: EMPTY_FIELDS };
}

export const END = { type: "end", trailers: EMPTY_FIELDS } as const;
export const CHUNKED = ["Transfer-Encoding", "chunked"] as const;
export const contentLength = (length: number) => ["Content-Length", String(length)] as const;
