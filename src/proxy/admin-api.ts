import type { HttpHandler, ServerRequest, ServerResponse } from "../http/server/handler.ts";
import { problem, text } from "../http/server/handler.ts";
import { type Route, router } from "../http/server/router.ts";
import { AdminError } from "./admin-errors.ts";
import type { Fleet, ToxicProxy } from "./admin-fleet.ts";
import { refusalOf } from "./admin-guard.ts";
import { jsonOf, proxiesAsked, proxyAsked, proxyChange, shownProxy } from "./admin-json.ts";

/*
 * toxiproxy's own HTTP API (github.com/Shopify/toxiproxy), so that its clients drive our proxies unchanged: the same
 * paths, JSON, statuses and sentences. docs/proxy-admin.md tells where we differ.
 */

/** The API as a handler. `version` is ours. */
export function adminHandler(fleet: Fleet, version: string | undefined): HttpHandler {
  const routed = router(routesOf(fleet, version));
  return async (request: ServerRequest) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return problem(403, refusal);
    try {
      return await routed(request);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      return answer(error.status, shownError(error));
    }
  };
}

function routesOf(fleet: Fleet, version: string | undefined): Route[] {
  const proxyRoutes: Route[] = [
    {
      path: "/proxies",
      methods: ["GET", "POST"],
      summary: "all proxies; POST creates one",
      handle: async (request) => {
        if (request.method !== "POST") {
          const shown = fleet.list().map((proxy) => [proxy.name, shownProxy(proxy)]);
          return answer(200, Object.fromEntries(shown));
        }
        return answer(201, shownProxy(await fleet.create(proxyAsked(await bodyOf(request)))));
      },
    },
    {
      path: "/proxies/:proxy",
      methods: ["GET", "POST", "PATCH", "DELETE"],
      summary: "one proxy; PATCH or POST changes listen, upstream or enabled",
      handle: async (request, name = "") => {
        if (request.method === "DELETE") {
          await fleet.remove(name);
          return { status: 204 };
        }
        const proxy = fleet.get(name);
        if (!changes(request)) return answer(200, shownProxy(proxy));
        return answer(200, shownProxy(await fleet.update(name, proxyChange(await bodyOf(request)))));
      },
    },
    {
      path: "/proxies/:proxy/toxics",
      methods: ["GET", "POST"],
      summary: "the toxics of a proxy; POST adds one",
      handle: async (request, name = "") => {
        const { toxics } = fleet.get(name);
        return answer(200, changes(request) ? toxics.add(await bodyOf(request)) : toxics.list());
      },
    },
    {
      path: "/proxies/:proxy/toxics/:toxic",
      methods: ["GET", "POST", "PATCH", "DELETE"],
      summary: "one toxic; PATCH or POST changes its attributes or toxicity",
      handle: async (request, name = "", toxic = "") => {
        const { toxics } = fleet.get(name);
        if (request.method === "DELETE") {
          toxics.remove(toxic);
          return { status: 204 };
        }
        return answer(
          200,
          changes(request) ? toxics.update(toxic, await bodyOf(request)) : toxics.get(toxic),
        );
      },
    },
  ];
  const routes: Route[] = [
    ...proxyRoutes,
    {
      path: "/reset",
      methods: ["POST"],
      summary: "enables every proxy and removes every toxic",
      handle: async () => {
        await fleet.reset();
        return { status: 204 };
      },
    },
    {
      path: "/populate",
      methods: ["POST"],
      summary: "creates or replaces the proxies of a list, with their toxics",
      handle: (request) => populate(fleet, request),
    },
    {
      path: "/version",
      methods: ["GET"],
      summary: "the version of toxiproxy whose API this is, then ours",
      handle: () => answer(200, { version: versionOf(version) }),
    },
  ];
  const index: Route = {
    path: "/",
    methods: ["GET"],
    summary: "this text",
    handle: () => text(indexOf([index, ...routes])),
  };
  return [index, ...routes];
}

async function populate(fleet: Fleet, request: ServerRequest): Promise<ServerResponse> {
  const made: ToxicProxy[] = [];
  try {
    await fleet.populate(proxiesAsked(await bodyOf(request)), made);
    return answer(201, { proxies: made.map(shownProxy) });
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return answer(error.status, { ...shownError(error), proxies: made.map(shownProxy) });
  }
}

/** The version of toxiproxy whose API this is. */
const API_VERSION = "2.12.0";

/** The version of the API, as clients compare it (semver.org §10: what stands behind + is not compared). */
const versionOf = (own: string | undefined): string =>
  own === undefined ? API_VERSION : `${API_VERSION}+wirepane.${own}`;

const changes = ({ method }: ServerRequest): boolean => method === "POST" || method === "PATCH";

/** Clients send JSON without saying so: curl -d says application/x-www-form-urlencoded. */
const bodyOf = async (request: ServerRequest): Promise<unknown> => jsonOf(await request.text());

const shownError = ({ message, status }: AdminError) => ({ error: message, status });

/** JSON in one line, as Go writes it. */
const answer = (status: number, value: unknown): ServerResponse => ({
  status,
  fields: [
    ["Content-Type", "application/json"],
    ["X-Content-Type-Options", "nosniff"],
  ],
  body: JSON.stringify(value),
});

const indexOf = (routes: readonly Route[]): string =>
  [
    "This is the HTTP API of wirepane's proxies: that of toxiproxy 2, whose clients can drive it.",
    "",
    ...routes.map(({ path, methods, summary }) => `${methods.join(" ")} ${path}\n    ${summary}`),
    "",
    "",
  ].join("\n");
