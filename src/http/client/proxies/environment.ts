import { addressOctets } from "./octets.ts";

/** The environment variables that matter here, as `process.env` has them. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL, as curl chooses it: `http_proxy` (in lower case only: `HTTP_PROXY` could
 * come from the request that a CGI program answers), `https_proxy` or `HTTPS_PROXY`, then `all_proxy` or `ALL_PROXY`, unless
 * `no_proxy` or `NO_PROXY` covers the host. For `HttpClientOptions.proxy`.
 *
 * @param environment `process.env` by default. It is read for each URL.
 */
export function proxyFromEnvironment(
  environment: ProxyEnvironment = process.env,
): (url: URL) => string | undefined {
  return ({ protocol, hostname }) => {
    const own = (name: string): string | undefined =>
      Object.hasOwn(environment, name) ? environment[name] || undefined : undefined;
    const noProxy = own("no_proxy") ?? own("NO_PROXY");
    if (noProxy !== undefined && isWithoutProxy(hostname, noProxy)) return undefined;
    const scheme = protocol === "https:" ? (own("https_proxy") ?? own("HTTPS_PROXY")) : own("http_proxy");
    return scheme ?? own("all_proxy") ?? own("ALL_PROXY");
  };
}

/**
 * Whether a list such as NO_PROXY covers the host, as curl 8.23 decides: `*` covers all. Otherwise it is a list of names,
 * addresses and networks (`10.0.0.0/8`, `fd00::/8`), separated by commas. A name covers its subdomains. Letter case, a dot
 * in front and a dot at the end of a name do not matter. Ports and brackets have no place here: an entry that has them
 * covers nothing. No network is so large that it covers all addresses (`0.0.0.0/0`).
 *
 * @param host a name or an address as the WHATWG URL writes it (canonical); IPv6 with or without brackets.
 */
export function isWithoutProxy(host: string, list: string): boolean {
  if (list === "*") return true;
  const address = addressOctets(host.replace(/^\[|\]$/g, ""));
  const name = host.toLowerCase().replace(/\.$/, "");
  return list
    .split(",")
    .map((part) => /[^ \t]+/.exec(part)?.[0] ?? "") // what follows a blank says nothing
    .some((entry) => (address === undefined ? coversName(entry, name) : coversAddress(entry, address)));
}

function coversName(entry: string, name: string): boolean {
  const suffix = entry.toLowerCase().replace(/\.$/, "").replace(/^\./, "");
  return suffix !== "" && (name === suffix || name.endsWith(`.${suffix}`));
}

function coversAddress(entry: string, address: Uint8Array): boolean {
  const [text = "", bits, ...more] = entry.split("/");
  const network = addressOctets(text);
  if (network === undefined || network.length !== address.length || more.length > 0) return false;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return false;
  const all = network.length * 8;
  const length = Number(bits ?? all) || all;
  if (length > all) return false;
  return network.every((octet, index) => {
    const left = Math.min(8, Math.max(0, length - index * 8));
    const mask = (0xff00 >> left) & 0xff;
    return (octet & mask) === ((address[index] ?? 0) & mask);
  });
}
