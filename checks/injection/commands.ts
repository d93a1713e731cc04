import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withContent as askedWithContent, askedWithoutContent } from "../../src/cli/curl/first-request.ts";
import { parseCommandLine } from "../../src/cli/curl/parse.ts";
import { plansOf } from "../../src/cli/curl/plan.ts";
import { requestInput } from "../../src/cli/curl/request.ts";
import { UsageError } from "../../src/cli/exit-codes.ts";
import { Unreadable } from "./reader.ts";
import { sentBy } from "./requests.ts";
import { inUtf8, type Source, withContent, withValue } from "./source.ts";

/** Field lines without a control octet, under names that are tokens. */
const KEEPS_THE_RULES = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/;
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
        for (const plan of operations.flatMap((settings) => [...plansOf(settings)])) {
          const request = requestInput(
            await askedWithContent(askedWithoutContent(plan), plan),
            plan.settings,
          );
          if (!KEEPS_THE_RULES.test(request.fieldText ?? ""))
            throw new UsageError("a head as it was typed has no plan");
          await client.request(request);
        }
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

/*
 * The command sends a head as it was typed, octet by octet, also where it breaks a rule. Such heads have no plan here:
 * test/http1/exact-head.test.ts holds that nothing in them ends a line. A head that keeps the rules has to be the planned one.
 */
export const COMMANDS: readonly Source[] = [
  command(
    "-H, the value",
    (text) => ["-H", `X-A: ${text}`, URL_TEXT],
    (innocent, text) => withValue(innocent, "X-A", inUtf8(text).replace(/^[ \t]+|[ \t]+$/g, "")),
  ),
  option("-A", (innocent, text) => withValue(innocent, "User-Agent", inUtf8(text))),
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
