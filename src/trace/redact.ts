/*
 * What is a secret, in one place: fields and query parameters whose values let somebody in, and userinfo in URIs. In
 * doubt a value is a secret. `masking.ts` masks them. SECURITY.md says what is not masked.
 */

/** Octets `[start, end)` of a text. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Ends of names, of fields and of parameters: X-Api-Key and api_key, X-Vault-Token and access_token. There are keys that
 * open nothing (Sec-WebSocket-Key, Idempotency-Key), so "key" alone is not enough.
 */
const ENDINGS = new RegExp(
  `(?:${[
    "authorization|cookie|token|tokenhint|secret|passw(?:or)?d|passphrase|passcode|credential|signature|signature256",
    "(?:api|access|private|auth|subscription|secret|master|encryption|customer|signing|shared|account|license|pass)key",
    "(?:device|user|access|verification)code|verifier|sess(?:ion)?id|session|assertion|csrf|xsrf|jwt|otp|bearer",
  ].join("|")})$`,
);

/** More secret fields, by the letters and digits of their names. */
const FIELDS: ReadonlySet<string> = new Set([
  "authenticationinfo",
  "proxyauthenticationinfo",
  "cookie2",
  "setcookie2",
  "xauth",
  "xfunctionskey",
  "ddapplicationkey",
  "xamznoidcdata",
  "xmsclientprincipal",
]);

/** More secret parameters, of a query, a fragment or a path. */
const PARAMETERS: ReadonlySet<string> = new Set([
  "key",
  "code",
  "auth",
  "pass",
  "pwd",
  "pw",
  "pin",
  "sig",
  "sid",
  "ticket",
  "samlresponse",
]);

/** A line without a colon is one long name, and it is read again with each piece that comes: its end says enough. */
const MAX_NAME_UNITS = 256;

/** Only letters and digits count, and their case does not: X-CSRF-Token, x_csrf_token, user[token]. */
const plain = (name: string): string =>
  name
    .slice(-MAX_NAME_UNITS)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "");

export function isSecretField(name: string): boolean {
  const key = plain(name);
  return FIELDS.has(key) || ENDINGS.test(key);
}

function isSecretParameter(name: string): boolean {
  const key = plain(unescaped(name));
  return PARAMETERS.has(key) || ENDINGS.test(key);
}

function unescaped(name: string): string {
  return name.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/**
 * The secrets in a request-target or a field value: userinfo and parameters of the URIs in it.
 *
 * @param whole false: the rest of the text is not here yet, so what may become userinfo counts as userinfo.
 */
function secretsOfValue(text: string, whole: boolean): SecretRange[] {
  const found: SecretRange[] = [];
  for (const match of text.matchAll(whole ? USERINFO : USERINFO_OR_END)) {
    found.push({ start: match.index + 2, end: match.index + 2 + (match[1] as string).length });
  }
  findParameters(found, text, PARAMETER);
  if (!text.includes("%")) return found;
  for (const match of text.matchAll(whole ? NESTED_USERINFO : NESTED_USERINFO_OR_END)) {
    const end = match.index + match[0].length;
    found.push({ start: match.index + (match[1] as string).length, end });
  }
  findParameters(found, text, NESTED_PARAMETER);
  return found;
}

function findParameters(found: SecretRange[], text: string, pattern: RegExp): void {
  let behind = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index + match[0].length;
    if (start <= behind || !isSecretParameter(match[1] as string)) continue;
    VALUE_END.lastIndex = start;
    behind = VALUE_END.exec(text)?.index ?? text.length;
    found.push({ start, end: behind });
  }
}

const USERINFO = /[/\\]{2}([^/\\?#\s]*)@/g;
const USERINFO_OR_END = /[/\\]{2}([^/\\?#\s]*)(?:@|$)/g;
const PARAMETER = /[?&;#]([^?&;#=\s]*)=/g;
const VALUE_END = /[&#\s]/g;
/*
 * A URI in a parameter of another URI: ?next=%2Flogin%3Ftoken%3Dx, encoded once or more often. Names and userinfo have a
 * limit here: without a limit, a hostile text would cost quadratic time.
 */
const NESTED_PARAMETER = /%(?:25)*(?:3f|26|3b|23)([^?&;#=\s%]{0,64})%(?:25)*3d/gi;
const NESTED_USERINFO = /((?:%(?:25)*(?:2f|5c)){2})[^/\\?&#\s]{0,256}(?=%(?:25)*40)/gi;
const NESTED_USERINFO_OR_END = /((?:%(?:25)*(?:2f|5c)){2})[^/\\?&#\s]{0,256}(?=%(?:25)*40|$)/gi;

/**
 * The secrets in the value of a secret field. What lets nobody in stays readable: the scheme of credentials, the names of
 * cookies, and the attributes of Set-Cookie. In doubt all of the value is secret.
 */
export function secretsOfSecretField(name: string, text: string): SecretRange[] {
  switch (plain(name)) {
    case "authorization":
    case "proxyauthorization": {
      const scheme = SCHEME.exec(text)?.[0].length ?? 0;
      return [{ start: scheme, end: text.length }];
    }
    case "cookie":
      return piecesOf(text).map((piece) => valueOfPair(text, piece));
    case "setcookie": {
      const [pair, ...attributes] = piecesOf(text);
      if (pair === undefined) return [];
      return [
        valueOfPair(text, pair),
        ...attributes.filter(({ start, end }) => !ATTRIBUTE.test(text.slice(start, end))),
      ];
    }
    default:
      return [{ start: 0, end: text.length }];
  }
}

/** A scheme that we know, and the single space behind it. Another word may be the secret itself. */
const SCHEME = /^(?:Basic|Bearer|Digest|DPoP|Negotiate|NTLM|OAuth|AWS4-HMAC-SHA256) (?! )/i;
const ATTRIBUTE =
  /^[ \t]*(?:(?:Secure|HttpOnly|Partitioned)|(?:Expires|Max-Age|Domain|SameSite|Priority)=[\w ,:.+-]*|Path=[\w/.-]*)[ \t]*$/i;

/** The pieces between semicolons. */
function piecesOf(text: string): SecretRange[] {
  const found: SecretRange[] = [];
  for (let start = 0; start <= text.length; ) {
    const semicolon = text.indexOf(";", start);
    const end = semicolon === -1 ? text.length : semicolon;
    found.push({ start, end });
    start = end + 1;
  }
  return found;
}

/** The value of `name=value`. Without a name, all of it. */
function valueOfPair(text: string, { start, end }: SecretRange): SecretRange {
  const name = /^[ \t]*[!#$%&'*+.^_`|~\w-]+=/.exec(text.slice(start, end))?.[0].length ?? 0;
  return { start: start + name, end };
}

/** The secrets in the value of a field that is not secret itself. */
export const secretsOfOpenField = (name: string, value: string, whole = true): readonly SecretRange[] =>
  namesHost(name) ? secretsOfAuthority(value, whole) : secretsOfValue(value, whole);

/** The secrets in a request-target. CONNECT has an authority, every other target a path (RFC 9112 §3.2). */
export const secretsOfTarget = (target: string, whole = true): readonly SecretRange[] =>
  /^\/|\/\//.test(target) ? secretsOfValue(target, whole) : secretsOfAuthority(target, whole);

/** Fields with the name of a host, without slashes before it: Host, X-Forwarded-Host, Via. An unknown field may be one. */
const namesHost = (name: string): boolean => HOST_FIELD.test(plain(name));
const HOST_FIELD = /(?:host|forwardedserver|^via|^forwarded|^altsvc|^altused|^)$/;

/** Userinfo of an authority without slashes before it. In doubt it is all that stands before an at sign. */
function secretsOfAuthority(text: string, whole: boolean): readonly SecretRange[] {
  const found = secretsOfValue(text, whole);
  const end = whole ? text.lastIndexOf("@") : text.length;
  return end <= 0 ? found : [{ start: 0, end }, ...found.filter(({ start }) => start >= end)];
}

/**
 * The secrets of a line that the grammar has not read, since the line is broken or incomplete. Its names decide.
 *
 * @param whole false: the end of the line is not here yet.
 */
export function secretsOfLine(line: string, whole: boolean): readonly SecretRange[] {
  const valueStart = secretValueStart(line);
  if (valueStart !== undefined) return [{ start: valueStart, end: line.length }];
  // A space in a request-target breaks the line, but ends no secret.
  const text = isFieldLine(line) ? line : line.replace(/\s(?!HTTP\/\d\.\d$)/g, "_");
  const authority = authorityStart(line);
  if (authority === undefined) return secretsOfValue(text, whole);
  const found = secretsOfAuthority(text.slice(authority), whole);
  return found.map(({ start, end }) => ({ start: start + authority, end: end + authority }));
}

const isFieldLine = (line: string): boolean => line.includes(":") && /^[^\s:]+[ \t]*:/.test(line);

/** Where the value of a field that names a host begins, or the target of CONNECT. */
function authorityStart(line: string): number | undefined {
  const colon = line.indexOf(":");
  if (colon !== -1 && namesHost(line.slice(0, colon))) return afterWhitespace(line, colon + 1);
  return /^CONNECT +/i.exec(line)?.[0].length;
}

/** Where the value of a secret field begins. The colon may be missing, and anything may stand before the name. */
export function secretValueStart(line: string): number | undefined {
  const colon = line.indexOf(":");
  if (colon !== -1 && isSecretField(line.slice(0, colon))) return afterWhitespace(line, colon + 1);
  const word = /^\s*[^\s:]+/.exec(line)?.[0];
  return word !== undefined && isSecretField(word) ? afterWhitespace(line, word.length) : undefined;
}

function afterWhitespace(line: string, from: number): number {
  let at = from;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}
