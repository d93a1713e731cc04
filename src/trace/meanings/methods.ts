import { type Meaning, own } from "./meaning.ts";

/**
 * What each method of the HTTP Method Registry of IANA does. A safe method changes nothing, an idempotent one may be sent
 * twice (RFC 9110 §9.2).
 */
export const METHOD_MEANINGS: Readonly<Record<string, Meaning>> = {
  "*": ["reserved: no method", "RFC 9110 §18.2"],
  ACL: ["sets who may do what with the resource; idempotent", "RFC 3744 §8.1"],
  "BASELINE-CONTROL": ["puts a collection under version control; idempotent", "RFC 3253 §12.6"],
  BIND: ["gives the resource one more name; idempotent", "RFC 5842 §4"],
  CHECKIN: ["makes a new version of what was checked out; idempotent", "RFC 3253 §4.4, §9.4"],
  CHECKOUT: ["makes a versioned resource writable; idempotent", "RFC 3253 §4.3, §8.8"],
  CONNECT: ["asks for a tunnel to host:port; neither safe nor idempotent", "RFC 9110 §9.3.6"],
  COPY: ["copies the resource to Destination; idempotent", "RFC 4918 §9.8"],
  DELETE: ["removes the resource; idempotent", "RFC 9110 §9.3.5"],
  GET: ["asks for the resource; safe and idempotent", "RFC 9110 §9.3.1"],
  HEAD: ["as GET, but without the content; safe and idempotent", "RFC 9110 §9.3.2"],
  LABEL: ["labels a version; idempotent", "RFC 3253 §8.2"],
  LINK: ["relates the resource to another one; idempotent", "RFC 2068 §19.6.1.2"],
  LOCK: ["locks the resource; neither safe nor idempotent", "RFC 4918 §9.10"],
  MERGE: ["merges versions into the resource; idempotent", "RFC 3253 §11.2"],
  MKACTIVITY: ["makes an activity, which groups changes; idempotent", "RFC 3253 §13.5"],
  MKCALENDAR: ["makes a calendar; idempotent", "RFC 4791 §5.3.1"],
  MKCOL: ["makes a collection; idempotent", "RFC 4918 §9.3"],
  MKREDIRECTREF: ["makes a resource that redirects; idempotent", "RFC 4437 §6"],
  MKWORKSPACE: ["makes a workspace; idempotent", "RFC 3253 §6.3"],
  MOVE: ["moves the resource to Destination; idempotent", "RFC 4918 §9.9"],
  OPTIONS: ["asks which options there are; safe and idempotent", "RFC 9110 §9.3.7"],
  ORDERPATCH: ["changes the order of a collection; idempotent", "RFC 3648 §7"],
  PATCH: ["changes part of the resource; neither safe nor idempotent", "RFC 5789 §2"],
  POST: ["gives the content to the resource to process; neither safe nor idempotent", "RFC 9110 §9.3.3"],
  PRI: ["never a request: the beginning of HTTP/2", "RFC 9113 §3.4"],
  PROPFIND: ["asks for properties of the resource; safe and idempotent", "RFC 4918 §9.1"],
  PROPPATCH: ["changes properties of the resource; idempotent", "RFC 4918 §9.2"],
  PUT: ["replaces the resource with the content; idempotent", "RFC 9110 §9.3.4"],
  // Not registered yet when this table was made; Node and nginx know it.
  QUERY: [
    "asks a question that stands in the content; safe and idempotent",
    "draft-ietf-httpbis-safe-method-w-body",
  ],
  REBIND: ["moves a name of the resource; idempotent", "RFC 5842 §6"],
  REPORT: ["asks for a report about the resource; safe and idempotent", "RFC 3253 §3.6"],
  SEARCH: ["searches, as the content says; safe and idempotent", "RFC 5323 §2"],
  TRACE: ["asks the server to send the request back as it arrived; safe and idempotent", "RFC 9110 §9.3.8"],
  UNBIND: ["removes a name of the resource; idempotent", "RFC 5842 §5"],
  UNCHECKOUT: ["gives up a check-out; idempotent", "RFC 3253 §4.5"],
  UNLINK: ["removes a relation to another resource; idempotent", "RFC 2068 §19.6.1.3"],
  UNLOCK: ["removes a lock; idempotent", "RFC 4918 §9.11"],
  UPDATE: ["sets the resource to one of its versions; idempotent", "RFC 3253 §7.1"],
  UPDATEREDIRECTREF: ["changes where a resource redirects to; idempotent", "RFC 4437 §7"],
  "VERSION-CONTROL": ["puts the resource under version control; idempotent", "RFC 3253 §3.5"],
};

/** What a method does, if it is registered. Upper and lower case differ. */
export const methodMeaning = (method: string): Meaning | undefined => own(METHOD_MEANINGS, method);
