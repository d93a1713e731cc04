import type { RequestInput } from "../../index.ts";
import type { Arguments } from "../arguments.ts";
import { CommandError, UsageError } from "../exit-codes.ts";
import { version } from "../version.ts";
import { contentOf, readInput } from "./content.ts";

/** Above this size curl sends Expect: 100-continue and waits (RFC 9110 §10.1.1). */
const EXPECT_FROM_BYTES = 1024 * 1024;
const URL_MALFORMED = 3;

type Line = readonly [name: string, value: string];

/** The requests of a command line, as curl makes them: method, content, and field lines in curl's order. */
export function requestsFrom(args: Arguments<"http">): RequestInput[] {
  const content = contentOf(args);
  const inUrl = args.has("get");
  if (content !== undefined && args.has("head") && !inUrl) {
    throw new UsageError("-d wants POST and -I wants HEAD: use only one of them (or -G)");
  }
  const urls = [...args.values("url"), ...args.positionals];
  if (urls.length === 0) throw new UsageError("http wants a URL");
  const body = inUrl ? undefined : content;
  const method = args.value("request") ?? (args.has("head") ? "HEAD" : body === undefined ? "GET" : "POST");
  const target = args.value("request-target");
  return urls.map((text) => {
    const url = urlOf(text);
    if (inUrl && content !== undefined) addQuery(url, content.toString());
    return {
      url,
      method,
      fields: fieldLines(args, url, body),
      defaultFields: false,
      ...(body !== undefined && { body, expectContinue: body.length > EXPECT_FROM_BYTES }),
      ...(target !== undefined && { target }),
      ...(args.has("http1.0") && { version: "1.0" }),
      ...(args.has("compressed") && { decode: true }),
    };
  });
}

/** A URL without a scheme is http: `localhost:8080/x` has a host and a port. */
function urlOf(text: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const port = /^[^/]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(whole)?.[1];
  // Before an "@" the digits may be a password.
  if (Number(port) > 65_535 && !whole.includes("@"))
    throw new CommandError(URL_MALFORMED, `there is no port ${port}: the last port is 65535`);
  try {
    return new URL(whole);
  } catch {
    throw new CommandError(URL_MALFORMED, `not a URL: "${withoutUserInfo(text)}"`);
  }
}

/** In a text that is no URL, everything up to the last "@" may be userinfo. */
const withoutUserInfo = (text: string): string => text.replace(/^.*@/s, "•••@");

function addQuery(url: URL, query: string): void {
  url.search = url.search === "" ? query : `${url.search}&${query}`;
}

/**
 * Host, Authorization, User-Agent, Accept, Referer, the lines of -H, then the fields of the content. A line of -H replaces
 * the default line of the same name.
 */
function fieldLines(args: Arguments<"http">, url: URL, body: Uint8Array | undefined): Line[] {
  const { lines: own, names } = ownLines(args);
  const isOwn = ([name]: Line) => names.has(name.toLowerCase());
  const hosts = own.filter(([name]) => name.toLowerCase() === "host");
  const userAgent = args.value("user-agent") ?? `wirepane/${version()}`;
  const before: Line[] = [
    ...credentials(args, url),
    ...(userAgent === "" ? [] : [["User-Agent", userAgent] as const]),
    ["Accept", "*/*"],
    ...args
      .values("referer")
      .slice(-1)
      .map((value) => ["Referer", value] as const),
  ];
  const about: Line[] =
    body === undefined
      ? []
      : [
          ...(names.has("transfer-encoding") ? [] : [["Content-Length", String(body.length)] as const]),
          ["Content-Type", "application/x-www-form-urlencoded"],
        ];
  return [
    ...hosts,
    ...before.filter((line) => !isOwn(line)),
    ...own.filter((line) => !hosts.includes(line)),
    ...about.filter((line) => !isOwn(line)),
  ];
}

/** The lines of -H and --json, and the names of default lines that they replace or remove. */
function ownLines(args: Arguments<"http">): { lines: Line[]; names: Set<string> } {
  const lines: Line[] = [];
  const names = new Set<string>();
  const given = args
    .values("header")
    .flatMap((value) =>
      value.startsWith("@") ? readInput(value.slice(1)).toString().split(/\r?\n/) : [value],
    )
    .filter((line) => line !== "");
  for (const line of given) {
    const [, name, mark, value = ""] = /^([^:;]+)([:;])(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new UsageError(`-H wants "Name: value"; a line without a colon was given`);
    const trimmed = value.trim();
    names.add(name.toLowerCase());
    if (mark === ";" ? trimmed === "" : trimmed !== "") lines.push([name, mark === ";" ? "" : trimmed]);
  }
  if (args.has("json")) {
    for (const name of ["Content-Type", "Accept"]) {
      if (!names.has(name.toLowerCase())) lines.push([name, "application/json"]);
      names.add(name.toLowerCase());
    }
  }
  return { lines, names };
}

/** The credentials of -u or of the URL, and removed from the URL. As an Authorization field they do not leave the origin. */
function credentials(args: Arguments<"http">, url: URL): Line[] {
  const inUrl = url.username === "" && url.password === "" ? undefined : userInfo(url);
  url.username = "";
  url.password = "";
  const user = args.value("user") ?? inUrl;
  if (user === undefined) return [];
  if (!user.includes(":")) throw new UsageError("-u wants USER:PASSWORD");
  return [["Authorization", `Basic ${Buffer.from(user).toString("base64")}`]];
}

function userInfo({ username, password }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return `${username}:${password}`; // a "%" that is no escape stays as it is
  }
}
