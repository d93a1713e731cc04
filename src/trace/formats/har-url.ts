import { type Address, hostAndPort } from "../../tcp/address.ts";
import { fieldValue, type RecordedMessage } from "../message-stream.ts";

/** The URI that a request is for (RFC 9112 §3.3), with every octet that no URI may have percent-encoded. */
export function harUrl(
  target: string,
  fields: RecordedMessage["fields"],
  server: Address | undefined,
  secure: boolean,
): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) return safe(target);
  const authority = fieldValue(fields, "host") || authorityOf(server);
  const scheme = secure ? "https" : "http";
  // `*` is for the server as a whole; CONNECT names an authority.
  if (target === "*" || target === "") return safe(`${scheme}://${authority}/`);
  if (!target.startsWith("/")) return safe(`${scheme}://${target}/`);
  return safe(`${scheme}://${authority}${target}`);
}

function authorityOf(address: Address | undefined): string {
  if (address === undefined || address.family === "unix") return "localhost";
  return hostAndPort(address.host, address.port);
}

/** Brackets stand around an IPv6 address only. `%` begins two digits. A second `#` is no delimiter. */
function safe(text: string): string {
  const [, front = "", rest = text] =
    /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(?:\[[0-9a-f:.]+\])?)(.*)$/is.exec(text) ?? [];
  const [before = "", ...fragments] = rest.split("#");
  const fragment = fragments.length > 0 ? `#${encoded(fragments.join("%23"))}` : "";
  return `${front.replace(NOT_IN_URI, percent)}${encoded(before)}${fragment}`;
}

const NOT_IN_URI = /[^!$&'()*+,/:;=?@[\]~\w.%-]/g;

const encoded = (text: string): string =>
  text
    .replace(NOT_IN_URI, percent)
    .replace(/[[\]]/g, percent)
    .replace(/%(?![0-9a-f]{2})/gi, "%25");

/** Each character is one octet. */
const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** The parameters of the query, decoded as a form. */
export function queryOf(target: string): { readonly name: string; readonly value: string }[] {
  const query = /\?([^#]*)/.exec(target)?.[1] ?? "";
  return [...new URLSearchParams(query)].map(([name, value]) => ({ name, value }));
}
