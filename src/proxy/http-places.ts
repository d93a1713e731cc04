import { isTchar } from "../bytes/octets.ts";
import { latin1Bytes } from "../bytes/text.ts";
import { reasonPhrase } from "../http/status.ts";
import type { RequestHead, ResponseHead } from "../http1/events.ts";
import { switchesToTunnel } from "../http1/framing.ts";
import type { RequestContext } from "../http1/message-reader.ts";
import { asksForUpgrade } from "../http1/persistence.ts";
import type { PlaceReader } from "../tcp/faults/places.ts";
import { MessagePlaces } from "./message-places.ts";

/**
 * Tells where HTTP events lie in both directions of one connection.
 *
 * The place "tunnel" is told in the direction "down": a tunnel begins behind the response that opens it.
 */
export function httpPlaces(): PlaceReader {
  /** What each request says about its response, as long as the response has not come. */
  const unanswered: RequestContext[] = [];
  const up = new MessagePlaces("request", {
    // RFC 9110 §9.3.6: what follows a CONNECT belongs to the tunnel, unless the response refuses it.
    begins: (octet) => isTchar(octet) && unanswered.at(-1)?.method !== "CONNECT",
    head: (head) => {
      if (unanswered.length < MAX_UNANSWERED) unanswered.push(contextOf(head as RequestHead));
      else up.stop();
    },
  });
  const down = new MessagePlaces("response", {
    begins: (octet) => {
      down.answers(unanswered[0] ?? ANY_REQUEST);
      return octet === LETTER_H;
    },
    head: (head) => {
      const { method } = unanswered.shift() ?? ANY_REQUEST;
      const { status } = head as ResponseHead;
      if (status !== SWITCHING_PROTOCOLS && !switchesToTunnel(status, method)) return;
      down.tell("tunnel");
      down.stop();
      up.stop();
    },
  });
  const sideOf = { up, down };
  return {
    read: (direction, bytes) => sideOf[direction].read(bytes),
    end: (direction) => sideOf[direction].end(),
    response: emptyResponse,
  };
}

function emptyResponse(status: number): Uint8Array {
  // RFC 9112 §6.3: without a length the client would wait for the end of the connection. 204 must not have one (§6.2).
  const length = status === NO_CONTENT ? "" : "Content-Length: 0\r\n";
  return latin1Bytes(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${length}\r\n`);
}

/** A request waits for its response: more than this is no HTTP of anybody. */
const MAX_UNANSWERED = 10_000;

const SWITCHING_PROTOCOLS = 101;
const NO_CONTENT = 204;
/** "HTTP/1.1" begins a response. */
const LETTER_H = 0x48;

/** The methods whose response is framed in its own way. The name of any other method is not kept: it may be long. */
const FRAMING_METHODS: ReadonlySet<string> = new Set(["HEAD", "CONNECT"]);
const ANY_REQUEST: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };

const contextOf = ({ method, version, fields }: RequestHead): RequestContext => ({
  method: FRAMING_METHODS.has(method) ? method : ANY_REQUEST.method,
  version,
  asksForUpgrade: asksForUpgrade(version, fields),
});
