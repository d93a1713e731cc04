import { trimWhitespace } from "../../../http1/list.ts";

/** One challenge of WWW-Authenticate or Proxy-Authenticate: a scheme, and what the scheme needs to know. */
export interface Challenge {
  /** The scheme in lower case, such as "basic" or "digest". */
  readonly scheme: string;
  /** The one value of schemes without parameters, such as Negotiate; `undefined` without. */
  readonly token68: string | undefined;
  /** Parameter name in lower case → value without quotes and escapes. Of two with one name, the last counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The challenges in the field values of WWW-Authenticate or Proxy-Authenticate, in their order (RFC 9110 §11.6.1).
 *
 * One field line may have several challenges, and several field lines may come. What follows no grammar is passed
 * over: the function never throws. Forgiven: whitespace around "=", a comma too many or too few, a quote that nothing
 * closes.
 */
export function parseChallenges(fieldValues: readonly string[]): Challenge[] {
  const challenges: Challenge[] = [];
  for (const value of fieldValues) {
    let current: { readonly parameters: Map<string, string> } | undefined;
    for (const part of parts(value)) {
      if (part.type === "parameter") {
        current?.parameters.set(part.name.toLowerCase(), part.value);
        continue;
      }
      const challenge = {
        scheme: part.name.toLowerCase(),
        token68: part.token68,
        parameters: new Map<string, string>(),
      };
      challenges.push(challenge);
      current = challenge;
    }
  }
  return challenges;
}

/** The parameters of a field without schemes, such as Authentication-Info (RFC 7615 §3). */
export function parseParameters(fieldValues: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of fieldValues.flatMap((value) => [...parts(value)])) {
    if (part.type === "parameter") parameters.set(part.name.toLowerCase(), part.value);
  }
  return parameters;
}

type Part =
  | { readonly type: "scheme"; readonly name: string; readonly token68: string | undefined }
  | { readonly type: "parameter"; readonly name: string; readonly value: string };

/** A token before "=" is the name of a parameter. Any other token is a scheme: no comma tells them apart. */
function* parts(text: string): Generator<Part> {
  let at = 0;
  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[0];
  };
  while (at < text.length) {
    const name = matched(TOKEN);
    if (name === undefined) {
      // A quoted string that belongs to nothing must not be read from its middle: its text may look like a scheme.
      if (matched(QUOTED) === undefined) at++;
      continue;
    }
    if (matched(EQUALS) !== undefined) {
      const quoted = matched(QUOTED);
      yield {
        type: "parameter",
        name,
        value: quoted === undefined ? trimWhitespace(matched(UNQUOTED) ?? "") : unquoted(quoted),
      };
    } else {
      matched(SPACES);
      yield { type: "scheme", name, token68: matched(TOKEN68) };
    }
  }
}

const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const SPACES = /[ \t]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|\\?$)/sy;
const UNQUOTED = /[^,"\s][^,\s]*/y;
/** RFC 9110 §11.2. It ends the challenge; a name before "=" and a value is a parameter instead. */
const TOKEN68 = /[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;

function unquoted(quoted: string): string {
  const closed = /^"(?:[^"\\]|\\.)*"$/s.test(quoted);
  return quoted.slice(1, closed ? -1 : undefined).replace(/\\(.)/gs, "$1");
}
