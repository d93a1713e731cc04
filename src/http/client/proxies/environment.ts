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
 * Whether a list such as NO_PROXY covers the host: `*` alone covers all. Otherwise it is a list of names, addresses and
 * networks (`10.0.0.0/8`, `fd00::/8`), separated by commas or blanks. A name covers its subdomains. Letter case, a dot in
 * front and a dot at the end do not matter. As in curl, ports have no place here: an entry with a port covers nothing.
 *
 * @param host a name or an address as the WHATWG URL writes it (canonical); IPv6 with or without brackets.
 */
export function isWithoutProxy(host: string, list: string): boolean {
  if (list.trim() === "*") return true;
  const address = addressOctets(host.replace(/^\[|\]$/g, ""));
  const name = host.toLowerCase().replace(/\.$/, "");
  return list
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .some((entry) => (address === undefined ? coversName(entry, name) : coversAddress(entry, address)));
}

function coversName(entry: string, name: string): boolean {
  const suffix = entry.toLowerCase().replace(/\.$/, "").replace(/^\./, "");
  return suffix !== "" && (name === suffix || name.endsWith(`.${suffix}`));
}

function coversAddress(entry: string, address: Uint8Array): boolean {
  const [text = "", bits, ...more] = entry.split("/");
  const network = addressOctets(text.replace(/^\[(.*)\]$/, "$1"));
  if (network === undefined || network.length !== address.length || more.length > 0) return false;
  const length = bits === undefined ? network.length * 8 : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (length < 0 || length > network.length * 8) return false;
  return network.every((octet, index) => {
    const left = Math.min(8, Math.max(0, length - index * 8));
    const mask = (0xff00 >> left) & 0xff;
    return (octet & mask) === ((address[index] ?? 0) & mask);
  });
}
