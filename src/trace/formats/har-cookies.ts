import type { RecordedMessage } from "../message-stream.ts";

type Fields = RecordedMessage["fields"];

interface HarCookie {
  readonly name: string;
  readonly value: string;
  readonly path?: string;
  readonly domain?: string;
  readonly expires?: string;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: string;
}

/** The cookies of a request (RFC 6265 §4.2.1). A value that was masked has no names in it: no cookie. */
export function cookiesOf(fields: Fields): HarCookie[] {
  return valuesOf(fields, "cookie").flatMap((value) => value.split(";").map(pairOf).filter(isNamed));
}

/** The cookies of a response (RFC 6265 §5.2). */
export function setCookiesOf(fields: Fields): HarCookie[] {
  return valuesOf(fields, "set-cookie").flatMap((value) => {
    const [first = "", ...attributes] = value.split(";");
    const pair = pairOf(first);
    return isNamed(pair) ? [attributes.map(pairOf).reduce(withAttribute, pair)] : [];
  });
}

function withAttribute(cookie: HarCookie, { name, value }: HarCookie): HarCookie {
  switch (name.toLowerCase()) {
    case "path":
      return { ...cookie, path: value };
    case "domain":
      return { ...cookie, domain: value };
    case "secure":
      return { ...cookie, secure: true };
    case "httponly":
      return { ...cookie, httpOnly: true };
    case "samesite":
      return { ...cookie, sameSite: value };
    case "expires": {
      const time = Date.parse(value);
      return Number.isNaN(time) ? cookie : { ...cookie, expires: new Date(time).toISOString() };
    }
    default:
      return cookie;
  }
}

const valuesOf = (fields: Fields, wanted: string): string[] =>
  fields
    .filter(([name, value]) => name.toLowerCase() === wanted && !/^\**$/.test(value))
    .map(([, value]) => value);

function pairOf(text: string): HarCookie {
  const equals = text.indexOf("=");
  if (equals === -1) return { name: text.trim(), value: "" };
  return { name: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() };
}

const isNamed = ({ name }: HarCookie): boolean => name !== "";
