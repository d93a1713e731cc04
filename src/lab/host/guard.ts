import { timingSafeEqual } from "node:crypto";
import type { ServerRequest } from "../../http.ts";

/*
 * Who may ask the page's server. It listens on loopback, but every web site that the user opens can send requests there,
 * and a name of that site's choice may lead there (DNS rebinding). So each request is judged before it is routed.
 */

/** What a request is about: files of the page, the stream of records, or something that has an effect. */
export type Purpose = "file" | "records" | "action";

/** The page's own server. */
export interface Own {
  readonly port: number;
  /** Only the page that was opened with it knows the token: it came in the fragment of the URL. */
  readonly token: string;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 403 | 405 | 415 | 421;
  readonly sentence: string;
}

/** The field in which the page sends its token. A page of another origin cannot send it without CORS. */
const TOKEN_FIELD = "X-Wirepane-Token";

type Asked = Pick<ServerRequest, "method" | "fields">;

/** Judges a request. Gives a verdict on any octets, and never throws. */
export function refusalOf({ method, fields }: Asked, purpose: Purpose, own: Own): Refusal | undefined {
  const authorities = ["127.0.0.1", "localhost", "[::1]"].map((host) => `${host}:${own.port}`);
  const hosts = fields.getAll("host");
  if (hosts.length !== 1 || !authorities.includes(hosts[0] as string))
    return { status: 421, sentence: "this server answers to its loopback names alone" };
  const origins = fields.getAll("origin");
  if (origins.some((origin) => !authorities.some((authority) => origin === `http://${authority}`)))
    return { status: 403, sentence: "a page of another origin may not ask this server" };
  const sites = fields.getAll("sec-fetch-site");
  if (sites.some((site) => site !== "same-origin" && site !== "none"))
    return { status: 403, sentence: "a page of another site may not ask this server" };
  const wanted = purpose === "action" ? ["POST"] : ["GET", "HEAD"];
  if (!wanted.includes(method)) return { status: 405, sentence: `here the method is ${wanted[0]}` };
  if (purpose === "file") return undefined;
  const tokens = fields.getAll(TOKEN_FIELD);
  if (tokens.length !== 1 || !isSame(tokens[0] as string, own.token))
    return { status: 403, sentence: "the token is missing or wrong: open the URL that the command printed" };
  if (purpose === "action" && !/^application\/json(?:;|$)/i.test(fields.get("content-type") ?? ""))
    return { status: 415, sentence: "an action is asked for in JSON" };
  return undefined;
}

/** Takes the same time wherever the two differ. */
function isSame(given: string, own: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(own)];
  return a.length === b.length && timingSafeEqual(a, b);
}
