import type { ClientResponse } from "../../http.ts";
import { endsConnection } from "./chain.ts";
import { ownLines } from "./own-lines.ts";
import { after, countRedirect } from "./redirects.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import type { Transfer } from "./transfer.ts";

const EXPECTATION_FAILED = 417;

/** Whether the request asks by `Expect: 100-continue` before it sends its content (RFC 9110 §10.1.1), unless -H does. */
export function asksFirst({ content, expectRefused }: Asked, settings: Settings, isOld: boolean): boolean {
  return content?.large === true && !expectRefused && !isOld && !ownLines(settings).names.has("expect");
}

/**
 * A server that answers 417 and keeps its connection is asked once more, without the Expect that curl adds. Its answer is
 * dropped. As in curl, this counts as a redirect.
 */
export async function askedAgainAt417(
  asked: Asked,
  transfer: Transfer,
  send: (asked: Asked) => Promise<ClientResponse>,
): Promise<ClientResponse> {
  const { settings } = transfer.plan;
  const response = await send(asked);
  if (response.status !== EXPECTATION_FAILED || asked.content === undefined) return response;
  const expected = asked.content.large || /^100-continue$/i.test(ownLines(settings).value("expect") ?? "");
  if (!expected || asked.expectRefused || endsConnection(response, asked)) return response;
  transfer.passOver(response);
  response.discard();
  countRedirect(transfer);
  return await send({ ...after(asked, settings), expectRefused: true });
}
