import { type Address, formatAddress } from "../../tcp/address.ts";
import type { RecordedExchange } from "../exchanges.ts";
import { fieldValue, type RecordedMessage } from "../message-stream.ts";
import { isoOf } from "../wall-clock.ts";
import { contentOf, type Decode, postDataOf } from "./har-content.ts";
import { cookiesOf, setCookiesOf } from "./har-cookies.ts";
import { timingsOf } from "./har-timings.ts";
import { harUrl, queryOf } from "./har-url.ts";

export interface EntryOptions {
  /** The wall clock at the beginning of the recording, in milliseconds since 1970. */
  readonly beganMs: number;
  /** The same exchange as its server saw it. */
  readonly server?: RecordedExchange;
  readonly decode?: Decode;
}

type Fields = RecordedMessage["fields"];

/**
 * An entry of a HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Members that begin with an underscore are
 * ours, as the specification allows; `_connectionId`, `_transferSize` and `_error` are Chromium's.
 */
export function harEntry(exchange: RecordedExchange, { beganMs, server, decode }: EntryOptions): object {
  const { connection, request, response, informational, incomplete } = exchange;
  const { startedNs, time, timings } = timingsOf(exchange);
  const server_ = connection.role === "client" ? connection.remote : connection.local;
  const reason = incomplete ?? (request?.complete === false ? "the request is not complete" : undefined);
  return {
    startedDateTime: isoOf(beganMs + startedNs / 1e6),
    time,
    request: harRequest(exchange, server_),
    response: harResponse(response, reason, decode),
    cache: {},
    timings,
    // DevTools and Firefox take `connection` for the server's port, which the specification allows.
    ...(server_ !== undefined &&
      server_.family !== "unix" && { serverIPAddress: server_.host, connection: String(server_.port) }),
    _connectionId: String(connection.number),
    _conversation: connection.conversation,
    _role: connection.role,
    ...(connection.proxied && { _end: connection.name }),
    ...(connection.local && { _local: formatAddress(connection.local) }),
    ...(connection.remote && { _remote: formatAddress(connection.remote) }),
    ...(connection.tls && { _tls: { protocol: connection.tls.protocol, cipher: connection.tls.cipher } }),
    ...(informational.length > 0 && { _informational: informational.map(informationalOf) }),
    ...(reason !== undefined && { _incomplete: reason }),
    ...(server !== undefined && { _server: serverSide(server, beganMs) }),
  };
}

function harRequest({ request, connection }: RecordedExchange, server: Address | undefined): object {
  if (request === undefined)
    return {
      ...NO_MESSAGE,
      method: "",
      url: harUrl("", [], server, false),
      queryString: [],
      comment: "no request",
    };
  const { method, target, version, fields, trailers, headBytes, contentBytes } = request;
  const post = contentBytes > 0 ? postDataOf(request) : undefined;
  return {
    method,
    url: harUrl(target, fields, server, connection.tls !== undefined),
    httpVersion: version,
    cookies: cookiesOf(fields),
    headers: linesOf(fields),
    queryString: queryOf(target),
    ...(post !== undefined && { postData: post }),
    headersSize: headBytes === 0 ? -1 : headBytes,
    bodySize: contentBytes,
    _target: target,
    ...trailersOf(trailers),
  };
}

function harResponse(
  response: RecordedMessage | undefined,
  incomplete: string | undefined,
  decode: Decode | undefined,
): object {
  // As Chromium writes an exchange without a response: the status is 0.
  if (response === undefined)
    return {
      ...NO_MESSAGE,
      status: 0,
      statusText: "",
      content: { size: 0, mimeType: "x-unknown" },
      redirectURL: "",
      _transferSize: 0,
      ...(incomplete !== undefined && { _error: incomplete }),
    };
  const { version, status, reason, fields, trailers, headBytes, bodyBytes, contentBytes } = response;
  return {
    status,
    statusText: reason,
    httpVersion: version,
    cookies: setCookiesOf(fields),
    headers: linesOf(fields),
    content: contentOf(response, decode),
    redirectURL: fieldValue(fields, "location") ?? "",
    headersSize: headBytes === 0 ? -1 : headBytes,
    bodySize: contentBytes,
    _transferSize: headBytes + bodyBytes,
    ...(incomplete !== undefined && { _error: incomplete }),
    ...trailersOf(trailers),
  };
}

const NO_MESSAGE = { httpVersion: "", cookies: [], headers: [], headersSize: -1, bodySize: -1 } as const;

const linesOf = (fields: Fields) => fields.map(([name, value]) => ({ name, value }));

const trailersOf = (trailers: Fields) => (trailers.length > 0 ? { _trailers: linesOf(trailers) } : {});

const informationalOf = ({ status, reason, fields }: RecordedMessage) => ({
  status,
  statusText: reason,
  headers: linesOf(fields),
});

/** What the server saw, on the clock of the entry: when it had the request, and when it sent the response. */
function serverSide(exchange: RecordedExchange, beganMs: number): object {
  const { request, response, connection } = exchange;
  const at = (ns: number | undefined) => (ns === undefined ? undefined : isoOf(beganMs + ns / 1e6));
  return {
    connection: String(connection.number),
    requestStarted: at(request?.startedNs),
    requestEnded: at(request?.endedNs),
    responseStarted: at(response?.startedNs),
    responseEnded: at(response?.endedNs),
    ...(request && response && { handlerMs: Math.max(response.startedNs - request.endedNs, 0) / 1e6 }),
    ...(exchange.incomplete !== undefined && { incomplete: exchange.incomplete }),
  };
}
