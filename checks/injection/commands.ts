import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstAsked } from "../../src/cli/curl/first-request.ts";
import { parseCommandLine } from "../../src/cli/curl/parse.ts";
import { plansOf } from "../../src/cli/curl/plan.ts";
import { requestInput } from "../../src/cli/curl/request.ts";
import { Unreadable } from "./reader.ts";
import { plannedByUrl, sentBy } from "./requests.ts";
import { inUtf8, type Source, withContent, withName, withStart, withTarget, withValue } from "./source.ts";

const URL_TEXT = "http://a.test/";

// The bundler normally sets this, since a bundle cannot find package.json.
Object.assign(globalThis, { WIREPANE_VERSION: "0.0.0" });

/** What `wirepane http` sends for this command line. */
function command(name: string, words: (text: string) => string[], planned: Source["planned"]): Source {
  return {
    name: `command: ${name}`,
    kind: "request",
    send: (text) =>
      sentBy(async (client) => {
        // The User-Agent has a version that only the bundler knows, so send another one.
        const { operations } = parseCommandLine(["-q", "-A", "check", ...words(text)]);
        for (const plan of operations.flatMap((settings) => [...plansOf(settings)]))
          await client.request(requestInput(await firstAsked(plan), plan.settings));
      }),
    planned,
  };
}

const option = (name: string, planned: Source["planned"]): Source =>
  command(name, (text) => [name, text, URL_TEXT], planned);

/** As in curl, content that begins with "@" names a file. No such file exists here. */
function notAFile(text: string): string {
  if (text.startsWith("@")) throw new Unreadable("the name of a file");
  return text;
}

const directory = mkdtempSync(join(tmpdir(), "wirepane-injection-"));
const file = join(directory, "content");
process.on("exit", () => rmSync(directory, { recursive: true }));

export const COMMANDS: readonly Source[] = [
  command(
    "-H, the value",
    (text) => ["-H", `X-A: ${text}`, URL_TEXT],
    (innocent, text) => withValue(innocent, "X-A", text.trim()),
  ),
  command(
    "-H, the name",
    (text) => ["-H", `${text}: value`, URL_TEXT],
    (innocent, text) => {
      // The first colon ends the name. A semicolon also ends it, for a field without value; this field has one.
      const end = notAFile(text).search(/[:;]/);
      if (text[end] === ";")
        return { ...innocent, fields: innocent.fields.filter(([name]) => name !== "abcd") };
      const named = withName(innocent, "abcd", end === -1 ? text : text.slice(0, end));
      return end === -1
        ? named
        : withValue(named, text.slice(0, end), `${text.slice(end + 1)}: value`.trim());
    },
  ),
  option("-A", (innocent, text) => withValue(innocent, "User-Agent", text)),
  option("-e", (innocent, text) => withValue(innocent, "Referer", text)),
  option("-X", (innocent, text) => withStart(innocent, 0, text)),
  command(
    "--request-target",
    (text) => ["--request-target", `/${text}`, URL_TEXT],
    (innocent, text) => withTarget(innocent, `/${text}`),
  ),
  command(
    "-u",
    (text) => ["-u", `${text}:password`, URL_TEXT],
    (innocent, text) =>
      withValue(innocent, "Authorization", `Basic ${Buffer.from(`${text}:password`).toString("base64")}`),
  ),
  option("-d", (innocent, text) => withContent(innocent, inUtf8(notAFile(text)))),
  option("--data-raw", (innocent, text) => withContent(innocent, inUtf8(text))),
  option("--json", (innocent, text) => withContent(innocent, inUtf8(notAFile(text)))),
  command(
    "-d @FILE",
    (text) => {
      writeFileSync(file, text);
      return ["-d", `@${file}`, URL_TEXT];
    },
    (innocent, text) => withContent(innocent, inUtf8(text).replace(/[\r\n\0]/g, "")),
  ),
  command(
    "--data-urlencode",
    (text) => ["--data-urlencode", `=${text}`, URL_TEXT],
    (innocent, text) => withContent(innocent, urlEncoded(text)),
  ),
  command(
    "-G",
    (text) => ["-G", "-d", text, URL_TEXT],
    (innocent, text) => {
      const url = new URL(URL_TEXT);
      url.search = notAFile(text);
      return withTarget(innocent, url.pathname + url.search);
    },
  ),
  command(
    "URL",
    (text) => [`http://a.test/${text}`],
    (innocent, text) => plannedByUrl(innocent, new URL(`http://a.test/${text}`)),
  ),
];

/** application/x-www-form-urlencoded, except for "*" and "~" (RFC 3986 §2.3: "~" is unreserved). */
function urlEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9._~-]/.test(character)) return character;
      return byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}
