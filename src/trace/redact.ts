/*
 * What is a secret, in one place: fields and query parameters whose values let somebody in, and userinfo in URIs. In
 * doubt a value is a secret. `masking.ts` masks them. SECURITY.md says what is not masked.
 */

/** Octets `[start, end)` of a text. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
}

/** Ends of names, of fields and of parameters: X-Api-Key and api_key, X-Vault-Token and access_token. */
const ENDINGS =
  /(?:authorization|cookie|token|secret|passw(?:or)?d|passphrase|credential|signature|(?:api|access|private|auth|subscription)key|sess(?:ion)?id|assertion)$/;

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
  "sig",
  "sid",
  "session",
  "jwt",
  "otp",
  "ticket",
  "samlresponse",
]);

/** Only letters and digits count, and their case does not: X-CSRF-Token, x_csrf_token, user[token]. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "");

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
export function secretsOfValue(text: string, whole = true): SecretRange[] {
  const found: SecretRange[] = [];
  for (const match of text.matchAll(whole ? USERINFO : USERINFO_OR_END)) {
    found.push({ start: match.index + 2, end: match.index + 2 + (match[1] as string).length });
  }
  let behind = 0;
  for (const match of text.matchAll(PARAMETER)) {
    const start = match.index + match[0].length;
    if (start <= behind || !isSecretParameter(match[1] as string)) continue;
    VALUE_END.lastIndex = start;
    behind = VALUE_END.exec(text)?.index ?? text.length;
    found.push({ start, end: behind });
  }
  return found;
}

const USERINFO = /[/\\]{2}([^/\\?#\s]*)@/g;
const USERINFO_OR_END = /[/\\]{2}([^/\\?#\s]*)(?:@|$)/g;
const PARAMETER = /[?&;#]([^?&;#=\s]*)=/g;
const VALUE_END = /[&#\s]/g;

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

/** Userinfo of a Host, or of the target of CONNECT: an authority without slashes before it. */
export function secretsOfAuthority(text: string, whole = true): SecretRange[] {
  const [, userinfo = ""] = (whole ? /^([^/?#]*)@/ : /^([^/?#]*)(?:@|$)/).exec(text) ?? [];
  return userinfo === "" ? [] : [{ start: 0, end: userinfo.length }];
}

/**
 * The secrets of a line that the grammar has not read, since the line is broken or incomplete. Its names decide.
 *
 * @param whole false: the end of the line is not here yet.
 */
export function secretsOfLine(line: string, whole: boolean): readonly SecretRange[] {
  const valueStart = secretValueStart(line);
  if (valueStart !== undefined) return [{ start: valueStart, end: line.length }];
  const authority = /^(?:CONNECT |Host[ \t]*:)[ \t]*/i.exec(line)?.[0].length;
  const found = secretsOfValue(line, whole);
  if (authority === undefined) return found;
  const shifted = secretsOfAuthority(line.slice(authority), whole);
  return [...found, ...shifted.map(({ start, end }) => ({ start: start + authority, end: end + authority }))];
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
