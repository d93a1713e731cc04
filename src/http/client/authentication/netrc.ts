/** A machine of a .netrc file, or its default. Texts are as in the file. */
export interface NetrcEntry {
  /** The host; `undefined` for the entry that is for every other host. */
  readonly machine: string | undefined;
  /** The user; `undefined` if the entry names none. */
  readonly login: string | undefined;
  /** The password; `undefined` if the entry names none. */
  readonly password: string | undefined;
}

/** What a .netrc file knows of a host. */
export interface NetrcCredentials {
  /** The user; empty if the file names only a password. */
  readonly user: string;
  /** The password; empty if the file has none. */
  readonly password: string;
}

/** The text is no .netrc file. The message quotes nothing of the file, which is full of secrets. */
export class NetrcError extends Error {
  /** Always "NetrcError". */
  override readonly name = "NetrcError";
}

/**
 * Reads the text of a .netrc file as curl 8 does: machine, default, login, password, account, macdef; values in
 * quotes with \n, \r, \t and \" as escapes; lines that begin with "#" are comments. A word that nobody knows is passed
 * over, and so is a "#" elsewhere: it may be part of a password.
 *
 * @throws {NetrcError} for a quote that nothing closes, a word of 4,096 or a line of 16,384 characters.
 */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: { machine: string | undefined; login?: string; password?: string }[] = [];
  let entry: (typeof entries)[number] | undefined;
  const words = new NetrcWords(text);
  for (let word = words.next(); word !== undefined; word = words.next()) {
    const keyword = word.quoted ? undefined : word.text.toLowerCase();
    switch (keyword) {
      case "machine":
      case "default":
        entry = { machine: keyword === "machine" ? words.next()?.text : undefined };
        if (keyword === "default" || entry.machine !== undefined) entries.push(entry);
        break;
      case "login":
      case "password": {
        const value = words.next()?.text;
        if (entry !== undefined && value !== undefined) entry[keyword] = value;
        break;
      }
      case "account":
        words.next();
        break;
      case "macdef":
        words.skipMacro();
        entry = undefined;
        break;
    }
  }
  return entries.map(({ machine, login, password }) => ({ machine, login, password }));
}

/**
 * What the entries know of a host. The first entry with the user counts, or the first entry of the host if no user is
 * given. The default is for hosts that no entry before it fits. `undefined`: nothing.
 *
 * The host has to be the same, not a domain above it; case does not matter. Do not ask for the host of a redirect: a
 * server could send us to any machine of the file (CVE-2024-11053).
 *
 * @param host a name or an address; an IPv6 address without its brackets.
 * @param user only an entry with this login, or without any.
 */
export function netrcCredentials(
  entries: readonly NetrcEntry[],
  host: string,
  user?: string,
): NetrcCredentials | undefined {
  const wanted = host.toLowerCase();
  const found = entries.find(
    ({ machine, login, password }) =>
      (machine === undefined || machine.toLowerCase() === wanted) &&
      (login !== undefined || password !== undefined) &&
      (user === undefined || login === undefined || login === user),
  );
  return found && { user: user ?? found.login ?? "", password: found.password ?? "" };
}

const MAX_WORD_LENGTH = 4095;
const MAX_LINE_LENGTH = 16_383;

const WORD = /[ \t\n]*(?:"((?:[^"\\]|\\.)*)(")?|([^ \t\n]+))/sy;
const REST_OF_MACRO = /[^\n]*(?:\n[^\n]*[^ \t\n][^\n]*)*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** The words of the file, one after the other. Only a word without quotes can be a keyword. */
class NetrcWords {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    // A NUL ends a line, as it does in C.
    const lines = text.split("\n").map((line) => line.split("\0", 1)[0]?.replace(/\r$/, "") ?? "");
    if (lines.some(({ length }) => length > MAX_LINE_LENGTH)) throw new NetrcError("a line is too long");
    this.#text = lines.filter((line) => !/^[ \t]*#/.test(line)).join("\n");
  }

  next(): { readonly text: string; readonly quoted: boolean } | undefined {
    const found = this.#match(WORD);
    if (found === null) return undefined;
    const [, inQuotes, closingQuote, bare] = found;
    if (bare === undefined && closingQuote === undefined) throw new NetrcError("a quote that nothing closes");
    const text = bare ?? inQuotes?.replace(/\\(.)/gs, (_, escaped) => ESCAPES.get(escaped) ?? escaped) ?? "";
    if (text.length > MAX_WORD_LENGTH) throw new NetrcError("a word is too long");
    return { text, quoted: bare === undefined };
  }

  /** A macro goes from its name to the next line without a word. */
  skipMacro(): void {
    this.#match(REST_OF_MACRO);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}
