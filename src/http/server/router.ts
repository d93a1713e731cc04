import { type Answer, type HttpHandler, methodNotAllowed, problem, type ServerRequest } from "./handler.ts";
import { discardBody } from "./outgoing-response.ts";
import { unknownMethod } from "./unhandled-request.ts";

/** A resource: its path, its methods, and its handler. */
export interface Route {
  /** The path, as `/bytes/:n`: a segment that begins with a colon stands for any one segment. */
  readonly path: string;
  /** The methods of the resource. GET brings HEAD along; OPTIONS is always answered. */
  readonly methods: readonly string[];
  /** Answers a request. `parameters` are the segments that the colons stand for, percent-decoded. */
  readonly handle: (request: ServerRequest, ...parameters: string[]) => Answer | Promise<Answer>;
  /** A line about the resource, for a page that lists the routes. */
  readonly summary: string;
}

/**
 * A handler that picks the first route by path, then looks at the method. No route: 404; a method that the route
 * lacks: 405 with Allow; an unknown method: 501 (RFC 9110 §15.5.5, §15.5.6, §15.6.2).
 */
export function router(routes: readonly Route[]): HttpHandler {
  const byPath = routes.map((route) => ({ route, segments: route.path.split("/") }));
  return (request) => {
    const { method } = request;
    const unknown = unknownMethod(method);
    if (unknown !== undefined) return unknown;
    const segments = request.path.split("/");
    for (const { route, segments: wanted } of byPath) {
      const parameters = match(wanted, segments);
      if (parameters === undefined) continue;
      const allow = allowed(route.methods);
      if (method === "OPTIONS") return { status: 204, fields: [["Allow", allow.join(", ")]] };
      if (!allow.includes(method)) return methodNotAllowed(method, allow.join(", "));
      return route.handle(request, ...parameters);
    }
    return problem(404, "there is no such resource; / lists the resources");
  };
}

/**
 * Asks the first handler. If it does not have the resource (404 or 405, and not `final`), asks the second one. Where the
 * second one answers 404, too, the answer of the first one is given.
 */
export function firstOf(first: HttpHandler, second: HttpHandler): HttpHandler {
  return async (request) => {
    const answer = await first(request);
    if ((answer.status !== 404 && answer.status !== 405) || ("final" in answer && answer.final))
      return answer;
    const other = await second(request);
    const isFirst = other.status === 404;
    discardBody(isFirst ? other : answer);
    return isFirst ? answer : other;
  };
}

function match(wanted: readonly string[], segments: readonly string[]): string[] | undefined {
  if (wanted.length !== segments.length) return undefined;
  const parameters: string[] = [];
  for (let i = 0; i < wanted.length; i++) {
    const segment = segments[i] as string;
    if (wanted[i]?.startsWith(":")) parameters.push(segment);
    else if (wanted[i] !== segment) return undefined;
  }
  return parameters;
}

function allowed(methods: readonly string[]): string[] {
  const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...allow, "OPTIONS"];
}
