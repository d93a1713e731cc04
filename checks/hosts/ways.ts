import { isIP } from "node:net";
import { latin1, utf8Bytes } from "../../src/bytes/text.ts";
import { authenticate } from "../../src/http/client/authentication/authenticate.ts";
import { HttpClient, type HttpClientOptions } from "../../src/http/client/client.ts";
import { createCookieJar } from "../../src/http/client/cookies/cookie-jar.ts";
import { createFetch } from "../../src/http/client/create-fetch.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { isWithoutProxy, proxyFromEnvironment } from "../../src/http/client/proxies/environment.ts";
import { followRedirects } from "../../src/http/client/redirect.ts";
import { withSteps } from "../../src/http/client/step.ts";
import { Fields } from "../../src/http1/fields.ts";
import { routeForward } from "../../src/proxy/forward.ts";
import { parseUpstream } from "../../src/proxy/upstream.ts";
import { type ConnectOptions, connect } from "../../src/tcp/connect.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import type { Greet, Handshake } from "../../src/tcp/hops/hop.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";

/*
 * The ways in which a host gets into a program. Each takes a spelling and says which host it stands for, or throws. A
 * way that compares with a host takes the right host, too, and gives it back if the two are the same. `undefined`: the
 * spelling cannot be told by this way.
 */

export type Way = (written: string, host: string) => Promise<string | undefined> | string | undefined;

/** A client whose connections lead nowhere, and what was asked of them. */
class Listener implements AsyncDisposable {
  readonly dialled: ConnectOptions[] = [];
  readonly heads: string[] = [];
  readonly client: HttpClient;

  constructor(options: HttpClientOptions = {}, answers: readonly string[] = []) {
    this.client = new HttpClient({ ...options, dial: async (given) => this.#dial(given, answers) });
  }

  #dial(given: ConnectOptions, answers: readonly string[]) {
    this.dialled.push(given);
    const [near, far] = memoryConnectionPair();
    far.attach({
      onBytes: (bytes) => {
        this.heads.push(latin1(bytes));
        far.send(answers[this.heads.length - 1] ?? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      },
      onEnd: () => void far.end(),
      onClose() {},
    });
    return near;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.close();
  }
}

async function asked(input: RequestInput, options?: HttpClientOptions): Promise<Listener> {
  await using listener = new Listener(options);
  await (await listener.client.request(input)).bytes();
  return listener;
}

const http = (host: string): string => `http://${host}/`;
const https = (host: string): string => `https://${host}/`;
const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);
const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

/** What a way that compares says of two that differ. */
const ANOTHER = "another host";

/** A host that stands in a URL. */
export const WAYS_OF_URLS: Readonly<Record<string, Way>> = {
  "the client connects to": async (written) => (await asked({ url: http(written) })).dialled[0]?.host ?? "",
  "TLS verifies": async (written) => {
    const { tls } = (await asked({ url: https(written) })).dialled[0] ?? {};
    return (typeof tls === "object" && tls.servername) || "";
  },
  "Host says": async (written) =>
    bare(/^Host: (.*)\r$/m.exec((await asked({ url: http(written) })).heads[0] ?? "")?.[1] ?? ""),
  "an HTTP proxy is asked for": async (written) => {
    const { heads } = await asked({ url: http(written) }, { proxy: "http://proxy.example:1" });
    return bare(/^GET http:\/\/([^/]*)\//.exec(heads[0] ?? "")?.[1] ?? "");
  },
  "CONNECT leads to": async (written) => {
    const { dialled } = await asked({ url: https(written) }, { proxy: "http://proxy.example:1" });
    return bare(
      /^CONNECT (.*):\d+ /.exec(latin1(handshakeOf(dialled[0]).start().send ?? new Uint8Array()))?.[1] ?? "",
    );
  },
  "SOCKS leads to": async (written) => {
    const { dialled } = await asked({ url: http(written) }, { proxy: "socks5h://proxy.example:1" });
    const handshake = handshakeOf(dialled[0]);
    handshake.start();
    return socksHost(handshake.receive(new Uint8Array([5, 0])).send ?? new Uint8Array());
  },
  "NO_PROXY covers": (written, host) => {
    if (/^\.+$/.test(host)) return undefined; // no name, and no entry for it
    const proxy = proxyFromEnvironment({ all_proxy: "http://proxy.example:1", no_proxy: host });
    return proxy(new URL(http(written))) === undefined ? host : ANOTHER;
  },
  "the pool shares a connection with": async (written, host) => {
    await using listener = new Listener();
    for (const url of [http(written), http(inUrl(host))]) {
      await (await listener.client.request({ url })).bytes();
    }
    return listener.dialled.length === 1 ? host : ANOTHER;
  },
  "a cookie is for": async (written) => {
    const jar = createCookieJar();
    await jar.received(http(written), ["a=1"]);
    return bare(jar.cookies()[0]?.domain ?? "");
  },
  "the jar sends the cookies of": async (written, host) => {
    const jar = createCookieJar();
    await jar.received(http(inUrl(host)), ["a=1"]);
    return jar.fieldFor(http(written)) === "a=1" ? host : ANOTHER;
  },
  "credentials are for": async (written, host) => {
    await using listener = new Listener();
    const step = authenticate({ origin: http(written), user: "u", schemes: ["basic"] });
    const send = withSteps((input) => listener.client.request(input), step);
    await (await send({ url: http(inUrl(host)) })).bytes();
    return /^Authorization: /m.test(listener.heads[0] ?? "") ? host : ANOTHER;
  },
  "a redirect keeps the secrets of": async (written, host) => {
    // A field value has no control octets, and a Location with credentials is refused whatever its host.
    if (/[\0-\x1f\x7f@]/.test(written)) return undefined;
    const location = latin1(utf8Bytes(http(written)));
    const moved = `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
    await using listener = new Listener({}, [moved]);
    const input = { url: http(inUrl(host)), fields: { Authorization: "x" } };
    const { response } = await followRedirects(input, (each) => listener.client.request(each));
    response.discard();
    return /^Authorization: x/m.test(listener.heads[1] ?? "") ? host : ANOTHER;
  },
  "fetch tells": async (written) => {
    if (written.includes("@")) return undefined; // credentials are refused
    await using listener = new Listener();
    const response = await createFetch({ client: listener.client })(http(written));
    await response.text();
    return bare(new URL(response.url).hostname);
  },
};

/** A host that somebody gives without a URL. Such a host may be refused, but may not be another one. */
export const WAYS_OF_NAMES: Readonly<Record<string, Way>> = {
  "connect() dials": (written) => (isIP(written) === 6 ? undefined : reached({ host: written, port: 80 })),
  "the server behind a proxy is": (written) => reached(parseUpstream(`${written}:80`).connect),
  "the https server behind a proxy is": (written) => reached(parseUpstream(`https://${written}`).connect),
  "a forward proxy tunnels to": (written) => forwarded("CONNECT", `${written}:80`),
  "a forward proxy asks": (written) => forwarded("GET", http(written)),
  "a forward proxy for this host alone leads to": (written, host) => {
    const asked = routeForward({ only: [host] })({ ...HEAD, method: "CONNECT", target: `${written}:80` });
    return "status" in asked ? undefined : host;
  },
  "an HTTP proxy is at": (written) => viaProxy(`http://${written}:3128`),
  "a SOCKS proxy is at": (written) => viaProxy(`socks5h://${written}:1080`),
  "an entry of NO_PROXY covers": (written, host) => (isWithoutProxy(host, written) ? host : undefined),
};

const HEAD = { type: "request", version: "1.1", fields: new Fields([]) } as const;

async function forwarded(method: string, target: string): Promise<string> {
  const asked = routeForward({})({ ...HEAD, method, target });
  if ("status" in asked) throw new TypeError(asked.sentence);
  return reached(asked.connect);
}

async function viaProxy(proxy: string): Promise<string | undefined> {
  if (/\\.*@/.test(proxy)) return undefined; // a user of a domain, as curl reads it: http://DOMAIN\user@proxy
  const { dialled } = await asked({ url: "http://a.example/" }, { proxy });
  const { host, port } = dialled[0]?.through?.[0] ?? {};
  return reached({ host: host ?? "", port: port ?? 0 });
}

/** What would be dialled: the name that is looked up, or the address. Nothing is. */
async function reached(options: ConnectOptions): Promise<string> {
  let name: string | undefined;
  const found: string[] = [];
  const error = await connect({
    ...options,
    lookup: async (host) => {
      name = host;
      return [{ address: "192.0.2.1", family: 4 }];
    },
    addressPolicy: (address) => {
      if (address.family !== "unix") found.push(address.host);
      return false;
    },
  }).then(
    () => new TypeError("connected"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransportError) || error.code !== "ADDRESS_REFUSED") throw error;
  // Names below localhost are not looked up.
  const host = name ?? (found.length > 1 ? options.host : found[0]) ?? "";
  return bare(new URL(http(inUrl(host))).hostname);
}

function handshakeOf({ through = [], host = "", port = 0 }: ConnectOptions = {}): Handshake {
  const { greet, settings } = through.at(-1) ?? {};
  if (greet === undefined) throw new TypeError("no proxy was asked");
  return (greet as (...given: Parameters<Greet>) => Handshake)({ host, port }, settings as never, () => {});
}

/** The host of a SOCKS5 request (RFC 1928 §4, §5). */
function socksHost(request: Uint8Array): string {
  const [, , , type, length = 0] = request;
  if (type === 3) return latin1(request.subarray(5, 5 + length));
  if (type === 1) return request.subarray(4, 8).join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((request[4 + 2 * i] ?? 0) << 8) | (request[5 + 2 * i] ?? 0)).toString(16),
  );
  return bare(new URL(`http://[${groups.join(":")}]/`).hostname);
}
