/**
 * A check against the public suffix list, ICANN's part and the private one (github.io). The list is big: it is loaded
 * by the first call.
 */
export function publicSuffixCheck(): (domain: string) => Promise<boolean> {
  return async (domain) => {
    const { getPublicSuffix } = await import("tldts");
    return getPublicSuffix(domain, { allowPrivateDomains: true }) === domain;
  };
}
