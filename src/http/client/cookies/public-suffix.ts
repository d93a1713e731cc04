/**
 * A check against the public suffix list, ICANN's part and the private one (github.io). The list is big: it is loaded
 * by the first call.
 */
export function publicSuffixCheck(): (domain: string) => Promise<boolean> {
  return async (domain) => {
    const { getPublicSuffix } = await import("tough-cookie");
    // In spite of its name, the function gives the domain that somebody registered, and nothing for a public suffix.
    const registered = getPublicSuffix(domain, { allowSpecialUseDomain: true, ignoreError: true });
    return registered === undefined;
  };
}
