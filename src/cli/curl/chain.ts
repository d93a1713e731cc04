import type { ClientResponse } from "../../http.ts";
import { TransportError } from "../../tcp.ts";
import { endsAtHead } from "./conditions.ts";
import type { TransferCookies } from "./cookies.ts";
import type { Login } from "./login.ts";
import { after, countRedirect, following, isSameOrigin, locationOf, redirected } from "./redirects.ts";
import type { Asked } from "./request.ts";
import type { Transfer } from "./transfer.ts";
import { connectHostOf } from "./url.ts";

type Send = (asked: Asked) => Promise<ClientResponse>;

/** Sends the request of a transfer, and those that challenges and redirects ask for. Gives the last response. */
export async function answerTo(first: Asked, transfer: Transfer, send: Send): Promise<ClientResponse> {
  const { settings } = transfer.plan;
  const cookies = await cookiesOf(first, transfer);
  const others = settings.on("location-trusted") ? "trusted" : "untrusted";
  const { lane } = transfer;
  let isOld = false;
  for (let asked: Asked = first; ; ) {
    const elsewhere = isSameOrigin(first.url, asked.url) ? undefined : others;
    const login = await loginOf(asked, transfer);
    const here: Asked = { ...asked, elsewhere, isOld: isOld || lane.isOld(asked.url) };
    const dressed = withCookies(login?.dressed(here) ?? here, cookies);
    const response = await send(dressed);
    // A server that has said HTTP/1.0 hears nothing else, as in curl: not in this transfer, nor on this connection.
    isOld ||= response.version === "1.0";
    lane.noteOld(asked.url, response.version === "1.0" && !endsConnection(response, dressed));
    await cookies?.received(dressed, response);
    const wantsMore = login?.wantsMore(dressed, response) === true;
    const location = wantsMore ? undefined : followedLocation(response, transfer);
    if (!wantsMore && location === undefined) return response;
    await passOver(response, dressed, transfer);
    countRedirect(transfer);
    asked =
      location === undefined
        ? after(asked, settings)
        : redirected(asked, response.status, location, transfer.plan);
  }
}

/** Where the response leads, and -L follows. */
function followedLocation(response: ClientResponse, { plan }: Transfer): string | undefined {
  const location = locationOf(response);
  const { status } = response;
  return status >= 300 && status <= 399 && following(plan.settings) ? location : undefined;
}

const WITH_CREDENTIALS = ["user", "oauth2-bearer", "netrc", "netrc-file", "netrc-optional"] as const;

/** Loaded with the first request that may need it. */
async function loginOf({ url }: Asked, transfer: Transfer): Promise<Login | undefined> {
  const { settings } = transfer.plan;
  const needed = url.user !== undefined || WITH_CREDENTIALS.some((name) => settings.on(name));
  if (needed) transfer.login ??= new (await import("./login.ts")).Login(settings);
  return transfer.login;
}

async function cookiesOf({ url }: Asked, transfer: Transfer): Promise<TransferCookies | undefined> {
  const { settings } = transfer.plan;
  if (!settings.on("cookie") && !settings.on("cookie-jar")) return undefined;
  if (transfer.cookies === undefined) {
    const { TransferCookies } = await import("./cookies.ts");
    transfer.cookies = new TransferCookies(settings, transfer.session, connectHostOf(url));
  }
  return transfer.cookies;
}

function withCookies(asked: Asked, cookies: TransferCookies | undefined): Asked {
  const cookie = cookies?.fieldFor(asked);
  return cookie === undefined ? asked : { ...asked, added: { ...asked.added, cookie } };
}

/** Reads the content of a response that is not the last one, so that the connection can be used again. */
async function passOver(response: ClientResponse, asked: Asked, transfer: Transfer): Promise<void> {
  if (transfer.passedOver === response) return;
  transfer.passOver(response);
  if (endsAtHead(response, asked, transfer.plan.settings)) await transfer.lane.abandon(response);
  else if (endsConnection(response, asked)) response.discard();
  else await readToEnd(response);
}

async function readToEnd(response: ClientResponse): Promise<void> {
  try {
    for await (const _bytes of response.body) {
      // Nobody wants the content.
    }
  } catch (error) {
    if (!isOfCoding(error)) throw error;
  }
}

/** The octets came, but not in the coding that was said: nobody looks at them. */
const isOfCoding = (error: unknown): boolean =>
  error instanceof TransportError && (error.code === "DECODE_FAILED" || error.code === "DECODE_BOMB");

export function endsConnection({ version, fields, status }: ClientResponse, { method }: Asked): boolean {
  const options = fields.getAll("connection").join(",").toLowerCase();
  if (/(?:^|[\s,])close(?:$|[\s,])/.test(options)) return true;
  if (version === "1.0" && !options.includes("keep-alive")) return true;
  const hasEnd = fields.has("content-length") || fields.has("transfer-encoding");
  return !hasEnd && method !== "HEAD" && status !== 304;
}
