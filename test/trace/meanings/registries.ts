/*
 * The names of the registries of IANA for HTTP, as facts. Written down on 2026-11-28 from the RFCs that registered them,
 * without a network: a name that was registered later is not here, and nothing here says that it is not registered.
 * Compared the same day with what others keep: the statuses of npm's `statuses` 2.0.2 (made from IANA's file) and of
 * Node are the same, but for 104 and 306, which they lack, and 509, which is not registered; each method of Node that is
 * registered is here; each method and status of MDN (`@mdn/browser-compat-data` 8.1.9) is here, and each RFC that MDN
 * names is the one of our tables, but for Keep-Alive. 54 fields are in no list that was to be had, only in their RFCs.
 *
 * https://www.iana.org/assignments/http-methods
 * https://www.iana.org/assignments/http-status-codes
 * https://www.iana.org/assignments/http-fields
 */

/** HTTP Method Registry. */
export const METHODS = `
* ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR
MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT REBIND REPORT SEARCH TRACE
UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL
`
  .trim()
  .split(/\s+/);

/** HTTP Status Code Registry, with 306 and 418, which are reserved as unused. */
export const STATUSES = `
100 101 102 103 104 200 201 202 203 204 205 206 207 208 226 300 301 302 303 304 305 306 307 308 400 401 402 403 404 405
406 407 408 409 410 411 412 413 414 415 416 417 418 421 422 423 424 425 426 428 429 431 451 500 501 502 503 504 505 506
507 508 510 511
`
  .trim()
  .split(/\s+/);

/** HTTP Field Name Registry: fields of RFCs and of living standards that programs send. */
export const FIELDS = `
A-IM Accept Accept-CH Accept-Charset Accept-Datetime Accept-Encoding Accept-Features Accept-Language Accept-Patch
Accept-Post Accept-Ranges Accept-Signature Access-Control-Allow-Credentials Access-Control-Allow-Headers
Access-Control-Allow-Methods Access-Control-Allow-Origin Access-Control-Expose-Headers Access-Control-Max-Age
Access-Control-Request-Headers Access-Control-Request-Method Age Allow ALPN Alt-Svc Alt-Used Alternates
Apply-To-Redirect-Ref Authentication-Control Authentication-Info Authorization Available-Dictionary Cache-Control
Cache-Status CalDAV-Timezones Capsule-Protocol CDN-Cache-Control CDN-Loop Cert-Not-After Cert-Not-Before Clear-Site-Data
Client-Cert Client-Cert-Chain Connection Content-Digest Content-Disposition Content-Encoding Content-Language
Content-Length Content-Location Content-Range Content-Security-Policy Content-Security-Policy-Report-Only Content-Type
Cookie Cross-Origin-Embedder-Policy Cross-Origin-Embedder-Policy-Report-Only Cross-Origin-Opener-Policy
Cross-Origin-Opener-Policy-Report-Only Cross-Origin-Resource-Policy DASL Date DAV Deprecation Depth Destination
Dictionary-ID Digest DPoP DPoP-Nonce Early-Data ETag Expect Expires Forwarded From Hobareg Host If If-Match
If-Modified-Since If-None-Match If-Range If-Schedule-Tag-Match If-Unmodified-Since IM Include-Referred-Token-Binding-ID
Keep-Alive Label Last-Event-ID Last-Modified Link Link-Template Location Lock-Token Max-Forwards Memento-Datetime Meter
MIME-Version Negotiate NEL Optional-WWW-Authenticate Ordering-Type Origin Origin-Agent-Cluster OSCORE Overwrite
Permissions-Policy Ping-From Ping-To Position Pragma Prefer Preference-Applied Priority Proxy-Authenticate
Proxy-Authentication-Info Proxy-Authorization Proxy-Status Public-Key-Pins Public-Key-Pins-Report-Only Range Redirect-Ref
Referer Referrer-Policy Refresh Replay-Nonce Repr-Digest Retry-After Schedule-Reply Schedule-Tag Sec-Fetch-Dest
Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-GPC Sec-Purpose Sec-Token-Binding Sec-WebSocket-Accept
Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-WebSocket-Version Server Server-Timing Set-Cookie
Signature Signature-Input SLUG SoapAction Strict-Transport-Security Sunset Surrogate-Capability Surrogate-Control TCN TE
Timeout Topic Traceparent Tracestate Trailer Transfer-Encoding TTL Upgrade Urgency Use-As-Dictionary User-Agent
Variant-Vary Vary Via Want-Content-Digest Want-Digest Want-Repr-Digest Warning WWW-Authenticate X-Content-Type-Options
X-Frame-Options
`
  .trim()
  .split(/\s+/);
