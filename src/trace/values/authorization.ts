import type { ValuePart, ValueReader } from "./part.ts";
import { isToken, listOf, pairOf, part, textOf } from "./scan.ts";

const SECTION = "RFC 9110 §11.4";

/** The registered schemes: what the credentials are, and where they are defined. */
const SCHEMES: Readonly<Record<string, readonly [meaning: string, section: string]>> = {
  basic: ["user and password in Base64: readable by everybody on the way", "RFC 7617 §2"],
  bearer: ["a token: who has it, may use it", "RFC 6750 §2.1"],
  digest: ["a hash of the password and of what the server said", "RFC 7616 §3.4"],
  concealed: ["a signature that hides which resources need one", "RFC 9729"],
  dpop: ["a token that is bound to a key of the client", "RFC 9449 §7.1"],
  gnap: ["a token of the Grant Negotiation and Authorization Protocol", "RFC 9635 §7.2"],
  hoba: ["a signature by a key of the client", "RFC 7486 §3"],
  mutual: ["a proof of the password by both ends", "RFC 8120"],
  negotiate: ["Kerberos or NTLM, by SPNEGO; authenticates the connection", "RFC 4559 §4"],
  ntlm: ["NTLM; authenticates the connection, not the request", "no standard"],
  oauth: ["OAuth 1.0", "RFC 5849 §3.5.1"],
  privatetoken: ["a token that does not tell who holds it", "RFC 9577 §2.2"],
  "scram-sha-1": ["a proof that does not tell the password", "RFC 7804"],
  "scram-sha-256": ["a proof that does not tell the password", "RFC 7804"],
  vapid: ["a signed token of a server for push messages", "RFC 8292 §3"],
  "aws4-hmac-sha256": ["a signature of the request for Amazon's services", "no standard"],
};

/** Authorization and Proxy-Authorization: a scheme, and credentials (RFC 9110 §11.4). */
export const credentials: ValueReader = (value) => {
  if (/^\*+$/.test(value))
    return [part("credentials", { start: 0, end: value.length }, "masked, since it is a secret", SECTION)];
  const space = value.indexOf(" ");
  const schemeEnd = space === -1 ? value.length : space;
  const scheme = value.slice(0, schemeEnd);
  const known = schemeOf(scheme);
  const [meaning, section] = known ?? ["a scheme that no registry has", SECTION];
  const problem = isToken(scheme) ? undefined : "a token is expected as the scheme, such as Basic or Bearer";
  const schemePart = part("scheme", { start: 0, end: schemeEnd }, meaning, section, problem);
  const rest = { start: schemeEnd + 1, end: value.length };
  if (rest.start >= rest.end)
    return [
      problem === undefined && known !== undefined
        ? { ...schemePart, problem: "credentials are expected behind the scheme" }
        : schemePart,
    ];
  return [
    schemePart,
    part(
      "credentials",
      rest,
      "the credentials: a secret",
      section,
      credentialsProblem(scheme, textOf(value, rest)),
    ),
  ];
};

const schemeOf = (scheme: string): readonly [string, string] | undefined => {
  const key = scheme.toLowerCase();
  return Object.hasOwn(SCHEMES, key) ? SCHEMES[key] : undefined;
};

/** Of masked credentials nothing is known. */
function credentialsProblem(scheme: string, text: string): string | undefined {
  if (/^\*+$/.test(text)) return undefined;
  const oneToken = /^(?:basic|bearer|negotiate|ntlm|dpop)$/i.test(scheme);
  return oneToken && !/^[A-Za-z0-9._~+/-]+=*$/.test(text)
    ? "letters, digits and -._~+/ are expected, with = at the end only (token68)"
    : undefined;
}

const PARAMETERS: Readonly<Record<string, readonly [meaning: string, section: string]>> = {
  realm: ["which part of the server this is about", "RFC 9110 §11.5"],
  charset: ["how user and password become bytes", "RFC 7617 §2.1"],
  scope: ["what the token has to allow", "RFC 6750 §3"],
  error: ["why the request was refused", "RFC 6750 §3"],
  error_description: ["why the request was refused, for people", "RFC 6750 §3"],
  nonce: ["a value for this challenge alone", "RFC 7616 §3.3"],
  opaque: ["the client sends it back as it is", "RFC 7616 §3.3"],
  stale: ["only the nonce was too old: try again", "RFC 7616 §3.3"],
  algorithm: ["which hash is used", "RFC 7616 §3.3"],
  qop: ["what the hash protects", "RFC 7616 §3.3"],
  domain: ["for which URIs this holds", "RFC 7616 §3.3"],
  userhash: ["whether the user's name is hashed, too", "RFC 7616 §3.3"],
};

/** WWW-Authenticate and Proxy-Authenticate: challenges, each a scheme with parameters (RFC 9110 §11.6.1). */
export const challenges: ValueReader = (value) => {
  const parts: ValuePart[] = [];
  for (const range of listOf(value)) {
    // A comma separates challenges, and also the parameters of one challenge: a member "scheme name=value" begins one.
    const text = textOf(value, range);
    const scheme = /^([!#$%&'*+.^_`|~\w-]+)(?:[ \t]+|$)(?![ \t=])/.exec(text)?.[1];
    let from = range.start;
    if (scheme !== undefined) {
      const [meaning, section] = schemeOf(scheme) ?? ["a scheme that no registry has", SECTION];
      parts.push(part("scheme", { start: from, end: from + scheme.length }, meaning, section));
      from += scheme.length;
      while (value[from] === " " || value[from] === "\t") from++;
    }
    if (from < range.end) parts.push(parameterPart(value, from, range.end, parts.length === 0));
  }
  return parts;
};

function parameterPart(value: string, start: number, end: number, isFirst: boolean): ValuePart {
  const range = { start, end };
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(value.slice(start, end)))
    return part("parameter", range, "data of the scheme", SECTION);
  const pair = pairOf(value, range, true);
  const [meaning, section] = Object.hasOwn(PARAMETERS, pair.name)
    ? (PARAMETERS[pair.name] as readonly [string, string])
    : ["a parameter of the scheme", SECTION];
  return part(
    "parameter",
    range,
    meaning,
    section,
    isFirst ? "a scheme is expected first, such as Basic" : pair.problem,
  );
}
