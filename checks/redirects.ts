import { latin1, quote } from "../src/bytes/text.ts";
import type { ClientResponse, RequestInput } from "../src/http/client/messages.ts";
import { outgoingRequest } from "../src/http/client/outgoing-request.ts";
import { followRedirects } from "../src/http/client/redirect.ts";
import { parseRequestUrl } from "../src/http/client/request-url.ts";
import { encodeHead } from "../src/http1/encode.ts";
import { Fields } from "../src/http1/fields.ts";
import { TransportError } from "../src/tcp/errors.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";

/*
 * Every way in which a redirect can lead to another origin, with every secret that a request can have. Looked at is what
 * would be sent: the octets of each head, the content, and the options of the connection.
 */

const SECRET = "s3cr3t-0f-th3-c4ll3r";
/** As Basic sends it. */
const CODED = btoa(`user:${SECRET}`);

/** From one origin to another; `same`: to the same one, so that the check can see that the secrets are there. */
const RELATIONS: readonly [relation: string, from: string, to: string, same?: true][] = [
  ["the same origin", "https://a.example/", "https://a.example/next", true],
  ["the same origin, spelled differently", "https://a.example/", "HTTPS://A.EXAMPLE:443/next", true],
  ["another host", "https://a.example/", "https://b.example/"],
  ["a subdomain", "https://a.example/", "https://www.a.example/"],
  ["the parent domain", "https://www.a.example/", "https://a.example/"],
  ["another port", "https://a.example/", "https://a.example:8443/"],
  ["from http to https", "http://a.example/", "https://a.example/"],
  ["from https to http", "https://a.example/", "http://a.example/"],
  ["a dot behind the host", "https://a.example/", "https://a.example./"],
  ["a host behind credentials", "https://a.example/", "https://a.example@b.example/"],
  ["backslashes", "https://a.example/", "\\\\b.example\\next"],
  ["from an address to a name", "http://127.0.0.1/", "http://localhost/"],
];

const SECRETS: readonly [kind: string, of: (url: string) => RequestInput][] = [
  ["Authorization", (url) => ({ url, fields: { Authorization: `Bearer ${SECRET}` } })],
  ["Cookie", (url) => ({ url, fields: { Cookie: `sid=${SECRET}` } })],
  ["Proxy-Authorization", (url) => ({ url, fields: { "Proxy-Authorization": `Basic ${CODED}` } })],
  ["a key field", (url) => ({ url, fields: { "X-Api-Key": SECRET } })],
  ["credentials in the URL", (url) => ({ url: url.replace("//", `//user:${SECRET}@`) })],
  ["content", (url) => ({ url, body: `password=${SECRET}` })],
  ["a client certificate", (url) => ({ url, connect: { tls: { key: SECRET, cert: "c" } } })],
];

/**
 * At the same origin these go along in every cell. Content does not with 301, 302 and 303, nor do the credentials of a URL
 * if the Location is absolute.
 */
const ALWAYS_KEPT = new Set(
  SECRETS.map(([kind]) => kind).filter((kind) => kind !== "content" && kind !== "credentials in the URL"),
);

const STATUSES = [301, 302, 303, 307, 308];
const METHODS = ["GET", "POST", "PUT"];
/** One hop, and three: there, back, and there again. What was dropped must not come back on the way. */
const HOPS = [1, 3];
const CELLS = RELATIONS.length * SECRETS.length * STATUSES.length * METHODS.length * HOPS.length;

export const check: Check = {
  promise: "a redirect takes no secret to another origin, and gives none back on the way",
  runs: { quick: CELLS, long: CELLS },
  run,
};

/** Runs all cells, whatever number is asked for. */
async function run({ replay, print }: CheckOptions): Promise<CheckResult> {
  const counts = { cells: 0, followed: 0, refused: 0, leaks: 0, lost: 0 };
  for (const [relation, from, to, same] of RELATIONS) {
    for (const [kind, secretOf] of SECRETS) {
      for (const status of STATUSES) {
        for (const method of METHODS) {
          for (const hops of HOPS) {
            const cell = counts.cells++;
            if (replay !== undefined && replay !== cell) continue;
            const { sent, error } = await chain({ ...secretOf(from), method }, status, hops, from, to);
            if (error === undefined) counts.followed++;
            else counts.refused++;
            const [first = "", ...later] = sent;
            const kept = later.filter(hasSecret).length;
            const leaks = !same && kept > 0;
            const lost = !hasSecret(first) || (same && ALWAYS_KEPT.has(kind) && kept !== hops);
            if (leaks) counts.leaks++;
            if (lost) counts.lost++;
            if (!leaks && !lost && replay === undefined) continue;
            print(
              `cell ${cell}, ${relation}, ${kind}, ${status} ${method}, ${hops} hops: ${error ?? "followed"}`,
            );
            for (const each of sent) print(`  ${quote(each, 400)}`);
          }
        }
      }
    }
  }
  const number = (value: number) => value.toLocaleString("en");
  const figures = [
    `${number(counts.cells)} cells`,
    `${number(counts.followed)} followed`,
    `${number(counts.refused)} refused`,
    `${number(counts.leaks)} secrets at foreign origins`,
    ...(counts.lost > 0 ? [`${number(counts.lost)} secrets missing at their own`] : []),
  ];
  return { passed: counts.leaks + counts.lost === 0, figures: figures.join(", ") };
}

/** What a chain of redirects sends, as text: heads, contents, options of connections. */
async function chain(input: RequestInput, status: number, hops: number, from: string, to: string) {
  const sent: string[] = [];
  const send = async (each: RequestInput): Promise<ClientResponse> => {
    sent.push(wireOf(each));
    const answered = sent.length > hops ? 200 : status;
    const fields = new Fields(["Location", sent.length % 2 === 1 ? to : from]);
    return { status: answered, fields, discard() {} } as unknown as ClientResponse;
  };
  try {
    // Refused by default. Here it is allowed, since more can be lost that way.
    await followRedirects(input, send, { allowDowngrade: true });
    return { sent, error: undefined };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (hasSecret(error.message)) sent.push(`an error that shows it: ${error.message}`);
    return { sent, error: error.code };
  }
}

function wireOf(input: RequestInput): string {
  const { head, content } = outgoingRequest(input, parseRequestUrl(input.url));
  const text = content instanceof Uint8Array ? latin1(content) : "";
  return `${encodeHead(head)}${text}${input.connect === undefined ? "" : JSON.stringify(input.connect)}`;
}

const hasSecret = (text: string): boolean => text.includes(SECRET) || text.includes(CODED);
