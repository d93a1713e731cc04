/** Whether an address says little without its zone, which is an interface of this machine (RFC 4007 §11). */
export const isLinkLocal = (host: string): boolean => LINK_LOCAL.test(host);

/** RFC 4291 §2.5.6: fe80::/10. */
const LINK_LOCAL = /^fe[89ab][\da-f]:/i;

/**
 * The host with the name of its zone, if the zone is a number. `undefined`: a link-local address without a zone of this
 * machine. libuv knows names only. From Node 22 on, it takes the first interface in place of one that is not there.
 */
export function withNamedZone(host: string): string | undefined {
  if (!isLinkLocal(host)) return host;
  const [address, zone] = host.split("%");
  const found = Object.entries(process.getBuiltinModule("node:os").networkInterfaces()).find(
    ([name, addresses = []]) =>
      name === zone || addresses.some((each) => each.scopeid && String(each.scopeid) === zone),
  );
  return found && `${address}%${found[0]}`;
}
