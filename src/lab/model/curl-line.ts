import { type FormRequest, requestText } from "./request-form.ts";
import { shellWords } from "./shell-words.ts";

/** What a command line of curl asks for. */
export interface CurlRequest {
  /** The request as text to edit. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
  /** What of the line has no place in the request, in sentences. */
  readonly notes: string[];
}

/** Options without an argument that change nothing in the request. */
const SILENT =
  /^(-[sSvkLifNO#]+|--(silent|show-error|verbose|insecure|location|include|fail|no-buffer|http1\.1|raw|remote-name))$/;

/** What the options said so far. */
interface Asked {
  method: string | undefined;
  url: string | undefined;
  readonly fields: [name: string, value: string][];
  readonly data: string[];
  asQuery: boolean;
  readonly notes: string[];
}

/** Options with an argument. */
const OPTIONS: Readonly<Record<string, (asked: Asked, argument: string) => void>> = {
  "--request": (asked, method) => {
    asked.method = method;
  },
  "--url": (asked, url) => {
    asked.url = url;
  },
  "--header": (asked, line) => addField(asked, line),
  "--data": (asked, data) => addData(asked, data),
  "--data-raw": (asked, data) => asked.data.push(data),
  "--data-ascii": (asked, data) => addData(asked, data),
  "--data-binary": (asked, data) => addData(asked, data),
  "--data-urlencode": (asked, data) => {
    const [name, ...value] = data.split("=");
    asked.data.push(
      value.length === 0 ? encodeURIComponent(data) : `${name}=${encodeURIComponent(value.join("="))}`,
    );
  },
  "--json": (asked, data) => {
    asked.data.push(data);
    setField(asked, "Content-Type", "application/json");
    setField(asked, "Accept", "application/json");
  },
  "--user": (asked, user) => setField(asked, "Authorization", `Basic ${btoa(user)}`),
  "--user-agent": (asked, agent) => setField(asked, "User-Agent", agent),
  "--referer": (asked, referrer) => setField(asked, "Referer", referrer),
  "--cookie": (asked, cookie) => setField(asked, "Cookie", cookie),
  "--range": (asked, range) => setField(asked, "Range", `bytes=${range}`),
};

const SHORT: Readonly<Record<string, string>> = {
  "-X": "--request",
  "-H": "--header",
  "-d": "--data",
  "-u": "--user",
  "-A": "--user-agent",
  "-e": "--referer",
  "-b": "--cookie",
  "-r": "--range",
};

/**
 * The request that a command line of curl sends.
 *
 * @throws {SyntaxError} it is no such line: a sentence for people.
 */
export function fromCurl(line: string): CurlRequest {
  const [command, ...words] = shellWords(line);
  if (command !== "curl") throw new SyntaxError("a line of curl begins with the word curl");
  const asked: Asked = { method: undefined, url: undefined, fields: [], data: [], asQuery: false, notes: [] };
  for (let word = words.shift(); word !== undefined; word = words.shift()) takeWord(asked, word, words);
  if (asked.url === undefined) throw new SyntaxError("the line names no URL");
  return requestOf(asked, urlOf(asked.url));
}

function takeWord(asked: Asked, word: string, rest: string[]): void {
  if (!word.startsWith("-") || word === "-") {
    asked.url = word;
    return;
  }
  // -d@file, -XPOST: the argument may follow without a space. --name=value is curl's, too.
  const attached = /^(-[XHduAebr])(.+)$/s.exec(word) ?? /^(--[a-z-]+)=(.*)$/s.exec(word);
  const name = attached?.[1] ?? word;
  const option = OPTIONS[SHORT[name] ?? name];
  if (option !== undefined && Object.hasOwn(OPTIONS, SHORT[name] ?? name)) {
    const argument = attached?.[2] ?? rest.shift();
    if (argument === undefined) throw new SyntaxError(`${name} wants an argument`);
    option(asked, argument);
  } else if (word === "-I" || word === "--head") asked.method ??= "HEAD";
  else if (word === "-G" || word === "--get") asked.asQuery = true;
  else if (word === "--compressed") setField(asked, "Accept-Encoding", "gzip");
  else if (!SILENT.test(word)) asked.notes.push(`${word} is not known here, and left out.`);
}

function urlOf(text: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(whole);
  } catch {
    throw new SyntaxError(`no URL: ${text}`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new SyntaxError(`this is not HTTP: ${url.protocol}`);
  return url;
}

function requestOf(asked: Asked, url: URL): CurlRequest {
  const { fields, notes } = asked;
  if (url.protocol === "https:") notes.push("The page sends without TLS.");
  const content = asked.data.join("&");
  if (asked.data.length > 0 && !asked.asQuery && !hasField(asked, "Content-Type"))
    fields.push(["Content-Type", "application/x-www-form-urlencoded"]);
  const query = asked.asQuery && content !== "" ? `${url.search === "" ? "?" : "&"}${content}` : "";
  const hasContent = asked.data.length > 0 && !asked.asQuery;
  const request: FormRequest = {
    method: asked.method ?? (hasContent ? "POST" : "GET"),
    target: `${url.pathname}${url.search}${query}`,
    fields: [...(hasField(asked, "Host") ? [] : [["Host", url.host] as const]), ...fields],
    content: hasContent ? content : "",
  };
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { text: requestText(request), host: url.hostname.replace(/^\[|\]$/g, ""), port, notes };
}

function addField(asked: Asked, line: string): void {
  const colon = line.indexOf(":");
  // "Name;" is curl's way to send an empty value, "Name:" its way to leave a field out.
  if (colon === -1) asked.fields.push([line.replace(/;$/, ""), ""]);
  else if (line.slice(colon + 1).trim() !== "")
    asked.fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
}

function addData(asked: Asked, data: string): void {
  if (data.startsWith("@"))
    asked.notes.push(`The file ${data.slice(1)} is not read: its content is missing.`);
  else asked.data.push(data);
}

const hasField = ({ fields }: Asked, name: string): boolean =>
  fields.some(([each]) => each.toLowerCase() === name.toLowerCase());

function setField(asked: Asked, name: string, value: string): void {
  if (!hasField(asked, name)) asked.fields.push([name, value]);
}
