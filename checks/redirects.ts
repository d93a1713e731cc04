import { quote } from "../src/bytes/text.ts";
import { authenticate } from "../src/http/client/authentication/authenticate.ts";
import { HttpClient } from "../src/http/client/client.ts";
import type { RequestInput } from "../src/http/client/messages.ts";
import { proxyFor } from "../src/http/client/proxies/proxied.ts";
import type { ProxySetting } from "../src/http/client/proxies/proxy-options.ts";
import { followRedirects } from "../src/http/client/redirect.ts";
import { type Step, withSteps } from "../src/http/client/step.ts";
import { TransportError } from "../src/tcp/errors.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { PROXY_SECRETS, PROXY_USER, WAYS, type Way } from "./redirects/ways.ts";
import { type Arrival, createWorld } from "./redirects/world.ts";

/*
 * Every way in which a redirect can lead to another origin, with every secret that a request can have, directly and
 * through proxies. A real client sends the requests, and uses its connections again as it sees fit. Looked at is what
 * arrives: at each origin the octets of each request and the options of TLS, and at each proxy what the proxy is told.
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

interface SecretKind {
  readonly kind: string;
  /** At the same origin the secret goes along in every cell. */
  readonly stays: boolean;
  readonly input: (url: string) => RequestInput;
  /** A step that gives the secret to its own origin each time the chain comes by. */
  readonly step?: (url: string) => Step;
  /** The caller writes what a proxy that is asked by absolute-form is told. */
  readonly writesAll?: true;
  /** Part of TLS: a chain that begins without TLS has no secret. */
  readonly ofTls?: true;
}

const SECRETS: readonly SecretKind[] = [
  { kind: "Authorization", stays: true, input: withField("Authorization", `Bearer ${SECRET}`) },
  { kind: "Cookie", stays: true, input: withField("Cookie", `sid=${SECRET}`) },
  {
    kind: "Proxy-Authorization",
    stays: true,
    writesAll: true,
    input: withField("Proxy-Authorization", `Basic ${CODED}`),
  },
  { kind: "a key field", stays: true, input: withField("X-Api-Key", SECRET) },
  // A Location that is absolute leaves the credentials of the URL behind.
  {
    kind: "credentials in the URL",
    stays: false,
    input: (url) => ({ url: url.replace("//", `//user:${SECRET}@`) }),
  },
  // After 301, 302 and 303 there is no content.
  { kind: "content", stays: false, input: (url) => ({ url, body: `password=${SECRET}` }) },
  {
    kind: "a client certificate",
    stays: true,
    ofTls: true,
    input: (url) => ({ url, connect: { tls: { key: SECRET, cert: "c" } } }),
  },
  {
    kind: "a client certificate as PKCS#12",
    stays: true,
    ofTls: true,
    input: (url) => ({ url, connect: { tls: { pfx: new Uint8Array(1), passphrase: SECRET } } }),
  },
  // Written for one request: no redirect is followed.
  {
    kind: "a header section as text",
    stays: false,
    writesAll: true,
    input: (url) => ({ url, fieldText: `Host: ${new URL(url).host}\r\nX-Api-Key: ${SECRET}\r\n` }),
  },
  {
    kind: "a step that authenticates",
    stays: true,
    input: (url) => ({ url }),
    step: (origin) => authenticate({ origin, token: SECRET }),
  },
];

function withField(name: string, value: string): SecretKind["input"] {
  return (url) => ({ url, fields: { [name]: value } });
}

const STATUSES = [301, 302, 303, 307, 308];
const METHODS = ["GET", "POST", "PUT"];
/** One hop, and three: there, back, and there again. What was dropped must not come back on the way. */
const HOPS = [1, 3];
const CELLS =
  WAYS.length * RELATIONS.length * SECRETS.length * STATUSES.length * METHODS.length * HOPS.length;

export const check: Check = {
  promise: "a redirect takes no secret to another origin or proxy, and gives none back on the way",
  runs: { quick: 2003, full: CELLS, long: CELLS },
  run,
};

/** Fewer cells than all are spread evenly. */
async function run({ runs, seed, replay, print }: CheckOptions): Promise<CheckResult> {
  const counts = { cells: 0, followed: 0, refused: 0, wrong: 0 };
  const step = Math.max(CELLS / runs, 1);
  const cells = replay !== undefined ? [replay] : Array.from({ length: Math.min(runs, CELLS) }, (_, n) => n);
  for (const n of cells) {
    const number = replay ?? (Math.floor(n * step) + seed) % CELLS;
    const cell = cellOf(number);
    const chain = await followed(cell);
    counts.cells++;
    if (chain.error === undefined) counts.followed++;
    else counts.refused++;
    const faults = faultsOf(cell, chain);
    if (faults.length > 0) counts.wrong++;
    if (faults.length === 0 && replay === undefined) continue;
    print(`cell ${number}, ${named(cell)}: ${chain.error?.code ?? "followed"}: ${faults.join("; ")}`);
    for (const { atOrigin, atProxies } of chain.arrivals) {
      print(`  ${quote(atOrigin, 400)}`);
      for (const [proxy, told] of atProxies) print(`    ${proxy}: ${quote(told, 400)}`);
    }
  }
  const figures = [
    `${counts.cells.toLocaleString("en")} cells of ${CELLS.toLocaleString("en")}`,
    `${counts.followed.toLocaleString("en")} followed`,
    `${counts.refused.toLocaleString("en")} refused`,
    `${counts.wrong.toLocaleString("en")} with a secret in the wrong place`,
  ];
  return { passed: counts.wrong === 0, figures: figures.join(", ") };
}

interface Cell {
  readonly relation: (typeof RELATIONS)[number];
  readonly secret: SecretKind;
  readonly status: number;
  readonly method: string;
  readonly hops: number;
  readonly way: Way;
}

function cellOf(number: number): Cell {
  let rest = number;
  const next = <T>(list: readonly T[]): T => {
    const one = list[rest % list.length] as T;
    rest = Math.floor(rest / list.length);
    return one;
  };
  return {
    hops: next(HOPS),
    method: next(METHODS),
    status: next(STATUSES),
    secret: next(SECRETS),
    relation: next(RELATIONS),
    way: next(WAYS),
  };
}

const named = ({ relation: [relation], secret, status, method, hops, way }: Cell): string =>
  `${relation}, ${secret.kind}, ${status} ${method}, ${hops} hops, ${way.name}`;

interface Chain {
  /** The URLs that were asked, each with its arrival, in the same order. */
  readonly urls: readonly string[];
  readonly arrivals: readonly Arrival[];
  readonly error: TransportError | undefined;
}

async function followed({ relation, secret, status, method, hops, way }: Cell): Promise<Chain> {
  const [, from, to] = relation;
  const world = createWorld((arrivals) => {
    const answered = arrivals > hops ? 200 : status;
    return `HTTP/1.1 ${answered} \r\nLocation: ${arrivals % 2 === 1 ? to : from}\r\nContent-Length: 0\r\n\r\n`;
  });
  const proxy = way.proxies(from);
  const urls: string[] = [];
  await using client = new HttpClient({ dial: world.dial, ...(proxy && { proxy }) });
  const send = withSteps(
    (input) => {
      urls.push(String(input.url));
      return client.request(input);
    },
    ...(secret.step ? [secret.step(from)] : []),
  );
  try {
    // A downgrade is refused by default. Here it is allowed, since more can be lost that way.
    const policy = { allowDowngrade: true };
    const { response } = await followRedirects({ ...secret.input(from), method }, send, policy);
    response.discard();
    return { urls, arrivals: world.arrivals, error: undefined };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { urls, arrivals: world.arrivals, error };
  }
}

function faultsOf({ relation, secret, hops, way }: Cell, { urls, arrivals, error }: Chain): string[] {
  const [, from, , isSame] = relation;
  const faults: string[] = [];
  const found = arrivals.map((arrival) => hasSecret(everything(arrival)));
  const later = found.slice(1);
  const isBack = (index: number) => secret.step !== undefined && index % 2 === 1;
  if (!found[0] && !(secret.ofTls && from.startsWith("http:")))
    faults.push("the first request has no secret");
  if (!isSame && later.some((has, index) => has && !isBack(index))) {
    faults.push("a secret at a foreign origin");
  }
  if (isSame && secret.stays && !(later.length === hops && later.every(Boolean))) {
    faults.push("a secret is missing at its own origin");
  }
  if (error && hasSecret(error.message)) faults.push("a secret in the error");
  if (urls.length !== arrivals.length) faults.push(`${urls.length} requests, and ${arrivals.length} arrived`);
  for (const [index, arrival] of arrivals.entries()) {
    const ownLine = secret.writesAll === true && (index === 0 || isSame === true);
    faults.push(...proxyFaults(arrival, urls[index] ?? "", way.proxies(from), ownLine));
  }
  return faults;
}

/** @param ownLine the caller writes the line for the proxy: in absolute-form, ours is not added. */
function proxyFaults(
  { atOrigin, atProxies }: Arrival,
  url: string,
  setting: ProxySetting | undefined,
  ownLine: boolean,
): string[] {
  const faults: string[] = [];
  if (proxySecretsIn(atOrigin).length > 0) faults.push("the origin sees what is for a proxy");
  const expected = new Map<string, readonly string[]>();
  for (let proxy = proxyFor(url, setting); proxy; proxy = proxyFor(url, proxy.before)) {
    const { host = "", password = "", fields } = proxy;
    expected.set(host, proxySecretsIn(`${password} ${JSON.stringify(fields)}`));
  }
  if ([...atProxies.keys()].sort().join() !== [...expected.keys()].sort().join()) {
    faults.push(`went through ${[...atProxies.keys()].join(" and ") || "no proxy"}`);
  }
  for (const [proxy, told] of atProxies) {
    const found = proxySecretsIn(told).join();
    if (found === (expected.get(proxy) ?? []).join() || (ownLine && found === "")) continue;
    faults.push(`${proxy} sees ${found || "no password"}`);
  }
  return faults;
}

const everything = ({ atOrigin, atProxies }: Arrival): string => [atOrigin, ...atProxies.values()].join("\n");

const hasSecret = (text: string): boolean => text.includes(SECRET) || text.includes(CODED);

const proxySecretsIn = (text: string): string[] =>
  PROXY_SECRETS.filter((secret) => text.includes(secret) || text.includes(btoa(`${PROXY_USER}:${secret}`)));
