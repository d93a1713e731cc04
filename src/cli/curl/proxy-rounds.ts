import type { ClientResponse } from "../../http.ts";
import { TransportError } from "../../tcp.ts";
import { EXIT } from "../exit-codes.ts";
import { endsAtHead } from "./conditions.ts";
import { CurlError } from "./curl-error.ts";
import { proxyOf } from "./proxy.ts";
import { loginAt } from "./proxy-login.ts";
import { after, countRedirect } from "./redirects.ts";
import type { Asked } from "./request.ts";
import type { Transfer } from "./transfer.ts";

const MAX_ROUNDS = 4;

/** Answers the challenges of a proxy that takes requests itself. CONNECT has its own rounds. */
export async function againstProxy(
  refused: ClientResponse,
  asked: Asked,
  transfer: Transfer,
  send: (asked: Asked) => Promise<ClientResponse>,
): Promise<ClientResponse> {
  const { settings } = transfer.plan;
  let response = refused;
  for (let round = 1; response.status === 407 && round < MAX_ROUNDS; round++) {
    const proxy = proxyOf(asked.url, settings);
    const login = proxy && loginAt(proxy, transfer);
    if (!login?.challenged(response.fields.getAll("proxy-authenticate"))) return response;
    transfer.passOver(response);
    if (endsAtHead(response, asked, settings)) await transfer.lane.abandon(response);
    else response.discard();
    countRedirect(transfer);
    response = await send(after(asked, settings));
  }
  return response;
}

/**
 * As curl, we take the word of old proxies that say Proxy-Connection (RFC 9112 §C.2.2 has it as a mistake), and a connection
 * over TLS to a proxy that takes requests itself (`askedOverTls`) is for one request.
 */
export function isLastAtProxy({ fields }: ClientResponse, askedOverTls: boolean): boolean {
  if (askedOverTls) return true;
  return /(?:^|[\s,])close(?:$|[\s,])/i.test(fields.getAll("proxy-connection").join());
}

/** As curl, -f makes a refused CONNECT an error of HTTP. */
export function ofTunnel(error: unknown, { connectStatus, plan }: Transfer): unknown {
  const isRefusal = error instanceof TransportError && error.code === "TUNNEL_REFUSED";
  if (!isRefusal || !plan.settings.on("fail") || connectStatus < 400) return error;
  return new CurlError(EXIT.httpStatus, `the proxy answered ${connectStatus} to CONNECT`);
}
