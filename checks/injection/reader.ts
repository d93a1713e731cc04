/** A message as it is on the wire, one character for each byte. */
export interface Message {
  readonly start: readonly [string, string, string];
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

export class Unreadable extends Error {}
/** The bytes so far are valid, but the message is not complete. */
export class Incomplete extends Unreadable {}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([!"$-~]+) (HTTP/1\\.[01])$`);
const STATUS_LINE = /^(HTTP\/1\.1) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)$/;
const FIELD_LINE = new RegExp(
  `^(${TOKEN}):[\\t ]*((?:[\\x21-\\x7e\\x80-\\xff](?:[\\t -~\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?)[\\t ]*$`,
);

/**
 * Reads requests or responses strictly by RFC 9112, and does not know how we make them. Content-Length or chunks frame
 * the content; without either there is no content.
 */
export function readMessages(wire: string, kind: "request" | "response"): Message[] {
  const messages: Message[] = [];
  let at = 0;

  function line(): string {
    const end = wire.indexOf("\n", at);
    if (end === -1) throw new Incomplete("a line without its end");
    const text = wire.slice(at, end - 1);
    if (wire[end - 1] !== "\r" || text.includes("\r"))
      throw new Unreadable("a line that ends with LF or has a CR");
    at = end + 1;
    return text;
  }
  function take(length: number): string {
    if (wire.length < at + length) throw new Incomplete("content cut short");
    at += length;
    return wire.slice(at - length, at);
  }
  function section(): [string, string][] {
    const fields: [string, string][] = [];
    for (let text = line(); text !== ""; text = line()) {
      const [, name, value] = FIELD_LINE.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new Unreadable(`no field line: ${JSON.stringify(text)}`);
      fields.push([name, value]);
    }
    return fields;
  }
  function chunks(): string {
    let content = "";
    for (;;) {
      const size = line();
      if (!/^[0-9a-f]{1,8}$/.test(size)) throw new Unreadable(`no chunk size: ${JSON.stringify(size)}`);
      if (size === "0") return content;
      content += take(Number.parseInt(size, 16));
      if (line() !== "") throw new Unreadable("more chunk data than the chunk has");
    }
  }

  while (at < wire.length) {
    const first = line();
    const [, ...start] = (kind === "request" ? REQUEST_LINE : STATUS_LINE).exec(first) ?? [];
    if (start.length !== 3) throw new Unreadable(`no start-line: ${JSON.stringify(first)}`);
    const fields = section();
    const all = (wanted: string) =>
      fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
    const [coding, length] = [all("transfer-encoding"), all("content-length")];
    if (coding.length + length.length > 1) throw new Unreadable("framed more than once");
    if (coding.length === 1 && coding[0] !== "chunked") throw new Unreadable(`a coding: ${coding[0]}`);
    if (length.length === 1 && !/^\d{1,9}$/.test(length[0] ?? ""))
      throw new Unreadable(`a length: ${length[0]}`);
    const content = coding.length === 1 ? chunks() : take(Number(length[0] ?? 0));
    const trailers = coding.length === 1 ? section() : [];
    messages.push({ start: start as [string, string, string], fields, content, trailers });
  }
  return messages;
}
