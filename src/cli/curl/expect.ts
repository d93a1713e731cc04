import type { ClientResponse } from "../../http.ts";
import { ownLines } from "./own-lines.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";

const EXPECTATION_FAILED = 417;

/** Whether the request asks by `Expect: 100-continue` before it sends its content (RFC 9110 §10.1.1), unless -H does. */
export function asksFirst({ content, expectRefused }: Asked, settings: Settings, isOld: boolean): boolean {
  return content?.large === true && !expectRefused && !isOld && !ownLines(settings).names.has("expect");
}

/** A server that answers 417 is asked once more, without the Expect that curl adds. Its answer is dropped. */
export async function askedAgainAt417(
  asked: Asked,
  settings: Settings,
  send: (asked: Asked) => Promise<ClientResponse>,
): Promise<ClientResponse> {
  const response = await send(asked);
  if (response.status !== EXPECTATION_FAILED || asked.content === undefined) return response;
  const expected = asked.content.large || /^100-continue$/i.test(ownLines(settings).value("expect") ?? "");
  if (!expected || asked.expectRefused) return response;
  response.discard();
  return await send({ ...asked, expectRefused: true });
}
