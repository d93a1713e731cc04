import { integerIn } from "./arguments.ts";
import { UsageError } from "./exit-codes.ts";

/** `[HOST] PORT`, or the path of a Unix socket in place of both. */
export type Endpoint = { readonly path: string } | { readonly host?: string; readonly port: number };

export function endpointOf(
  command: string,
  positionals: readonly string[],
  path: string | undefined,
  leastPort: 0 | 1,
): Endpoint {
  if (path !== undefined) {
    if (positionals.length > 0)
      throw new UsageError(`${command} wants HOST and PORT, or --unix PATH, not both`);
    return { path };
  }
  const port = positionals.at(-1);
  if (port === undefined) throw new UsageError(`${command} wants a port`);
  const host = positionals.length > 1 ? positionals[0] : undefined;
  return { ...(host !== undefined && { host }), port: integerIn("the port", port, leastPort, 65_535) };
}

/** `[HOST:]PORT`; an IPv6 address stands in brackets. */
export function listenOn(what: string, where: string): { readonly host?: string; readonly port: number } {
  const colon = where.lastIndexOf(":");
  const host = where.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, "");
  const port = integerIn(what, where.slice(colon + 1), 0, 65_535);
  return { ...(host !== "" && { host }), port };
}
