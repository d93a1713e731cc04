/** The HTTP/1.1 protocol core: bytes in, events out; no sockets, no clock. Runs in a page as well. */
export { Http1Connection, type Http1Options } from "./http1/connection.ts";
export {
  PROTOCOL_ERRORS,
  ProtocolError,
  type ProtocolErrorCode,
  type ProtocolErrorDetail,
} from "./http1/errors.ts";
export {
  type Closed,
  type Data,
  type EndOfMessage,
  type HttpEvent,
  type InformationalHead,
  NEED_DATA,
  type NextEvent,
  PAUSED,
  type RequestHead,
  type ResponseHead,
  type Version,
} from "./http1/events.ts";
export { spansOfHead } from "./http1/fast/spans-of-head.ts";
export type { FieldIndex } from "./http1/fields.ts";
export { Fields, type FieldsSource } from "./http1/fields.ts";
export type { BodyFraming } from "./http1/framing.ts";
export { type Http1Leniency, STRICT } from "./http1/leniency.ts";
export { CLIENT_LIMITS, type Http1Limits, SERVER_LIMITS } from "./http1/limits.ts";
export type { RequestContext } from "./http1/message-reader.ts";
export { type Http1Observer, RULES, type Rule } from "./http1/observer.ts";
export type { Cause, Role, State } from "./http1/state.ts";
