import type { ProxyOptions, ProxySetting } from "../../src/http/client/proxies/proxy-options.ts";

/** How requests reach their origins, and who must learn what on the way. */
export interface Way {
  readonly name: string;
  /** The proxies, for a chain of redirects that begins at this URL; `undefined`: none. */
  readonly proxies: (from: string) => ProxySetting | undefined;
}

/** The password of each proxy. No proxy, and no origin, may see the password of another proxy. */
export const PROXY_SECRETS = ["pr0xy-a-p4ssw0rd", "pr0xy-a-0th3r", "pr0xy-b-p4ssw0rd", "pr0xy-k3y"] as const;
const [PASSWORD_A, OTHER_PASSWORD_A, PASSWORD_B, PROXY_KEY] = PROXY_SECRETS;
export const PROXY_USER = "u";

const one = `http://${PROXY_USER}:${PASSWORD_A}@proxy-a.example:3128`;
const other = `http://${PROXY_USER}:${PASSWORD_B}@proxy-b.example:3128`;
const tunnel: ProxyOptions = {
  scheme: "https",
  host: "proxy-a.example",
  port: 3128,
  user: PROXY_USER,
  password: PASSWORD_A,
  fields: { "X-Proxy-Key": PROXY_KEY },
  tunnel: true,
};

const byOrigin =
  (near: string, far: string | undefined) =>
  (from: string): ProxySetting => {
    const { origin } = new URL(from);
    return (url) => (url.origin === origin ? near : far);
  };

export const WAYS: readonly Way[] = [
  { name: "directly", proxies: () => undefined },
  { name: "through an HTTP proxy", proxies: () => one },
  { name: "through tunnels of an https proxy", proxies: () => tunnel },
  { name: "through a SOCKS proxy", proxies: () => one.replace("http:", "socks5h:") },
  { name: "through a chain of proxies", proxies: () => ({ ...tunnel, before: other }) },
  { name: "through another proxy for other origins", proxies: byOrigin(one, other) },
  {
    name: "through the same proxy as somebody else for other origins",
    proxies: byOrigin(one, one.replace(PASSWORD_A, OTHER_PASSWORD_A)),
  },
  {
    name: "through another SOCKS proxy for other origins",
    proxies: byOrigin(one.replace("http:", "socks5h:"), other.replace("http:", "socks5h:")),
  },
  { name: "without a proxy for other origins", proxies: byOrigin(one, undefined) },
];
