import type { Meaning } from "./rule-meanings.ts";

/** What the standard methods do. A safe method changes nothing, an idempotent one may be sent twice (RFC 9110 §9.2). */
const METHODS: Readonly<Record<string, Meaning>> = {
  GET: ["asks for the resource; safe and idempotent", "RFC 9110 §9.3.1"],
  HEAD: ["as GET, but without the content; safe and idempotent", "RFC 9110 §9.3.2"],
  POST: ["gives the content to the resource to process; neither safe nor idempotent", "RFC 9110 §9.3.3"],
  PUT: ["replaces the resource with the content; idempotent", "RFC 9110 §9.3.4"],
  DELETE: ["removes the resource; idempotent", "RFC 9110 §9.3.5"],
  CONNECT: ["asks for a tunnel to host:port", "RFC 9110 §9.3.6"],
  OPTIONS: ["asks which options there are; safe and idempotent", "RFC 9110 §9.3.7"],
  TRACE: ["asks the server to send the request back as it arrived; safe and idempotent", "RFC 9110 §9.3.8"],
  PATCH: ["changes part of the resource; neither safe nor idempotent", "RFC 5789"],
};

const STATUS_CLASSES: Readonly<Record<string, Meaning>> = {
  "1": ["interim: the final response follows", "RFC 9110 §15.2"],
  "2": ["success", "RFC 9110 §15.3"],
  "3": ["redirection: the client has to do something more", "RFC 9110 §15.4"],
  "4": ["the request seems to be wrong", "RFC 9110 §15.5"],
  "5": ["the server failed", "RFC 9110 §15.6"],
};

const STATUSES: Readonly<Record<string, Meaning>> = {
  "100": ["the server wants the content: send it", "RFC 9110 §15.2.1"],
  "101": ["the connection speaks another protocol from here on", "RFC 9110 §15.2.2"],
  "103": ["fields that the final response is likely to have", "RFC 8297"],
  "200": ["success; the content is what the client asked for", "RFC 9110 §15.3.1"],
  "201": ["success; a resource was created", "RFC 9110 §15.3.2"],
  "204": ["success, without content", "RFC 9110 §15.3.5"],
  "206": ["a part of the resource, see Content-Range", "RFC 9110 §15.3.7"],
  "301": ["moved for good, see Location", "RFC 9110 §15.4.2"],
  "302": ["elsewhere for now, see Location", "RFC 9110 §15.4.3"],
  "303": ["the answer is elsewhere: GET it, see Location", "RFC 9110 §15.4.4"],
  "304": ["the copy that the client has is still good; no content", "RFC 9110 §15.4.5"],
  "307": ["elsewhere for now, with the same method", "RFC 9110 §15.4.8"],
  "308": ["moved for good, with the same method", "RFC 9110 §15.4.9"],
  "400": ["the request breaks a rule", "RFC 9110 §15.5.1"],
  "401": ["authentication is needed, see WWW-Authenticate", "RFC 9110 §15.5.2"],
  "403": ["understood, and refused", "RFC 9110 §15.5.4"],
  "404": ["there is nothing here", "RFC 9110 §15.5.5"],
  "405": ["the resource does not take this method, see Allow", "RFC 9110 §15.5.6"],
  "408": ["the request did not come in time", "RFC 9110 §15.5.9"],
  "413": ["the content is too large", "RFC 9110 §15.5.14"],
  "414": ["the target is too long", "RFC 9110 §15.5.15"],
  "416": ["the resource does not have this part", "RFC 9110 §15.5.17"],
  "417": ["the server cannot do what Expect asks for", "RFC 9110 §15.5.18"],
  "429": ["too many requests", "RFC 6585 §4"],
  "431": ["the header section is too large", "RFC 6585 §5"],
  "500": ["the server failed", "RFC 9110 §15.6.1"],
  "501": ["the server does not know how to do this", "RFC 9110 §15.6.2"],
  "502": ["a server behind this one sent a broken answer", "RFC 9110 §15.6.3"],
  "503": ["not now, see Retry-After", "RFC 9110 §15.6.4"],
  "504": ["a server behind this one did not answer", "RFC 9110 §15.6.5"],
  "505": ["the server does not speak this version of HTTP", "RFC 9110 §15.6.6"],
};

const own = (table: Readonly<Record<string, Meaning>>, key: string): Meaning | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

export const methodMeaning = (method: string): Meaning | undefined => own(METHODS, method);

export const statusMeaning = (status: string): Meaning | undefined =>
  own(STATUSES, status) ?? own(STATUS_CLASSES, status.slice(0, 1));
