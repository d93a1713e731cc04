import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import { ContentBudget } from "../../../src/http/server/content-budget.ts";
import { IncomingRequest } from "../../../src/http/server/incoming-request.ts";
import type { RequestHead } from "../../../src/http1/events.ts";
import { memoryConnectionPair } from "../../../src/tcp/memory-connection.ts";
import { hold, type Target } from "../target.ts";
import { Reading } from "./reading.ts";

const NO_CONTENT = { maxBodyBytes: 0, contentBudget: new ContentBudget(0) };

const [, connection] = memoryConnectionPair();
const nobody = { onStart() {}, onTaken() {} };

/** A method, a target and a host, separated by a single space. */
export const target: Target = {
  name: "target",
  weight: 2,
  maxBytes: 256,
  seeds: [
    "GET / a",
    "GET /a/../b?c=%20&d#e a:80",
    "GET http://A.b:80/c?d a.B",
    "OPTIONS * a",
    "CONNECT a:443 a:443",
    "GET https://[::1]?x [::1]:443",
    "GET ftp://a a",
  ],
  fuzz(data) {
    const [, method, wanted, host = ""] = /^(\S+) (\S+) ?([^\r\n]*)$/.exec(latin1(data)) ?? [];
    if (method === undefined || wanted === undefined) return;
    const bytes = latin1Bytes(`${method} ${wanted} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const [message] = new Reading({ role: "server", closes: false, observed: false }).read(bytes).messages;
    if (message === undefined) return;
    const head = message.head as RequestHead;
    const { rawPath, path, query, url } = new IncomingRequest(head, connection, nobody, NO_CONTENT);
    hold(head.target === wanted, () => "the target is as it stands on the wire");
    hold(
      !rawPath.includes("?") && !path.includes("\0") === !/%00/.test(rawPath),
      () => `a path like ${path}`,
    );
    if (method !== "CONNECT" && wanted !== "*") hold(rawPath.startsWith("/"), () => `the path is ${rawPath}`);
    hold(typeof url === "string" && query.size >= 0, () => "there is a URL and a query");
  },
};
