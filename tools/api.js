// npm run docs:api: writes docs/api.md from the entry points and their docstrings. With --check it writes nothing and
// says what is stale or missing: see public-names.js.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publicNames } from "./public-names.js";

/** @typedef {import("./public-names.js").PublicName} PublicName */

const root = fileURLToPath(new URL("../", import.meta.url));
const page = `${root}docs/api.md`;
const parts = ["tcp", "http", "http1", "trace", "proxy", "watch", "lab", "testing"];
const { entries, problems } = publicNames(root, ["index", ...parts]);
for (const name of namesOf("index").filter((each) => !parts.some((part) => namesOf(part).includes(each))))
  problems.push(`no part exports what wirepane does: ${name}`);

const headings = [
  "api",
  "wirepane",
  ...parts.flatMap((part) => [`wirepane${part}`, ...describedIn(part).map(({ name }) => name)]),
];
const text = `${[
  "# API",
  "",
  "Every public name, by the entry point that exports it. `npm run docs:api` writes this page from the docstrings in",
  "`src/`. All properties are read-only. A member with `?` may be left out. Sizes are in bytes, and every name that ends",
  "in `Ms` is a time in milliseconds.",
  ...everydayNames(),
  ...parts.flatMap((part) => ["", `## \`wirepane/${part}\``, ...describedIn(part).flatMap(describe)]),
].join("\n")}\n`;

if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (!existsSync(page) || readFileSync(page, "utf8") !== text)
  problems.push("docs/api.md is stale: npm run docs:api writes it anew");
for (const problem of problems) console.log(problem);
if (problems.length > 0) process.exitCode = 1;

/** What a part exports and no part before it does. @param {string} part @returns {PublicName[]} */
function describedIn(part) {
  const before = new Set(parts.slice(0, parts.indexOf(part)).flatMap(namesOf));
  return (entries.get(part) ?? []).filter(({ name }) => !before.has(name));
}

/** @param {string} entry */
function namesOf(entry) {
  return (entries.get(entry) ?? []).map(({ name }) => name);
}

function everydayNames() {
  const everyday = new Set(namesOf("index"));
  const lists = parts.map((part) => {
    const links = describedIn(part)
      .filter(({ name }) => everyday.has(name))
      .map(({ name }) => `[\`${name}\`](#${anchor(name)})`);
    return `- of \`wirepane/${part}\`: ${links.join(" · ")}`;
  });
  const intro =
    "The everyday names. Each is described with its part; everything else comes from its part only.";
  return ["", "## `wirepane`", "", intro, "", ...lists];
}

/** @param {PublicName} symbol */
function describe({ name, signatures, doc, members }) {
  const rows = members.map(
    ({ signature, doc: words }) => `| \`${cell(signature)}\` | ${cell(inline(words))} |`,
  );
  return [
    "",
    `### ${name}`,
    "",
    ...paragraphs(doc),
    "",
    "```ts",
    ...signatures,
    "```",
    ...(rows.length > 0 ? ["", "| member | |", "|---|---|", ...rows] : []),
  ];
}

/** @param {import("./public-names.js").Doc} doc */
function paragraphs({ words, tags }) {
  return [words, ...(tags.length > 0 ? [tags.map((tag) => `- ${tag}`).join("\n")] : [])]
    .filter(Boolean)
    .join("\n\n")
    .split("\n");
}

/** @param {import("./public-names.js").Doc} doc */
function inline({ words, tags }) {
  return [words.replace(/\s+/g, " "), ...tags].filter(Boolean).join("<br>");
}

/** @param {string} text what stands in a cell of a table */
function cell(text) {
  return text.replaceAll("|", "\\|");
}

/** As GitHub makes it: names that differ in case only are numbered. @param {string} name */
function anchor(name) {
  const slug = name.toLowerCase();
  const same = headings.filter((heading) => heading.toLowerCase() === slug);
  const place = same.indexOf(name);
  return place > 0 ? `${slug}-${place}` : slug;
}
