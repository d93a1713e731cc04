import { quote } from "../../bytes/text.ts";
import type { RequestHead } from "../../http1/events.ts";
import { TransportError } from "../../tcp/errors.ts";
import { methodNotAllowed, problem, type ServerResponse } from "./handler.ts";

/** The methods an origin server may have here; a handler decides for its resources. */
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS.split(", "));

/** §9.1: 501 says that no resource here has this method, 405 that this one has not. */
export function unknownMethod(method: string): ServerResponse | undefined {
  return KNOWN_METHODS.has(method)
    ? undefined
    : problem(501, "this method is not known here [RFC 9110 §9.1]");
}

/**
 * Answers what is no handler's business: requests about the server as a whole, and those RFC 9110 lets us refuse
 * for every resource alike. `undefined`: ask the handler.
 */
export function answerWithoutHandler(
  { method, target, version, fields }: RequestHead,
  secure: boolean,
): ServerResponse | undefined {
  // §9.3.6: we are no proxy. What follows a CONNECT may already be tunnel, so the connection ends.
  if (method === "CONNECT") return problem(501, "CONNECT is for proxies", [["Connection", "close"]]);
  // §7.4: nobody can be the origin of an https resource without its certificate, nor we of another scheme's.
  const scheme = target.startsWith("/") ? undefined : /^([^/:]+):\/\//.exec(target)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && !(scheme === "https" && secure)) {
    return problem(421, `this server is not the origin of ${scheme} resources [RFC 9110 §7.4]`);
  }
  // §9.3.8: it would show a page's script the credentials it cannot read otherwise (cross-site tracing).
  if (method === "TRACE") return methodNotAllowed("TRACE", METHODS);
  // §10.1.1: there is one expectation; in HTTP/1.0 there is none. Whether a client that has another one sends its
  // content now cannot be known, so the connection ends.
  const expect = version === "1.1" ? fields.value("expect") : undefined;
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    const sentence = `Expect: ${quote(expect)} is not known; 100-continue is [RFC 9110 §10.1.1]`;
    return problem(417, sentence, [["Connection", "close"]]);
  }
  // §9.3.7: a ping.
  if (method === "OPTIONS" && target === "*") return { status: 204, fields: [["Allow", METHODS]] };
  return undefined;
}

/** What a handler that failed is answered for. What a client is to blame for comes through `bytes()` and `json()`. */
export function answerToFailure(error: unknown): ServerResponse {
  if (error instanceof TransportError) {
    if (error.code === "BODY_TOO_LARGE") return problem(413, error.message, [["Connection", "close"]]);
    // RFC 9110 §15.6.4. What is still to come of this content is not read.
    if (error.code === "OVERLOADED") return problem(503, error.message, [["Connection", "close"]]);
    if (error.code === "DECODE_FAILED") return problem(400, error.message);
  }
  if (SYSTEM_FAILURES.has((error as NodeJS.ErrnoException | undefined)?.code ?? "")) {
    return problem(503, "the server cannot read what was asked for at the moment [RFC 9110 §15.6.4]");
  }
  return problem(500, "the handler of this request failed");
}

/** The system's fault rather than the handler's, and perhaps over soon: no descriptors, no memory, a disk that fails. */
const SYSTEM_FAILURES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EIO"]);
