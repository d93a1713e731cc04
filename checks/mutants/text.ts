import { type Mutant, mutantsOf } from "./mutant.ts";

const REDACT = ["test/trace/redact.test.ts"];
const TEXT = ["test/bytes/text.test.ts"];
const TRACE = ["test/trace/timeline.test.ts", "test/trace/explain.test.ts"];

/** What may be shown on a terminal, on a page, or in a recording. */
export const TEXT_AND_TRACE: readonly Mutant[] = [
  ...mutantsOf("bytes/text.ts", TEXT, [
    {
      text: String.raw`\u2066-\u2069`,
      becomes: "",
      promise: "text from outside cannot change the writing direction (CVE-2021-42574)",
    },
    {
      text: String.raw`\u007f-\u009f`,
      becomes: String.raw`\u007f`,
      promise: "text from outside has no C1 controls on a terminal",
    },
    {
      text: String.raw`\u2028-\u202e`,
      becomes: String.raw`\u2028\u2029`,
      promise: "text from outside cannot embed or override a writing direction",
    },
    {
      text: "if (code >= 0x20 && code < 0x7f) return",
      becomes: "if (code >= 0x20) return",
      promise: "quoted octets are ASCII, whatever they were",
    },
    {
      text: "i < text.length && i < maxLength; i++",
      becomes: "i < text.length; i++",
      promise: "a quotation has a limit",
    },
  ]),
  ...mutantsOf(
    "cli/terminal-text.ts",
    ["test/cli/terminal-text.test.ts"],
    [
      {
        text: String.raw`return whole.replaceAll("\r\n", "\n").replace(/[^\n\t]+/g, this.#printable);`,
        becomes: String.raw`return whole.replaceAll("\r\n", "\n");`,
        promise: "content on a terminal cannot control it",
      },
      {
        text: String.raw`return rest.replace(/[^\n\t]+/g, this.#printable);`,
        becomes: "return rest;",
        promise: "the end of content on a terminal cannot control it either",
      },
      {
        text: "{ stream: true }",
        becomes: "{}",
        promise: "a character that is cut between two pieces is shown whole",
      },
    ],
  ),
  ...mutantsOf(
    "cli/report.ts",
    ["test/cli/usage.test.ts"],
    [
      {
        text: "lines.map(printable)",
        becomes: "lines",
        promise: "an error line has no controls, whatever it is about",
        slow: true,
      },
    ],
  ),
  ...mutantsOf(
    "http/server/page.ts",
    ["test/http/static-files.test.ts", "test/http/practice.test.ts"],
    [
      {
        text: '"<": "&lt;",',
        becomes: "",
        promise: "a name on a page is never markup",
      },
      {
        text: `'"': "&quot;",`,
        becomes: "",
        promise: "a name on a page does not end an attribute",
      },
      {
        text: '["Content-Security-Policy", POLICY],',
        becomes: "",
        promise: "our pages run no scripts, even if an escape was forgotten",
      },
      {
        text: '["X-Content-Type-Options", "nosniff"],',
        becomes: "",
        promise: "a browser may not guess another type for our pages",
      },
    ],
  ),
  ...mutantsOf("trace/redact.ts", REDACT, [
    {
      text: '"authorization|cookie|',
      becomes: '"cookie|',
      promise: "Authorization and Proxy-Authorization are masked in every recording",
    },
    {
      text: "|cookie|token|",
      becomes: "|token|",
      promise: "Cookie and Set-Cookie are masked in every recording",
    },
    {
      text: "(?:api|access|",
      becomes: "(?:access|",
      promise: "X-Api-Key is masked in every recording",
    },
    {
      text: ".toLowerCase()\n    .replace(/[^a-z0-9]+/g",
      becomes: ".replace(/[^a-z0-9]+/g",
      promise: "a secret field is masked in upper and lower case",
    },
  ]),
  ...mutantsOf(
    "trace/masking.ts",
    ["test/trace/secrets.test.ts"],
    [
      {
        text: String.raw`secret && text[lineEnd] === "\r" && text[lineEnd + 1] !== "\n"`,
        becomes: "false",
        promise: "a secret that goes on behind a bare CR is masked to its end",
      },
      {
        text: "this.#secret || mayBeOfHead(",
        becomes: "this.#secret || false && mayBeOfHead(",
        promise: "a secret in a line of more than 16 KiB is masked, wherever the line is cut",
      },
    ],
  ),
  ...mutantsOf(
    "trace/redact.ts",
    ["test/trace/secrets.test.ts"],
    [
      {
        text: "const text = isFieldLine(line) ? line :",
        becomes: "const text = line !== undefined ? line :",
        promise: "a secret goes on behind a space in a request-target",
      },
      {
        text: "|forwardedserver|^via|^forwarded|",
        becomes: "|forwardedserver|",
        promise: "userinfo in Via and Forwarded is masked",
      },
    ],
  ),
  ...mutantsOf("trace/masking.ts", REDACT, [
    {
      text: 'if (last?.rule !== "tunnel") this.#readLines(end, ranges);',
      becomes: "",
      promise: "a secret in an incomplete head is masked",
    },
  ]),
  ...mutantsOf(
    "trace/explain.ts",
    ["test/trace/explain.test.ts", "test/trace/secrets.test.ts"],
    [
      {
        text: "const shown = options.reveal ? bytes : maskedBy(spans, bytes);",
        becomes: "const shown = bytes;",
        promise: "an explanation does not show a secret",
      },
      {
        text: "streamsOf(options.reveal ? records : redact(records))",
        becomes: "streamsOf(records)",
        promise: "the explanation of a recording does not show a secret",
      },
    ],
  ),
  ...mutantsOf(
    "trace/tree.ts",
    ["test/trace/ambiguity.test.ts"],
    [
      {
        text: "const shown = options.reveal ? bytes : maskedBy(spans, maskedBy(certain, bytes));",
        becomes: "const shown = bytes;",
        promise: "an explanation that reads on after a fault does not show a secret",
      },
    ],
  ),
  ...mutantsOf(
    "trace/timeline.ts",
    ["test/trace/timeline.test.ts", "test/trace/secrets.test.ts"],
    [
      {
        text: "const bytes = this.#reveal",
        becomes: "const bytes = !this.#reveal",
        promise: "a timeline does not show a secret",
      },
    ],
  ),
  ...mutantsOf(
    "trace/stream-explanation.ts",
    ["test/trace/explanation-writer.test.ts", "test/trace/secrets.test.ts"],
    [
      {
        text: "this.#mask = reveal ?",
        becomes: "this.#mask = !reveal ?",
        promise: "an explanation that is written as things happen does not show a secret",
      },
    ],
  ),
  ...mutantsOf("trace/recorder.ts", TRACE, [
    {
      text: "while (this.#blocks.length > 0 && this.#bytes + size > this.#maxBytes) {",
      becomes: "while (false) {",
      promise: "a recorder keeps no more bytes than its limit",
    },
    {
      text: "this.#dropped += spare.length;",
      becomes: "",
      promise: "a recorder counts what it drops",
    },
  ]),
];
