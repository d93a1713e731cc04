import { createRequire } from "node:module";
import { acceptedOf, accepts, cellOf, isRefused } from "./compare.ts";
import type { Column, Panel } from "./panel.ts";
import type { Row } from "./rows.ts";

/** The document that `npm run docs:conformance` writes: what every program makes of every row. */
export function conformanceDocument(panel: Panel): string {
  const { rows } = panel;
  const requests = rows.filter(({ reads }) => reads === "request");
  const responses = rows.filter(({ reads }) => reads === "response");
  const shown = (columns: readonly Column[]) => columns.filter(({ name }) => name !== "wirepane fetch");
  return [
    introduction(panel, requests, responses),
    "## Requests, to servers\n",
    `A verdict is the status of each answer, then \`close\` or \`reset\` if the server then ended the connection. Without these
words, the server answers the next request. \`HTTP/0.9\` is content without a head. \`silence\` means that no byte came.
**${REFUSED}** marks a request that the server accepts and we refuse.\n`,
    ...tables(requests, shown(panel.requests)),
    "## Responses, to clients\n",
    `A verdict is the status and the length of the content that was delivered without an error, or the error. \`close\` means
that the connection was not used for the next request. All clients decode content codings except node:http, which cannot.
**${REFUSED}** marks a response that the client delivers and we refuse.\n`,
    ...tables(responses, shown(panel.responses)),
  ].join("\n");
}

const REFUSED = "!";
const { version: UNDICI } = createRequire(import.meta.url)("undici/package.json") as { version: string };

function introduction(panel: Panel, requests: readonly Row[], responses: readonly Row[]): string {
  const { rows } = panel;
  const refused = { requests: requests.filter(isRefused), responses: responses.filter(isRefused) };
  const summary = (["requests", "responses"] as const).flatMap((side) =>
    panel[side].map((column) => {
      const versions = column.versions.join(", ");
      const accepted = acceptedOf(column, refused[side]);
      return `| ${side} | ${nameOf(column)} | ${versions} | ${accepted} of ${refused[side].length} |`;
    }),
  );
  return `# Conformance

This page has ${rows.length} inputs, most of them wrong. It shows what Wirepane makes of each input over real sockets, and what
other programs make of the same bytes. \`npm run docs:conformance\` runs all programs and writes this page, but only if
Wirepane's verdicts are the wanted ones (\`npm run check:verdicts\` compares them, too). The bytes are the cases of
[wire/](../wire/README.md), and the wanted verdicts are in [verdicts.md](../wire/verdicts.md). Every row is also a test of
the core, with the input cut at every place.

Not every difference is a fault. Where the RFC leaves a choice we choose the strict reading, since requests can be smuggled
when two readers understand the same bytes in two ways. Other programs accept what the web has always sent. A few refusals
are limits of ours (100 field lines, 256 bytes of extensions in a chunk).

| | program | versions, or the versions of Node it ran on | accepts what is refused here |
|---|---|---|---|
${summary.join("\n")}

All programs run with their defaults. node:http has a \`clientError\` listener as its documentation shows. nginx passes
requests on to a server behind it, so that it reads each request to its end. Apache serves a file, and reflects the content
of a POST. undici ${UNDICI} means its \`request\`, with the \`decompress\` interceptor if content is coded; fetch is Node's. curl
runs with \`--compressed\`.

**How to read the bytes.** \`⏎\` is CRLF; \`\\r\`, \`\\n\`, \`\\t\` and \`\\xNN\` are single octets; \`5000×{M}\` is a repetition;
FIN means that the peer then ends its direction. A letter stands for the usual beginning:

| | |
|---|---|
${ABBREVIATIONS.map(([mark, text]) => `| **${mark}** | ${code(text)} |`).join("\n")}

If the verdicts of the lines of Node differ, the lines are in parentheses.
`;
}

/** A table for each document of wire/, in the order of RFC 9112. */
function tables(rows: readonly Row[], columns: readonly Column[]): string[] {
  const titles = [...new Set(rows.map(({ wire }) => wire.title))].sort((a, b) => sectionOf(a) - sectionOf(b));
  return titles.map((title) => {
    const own = rows.filter(({ wire }) => wire.title === title);
    const peers = columns.filter(({ isOurs }) => !isOurs);
    const lines = own.map(
      (row) => `| ${[...ownCells(row), ...peers.map((peer) => peerCell(peer, row))].join(" | ")} |`,
    );
    const head = ["id", "bytes", "wirepane", "rule", ...peers.map(nameOf)];
    return [
      `### ${title}\n`,
      `| ${head.join(" | ")} |`,
      `|${head.map(() => "---").join("|")}|`,
      ...lines,
      "",
    ].join("\n");
  });
}

/** A number to sort by: §7.1.2 is 70102. A title without a section comes last. */
function sectionOf(title: string): number {
  const section = /RFC 9112 §([\d.]+)/.exec(title)?.[1];
  if (section === undefined) return Number.MAX_SAFE_INTEGER;
  const [chapter = 0, part = 0, subpart = 0] = section.split(".").map(Number);
  return chapter * 10_000 + part * 100 + subpart;
}

/** The cells of a row about Wirepane. They show the wanted verdict; a test compares the document with them. */
export function ownCells(row: Row): string[] {
  return [row.id, bytesOf(row), row.wanted, row.rule ?? ""];
}

function peerCell(peer: Column, row: Row): string {
  const lenient = isRefused(row) && peer.verdicts.some((verdicts) => accepts(row, verdicts[row.id]));
  return `${cellOf(peer, row)}${lenient ? ` **${REFUSED}**` : ""}`;
}

const nameOf = ({ name }: Column): string => (name === "apache2" ? "Apache" : name);

const ABBREVIATIONS = [
  ["C", "POST / HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎"],
  ["P", "POST / HTTP/1.1⏎Host: a⏎"],
  ["G", "GET / HTTP/1.1⏎Host: a⏎"],
  ["R", "HTTP/1.1 200 OK⏎"],
] as const;
const MAX_BYTES_SHOWN = 120;

function bytesOf({ wire: { notation, closes, methods, reads } }: Row): string {
  const [mark, text] = ABBREVIATIONS.find(([, each]) => notation.startsWith(each)) ?? ["", ""];
  const rest = notation.slice(text.length);
  const parts = [
    reads === "response" && methods[0] !== "GET" ? `to ${methods[0]}:` : "",
    mark === "" ? "" : `**${mark}**`,
    rest === "" ? "" : code(rest.length > MAX_BYTES_SHOWN ? `${rest.slice(0, MAX_BYTES_SHOWN)}…` : rest),
    closes ? "FIN" : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** A code span that can stand in a table, whatever is in it. */
function code(text: string): string {
  const visible = text.replaceAll("\t", "\\t").replaceAll("|", "\\|");
  return text.includes("`") ? `\`\` ${visible} \`\`` : `\`${visible}\``;
}
