import { integerIn } from "./arguments.ts";
import { UsageError } from "./exit-codes.ts";

/** `[HOST] PORT`, or the path of a Unix socket in place of both. */
export type Endpoint = { readonly path: string } | { readonly host?: string; readonly port: number };

export function endpointOf(
  command: "connect" | "listen",
  positionals: readonly string[],
  path: string | undefined,
): Endpoint {
  if (path !== undefined) {
    if (positionals.length > 0)
      throw new UsageError(`${command} wants HOST and PORT, or --unix PATH, not both`);
    return { path };
  }
  const [least, wanted, leastPort] = command === "connect" ? [2, "HOST and PORT", 1] : [1, "a port", 0];
  const asOneWord = positionals.length === 1 ? separated(positionals[0] as string) : undefined;
  if (asOneWord !== undefined)
    throw new UsageError(`${command} wants HOST and PORT; did you mean "wirepane ${command} ${asOneWord}"?`);
  const port = positionals.at(-1);
  if (port === undefined || positionals.length < least) throw new UsageError(`${command} wants ${wanted}`);
  const host = positionals.length > 1 ? positionals[0] : undefined;
  return { ...(host !== undefined && { host }), port: integerIn("the port", port, leastPort, 65_535) };
}

/** `[HOST:]PORT`; an IPv6 address stands in brackets. */
export function listenOn(what: string, where: string): { readonly host?: string; readonly port: number } {
  const colon = where.lastIndexOf(":");
  const host = where.slice(0, Math.max(colon, 0));
  const port = integerIn(what, where.slice(colon + 1), 0, 65_535);
  return { ...(host !== "" && { host }), port };
}

/** `HOST PORT` for what was written as a URL does: `[::1]:80`, `localhost:80/path`. `undefined`: it was not. */
export function separated(word: string): string | undefined {
  const [, host, port] = /^([a-z0-9.-]+|\[[0-9a-f:.]+\]):(\d{1,5})(?:[/?#].*)?$/i.exec(word) ?? [];
  return host === undefined ? undefined : `${host.replace(/^\[|\]$/g, "")} ${port}`;
}
