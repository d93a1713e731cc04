/**
 * The words of a command line, as a POSIX shell splits them, and with `$'…'`, which browsers copy. Nothing is expanded.
 *
 * @throws {SyntaxError} a quote is not closed: a sentence for people.
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line.replace(/\\\r?\n/g, " ").trim();
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest);
    if (found === null) return undefined;
    rest = rest.slice(found[0].length);
    return found[1] ?? "";
  };
  while (rest !== "") {
    if (take(/^\s+/) !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const part =
      take(/^'([^']*)'/) ??
      take(/^"((?:[^"\\]|\\[\s\S])*)"/)?.replace(/\\([\\"$`])/g, "$1") ??
      unescaped(take(/^\$'((?:[^'\\]|\\[\s\S])*)'/)) ??
      take(/^\\([\s\S])/) ??
      take(/^([^\s'"\\])/);
    if (part === undefined) throw new SyntaxError(`a quote is not closed: ${rest.slice(0, 20)}`);
    word = (word ?? "") + part;
  }
  if (word !== undefined) words.push(word);
  return words;
}

const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "0": "\0" };

/** The text of `$'…'`. */
const unescaped = (text: string | undefined): string | undefined =>
  text?.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([\s\S]))/g,
    (_, hex?: string, unicode?: string, letter = "") =>
      hex !== undefined || unicode !== undefined
        ? String.fromCharCode(Number.parseInt(hex ?? unicode ?? "", 16))
        : (LETTERS[letter] ?? letter),
  );
