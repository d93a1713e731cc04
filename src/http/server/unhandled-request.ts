import type { RequestHead } from "../../http1/events.ts";
import { TransportError } from "../../tcp/errors.ts";
import { methodNotAllowed, problem, type ServerResponse } from "./handler.ts";

/** The methods an origin server may have here; a handler decides for its resources. */
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS.split(", "));

/** RFC 9110 §9.1: no resource here has this method (501). Where only one resource lacks it, the answer is 405. */
export function unknownMethod(method: string): ServerResponse | undefined {
  return KNOWN_METHODS.has(method)
    ? undefined
    : problem(501, "this server does not know this method [RFC 9110 §9.1]");
}

/**
 * Answers requests that no handler is asked for: requests about the server as a whole, and requests that RFC 9110 lets a
 * server refuse for all its resources. `undefined`: ask the handler.
 */
export function answerWithoutHandler(
  { method, target, version, fields }: RequestHead,
  secure: boolean,
): ServerResponse | undefined {
  // §9.3.6: we are no proxy. The bytes after a CONNECT may belong to the tunnel already, so the connection ends.
  if (method === "CONNECT") return problem(501, "CONNECT is for proxies", [["Connection", "close"]]);
  // §7.4: without TLS we cannot be the origin of an https resource, and never of one with another scheme.
  const scheme = target.startsWith("/") ? undefined : /^([^/:]+):\/\//.exec(target)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && !(scheme === "https" && secure)) {
    return problem(421, `this server is not the origin of ${scheme} resources [RFC 9110 §7.4]`);
  }
  // §9.3.8: TRACE would show the script of a page credentials that it cannot read otherwise (cross-site tracing).
  if (method === "TRACE") return methodNotAllowed("TRACE", METHODS);
  // §10.1.1: the only expectation is 100-continue, and HTTP/1.0 has none. A client with another expectation may send its
  // content or hold it back: we cannot know, so the connection ends.
  const expect = version === "1.1" ? fields.value("expect") : undefined;
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    return problem(417, "this server knows Expect: 100-continue only [RFC 9110 §10.1.1]", [
      ["Connection", "close"],
    ]);
  }
  // §9.3.7: like a ping.
  if (method === "OPTIONS" && target === "*") return { status: 204, fields: [["Allow", METHODS]] };
  return undefined;
}

/** The answer for a handler that failed. Where the client is to blame, the error comes from `bytes()` or `json()`. */
export function answerToFailure(error: unknown): ServerResponse {
  if (error instanceof TransportError) {
    if (error.code === "BODY_TOO_LARGE") return problem(413, error.message, [["Connection", "close"]]);
    // RFC 9110 §15.6.4. The rest of this content is not read, so the connection ends.
    if (error.code === "OVERLOADED") return problem(503, error.message, [["Connection", "close"]]);
    if (error.code === "DECODE_FAILED") return problem(400, error.message);
  }
  if (SYSTEM_FAILURES.has((error as NodeJS.ErrnoException | undefined)?.code ?? "")) {
    return problem(503, "the server cannot read this resource at the moment [RFC 9110 §15.6.4]");
  }
  return problem(500, "the handler of this request failed");
}

/** The system failed, not the handler, and it may recover soon: no descriptors, no memory, a disk that fails. */
const SYSTEM_FAILURES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EIO"]);
