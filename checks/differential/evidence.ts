import { isIPv6 } from "node:net";
import { askedFor } from "./input.ts";
import type { Disagreement } from "./panel.ts";
import type { Message } from "./verdict.ts";

/*
 * These functions look only at the bytes and at the other parser's verdict, and do not use the parser that is checked.
 * A rule that used our parser would explain its mistakes away.
 */

/** We refuse the message, and they read it to its end. */
export const onlyWeRefuse = (d: Disagreement, code: RegExp): boolean =>
  d.their !== undefined && weRefuse(d, code);

export const weRefuse = (d: Disagreement, code: RegExp): boolean =>
  d.our === undefined && d.ourCode !== undefined && code.test(d.ourCode);

export const theyRefuse = (d: Disagreement, reason: RegExp): boolean =>
  d.theirs.messages.length === d.at && d.theirs.ending === "!" && reason.test(d.theirReason);

/** They stop without an error: they treat the bytes that follow as another protocol, or ignore them. */
export const theyEnd = (d: Disagreement): boolean =>
  d.theirs.messages.length === d.at && d.theirs.ending !== "!";

/** We treat the bytes that follow as another protocol. */
export const weEnd = (d: Disagreement): boolean =>
  d.ours.messages.length === d.at && d.ours.ending.startsWith("+");

/** The octet at which we stopped. */
export const ourOctet = (d: Disagreement): string => d.input.text.charAt(d.ourOffset);

/** The line on which we stopped, without its CRLF. */
export function ourLine({ input: { text }, ourOffset }: Disagreement): string {
  const before = text.slice(0, ourOffset).lastIndexOf("\r\n");
  const end = text.indexOf("\r\n", ourOffset);
  return text.slice(before === -1 ? 0 : before + 2, end === -1 ? text.length : end);
}

/** Whether we stopped at line ends, while they continue after these with the next message, or find no message. */
export function stoppedBetweenMessages({ input, ourOffset, their }: Disagreement): boolean {
  const lineEnds = /^[\r\n]+/.exec(input.text.slice(ourOffset))?.[0].length ?? 0;
  const next = ourOffset + lineEnds;
  const start = input.reads === "response" ? /^(HTTP|RTSP|ICE)\// : /^[A-Z-]+ /;
  return lineEnds > 0 && (their === undefined || start.test(input.text.slice(next)));
}

export const valuesOf = (message: Message | undefined, name: string): string[] =>
  message?.fields.filter(([each]) => each === name).map(([, value]) => value) ?? [];

export const has = (message: Message | undefined, name: string): boolean =>
  valuesOf(message, name).length > 0;

export const isFramed = (message: Message | undefined): boolean =>
  has(message, "content-length") || has(message, "transfer-encoding");

export const methodOf = (message: Message | undefined): string => message?.startLine.split(" ")[0] ?? "";

export const targetOf = (message: Message | undefined): string => message?.startLine.split(" ")[1] ?? "";

/** The version in a request-line or a status-line. */
export const versionOf = (message: Message | undefined): string =>
  /^\d\.\d|\d\.\d$/.exec(message?.startLine ?? "")?.[0] ?? "";

/** NaN for a request. */
export const statusOf = (message: Message | undefined): number =>
  Number(/^\d\.\d (\d+)/.exec(message?.startLine ?? "")?.[1] ?? Number.NaN);

/** A CONNECT request that has Content-Length or Transfer-Encoding. */
export function isFramedConnect({ input, ours, theirs }: Disagreement, at: number): boolean {
  const message = ours.messages[at] ?? theirs.messages[at];
  return input.reads === "request" && methodOf(message) === "CONNECT" && isFramed(message);
}

/** The message that we read is the answer that opens a tunnel. */
export function opensTunnel({ input, ours, our, at }: Disagreement): boolean {
  const response = ours.messages.slice(0, at).filter((message) => statusOf(message) >= 200).length;
  const succeeds = statusOf(our) >= 200 && statusOf(our) < 300;
  return input.reads === "response" && succeeds && askedFor(input, response) === "CONNECT";
}

export const CHUNK_LINE = (() => {
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const quoted = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
  const bws = "[ \\t]*";
  return new RegExp(`^[0-9A-Fa-f]{1,16}(${bws};${bws}${token}(${bws}=${bws}(${token}|${quoted}))?)*$`);
})();

/** The name is not empty (RFC 9110 §4.2.1) and has no comma: lists of hosts have been used for smuggling. */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|([\w.~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(:\d*)?$/;
const ORIGIN = /^\/[\w.~!$&'()*+,;=:@%/?-]*$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?]+)([/?][\w.~!$&'()*+,;=:@%/?-]*)?$/;
const ANY_AUTHORITY = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?]+)/;
const MAX_PORT = 65_535;

function isHost(text: string): boolean {
  const literal = /^\[(.*)\]/.exec(text)?.[1];
  return HOST.test(text) && (literal === undefined || isIPv6(literal)) && !(portOf(text) > MAX_PORT);
}

/** NaN if the host has no port. */
const portOf = (host: string): number => Number(/:(\d+)$/.exec(host)?.[1] ?? Number.NaN);

export function hasHostFault(message: Message | undefined): boolean {
  const hosts = valuesOf(message, "host");
  const [host = ""] = hosts;
  if (hosts.length !== 1 || !isHost(host)) return true;
  const authority = ANY_AUTHORITY.exec(targetOf(message))?.[1];
  return authority !== undefined && authority !== host;
}

export function hasTargetFault(message: Message | undefined): boolean {
  const target = targetOf(message);
  if (methodOf(message) === "CONNECT") return !isHost(target) || !(portOf(target) > 0);
  if (target === "*") return methodOf(message) !== "OPTIONS";
  const authority = ABSOLUTE.exec(target)?.[1];
  return !ORIGIN.test(target) && (authority === undefined || !isHost(authority));
}
