import type { ValuePart, ValueReader } from "./part.ts";
import { part, type Range, textOf, trimmed } from "./scan.ts";

/** What each directive decides, and whether its words are sources. */
const DIRECTIVES: Readonly<
  Record<string, readonly [meaning: string, takes: "sources" | "words" | "nothing"]>
> = {
  "default-src": ["from where anything may be loaded, if no other directive says so", "sources"],
  "child-src": ["from where frames and workers may be loaded", "sources"],
  "connect-src": ["where scripts may connect to", "sources"],
  "font-src": ["from where fonts may be loaded", "sources"],
  "frame-src": ["from where frames may be loaded", "sources"],
  "img-src": ["from where images may be loaded", "sources"],
  "manifest-src": ["from where the manifest may be loaded", "sources"],
  "media-src": ["from where sound and video may be loaded", "sources"],
  "object-src": ["from where plug-ins may be loaded", "sources"],
  "prefetch-src": ["from where may be prefetched; deprecated", "sources"],
  "script-src": ["from where scripts may be loaded", "sources"],
  "script-src-elem": ["from where script elements may be loaded", "sources"],
  "script-src-attr": ["whether event handlers in attributes run", "sources"],
  "style-src": ["from where styles may be loaded", "sources"],
  "style-src-elem": ["from where style elements may be loaded", "sources"],
  "style-src-attr": ["whether style attributes count", "sources"],
  "worker-src": ["from where workers may be loaded", "sources"],
  "base-uri": ["which base the page may have", "sources"],
  "form-action": ["where forms may be sent", "sources"],
  "frame-ancestors": ["who may frame this page", "sources"],
  sandbox: ["the page runs with less rights; each word gives one back", "words"],
  "report-to": ["where violations are reported", "words"],
  "report-uri": ["where violations are reported; deprecated", "words"],
  "require-trusted-types-for": ["what the page must check before it becomes a script", "words"],
  "trusted-types": ["which policies may make such values", "words"],
  "upgrade-insecure-requests": ["http becomes https for what the page loads", "nothing"],
  "block-all-mixed-content": ["nothing over http on a page over https; deprecated", "nothing"],
};

const KEYWORDS: Readonly<Record<string, string>> = {
  "'self'": "this origin",
  "'none'": "nothing",
  "'unsafe-inline'": "what stands in the page itself: this undoes most of the protection",
  "'unsafe-eval'": "texts that become scripts",
  "'unsafe-hashes'": "event handlers with these hashes",
  "'wasm-unsafe-eval'": "WebAssembly",
  "'strict-dynamic'": "what a trusted script loads",
  "'report-sample'": "reports show the beginning of what was blocked",
  "'inline-speculation-rules'": "speculation rules in the page",
  "'trusted-types-eval'": "trusted values that become scripts",
  "*": "every host",
  "data:": "data: URIs",
  "blob:": "blob: URIs",
  "https:": "every host, over https",
  "http:": "every host",
};

/** Content-Security-Policy: directives, each with its sources (CSP 3 §2.2.1). */
export const contentSecurityPolicy: ValueReader = (value) => {
  const names = new Set<string>();
  return semicolons(value)
    .filter(({ start, end }) => end > start)
    .map((range) => directivePart(value, range, names));
};

/** A policy has no quoted strings: a double quote is an octet like any other. */
const semicolons = (value: string): Range[] => {
  const found: Range[] = [];
  let start = 0;
  for (const piece of value.split(";")) {
    found.push(trimmed(value, start, start + piece.length));
    start += piece.length + 1;
  }
  return found;
};

function directivePart(value: string, range: Range, names: Set<string>): ValuePart {
  const words = [...textOf(value, range).matchAll(/[^ \t,]+/g)].map(({ 0: word, index }) => ({
    start: range.start + index,
    end: range.start + index + word.length,
  }));
  const [first, ...rest] = words;
  const section = "CSP 3 §6";
  if (first === undefined) return part("directive", range, "nothing", section);
  const name = textOf(value, first).toLowerCase();
  const known = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined;
  const twice = names.has(name) ? "given twice: only the first counts" : undefined;
  names.add(name);
  if (known === undefined)
    return part(
      "directive",
      range,
      "unknown",
      section,
      "a directive of CSP is expected; browsers ignore this one",
    );
  const [meaning, takes] = known;
  const extra = takes === "nothing" && rest.length > 0 ? `${name} takes no value` : undefined;
  const none =
    takes === "sources" &&
    rest.length > 1 &&
    rest.some((each) => textOf(value, each).toLowerCase() === "'none'")
      ? "'none' counts only alone"
      : undefined;
  const parts = takes === "sources" ? rest.map((each) => sourcePart(value, each)) : [];
  return part("directive", range, meaning, section, extra ?? none ?? twice, parts);
}

function sourcePart(value: string, range: Range): ValuePart {
  const text = textOf(value, range);
  const key = text.toLowerCase();
  const keyword = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
  const section = "CSP 3 §2.3.1";
  if (keyword !== undefined) return part("source", range, keyword, section);
  if (/^'nonce-[A-Za-z0-9+/_-]+={0,2}'$/.test(text))
    return part("source", range, "elements with this nonce", section);
  if (/^'sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}'$/i.test(text))
    return part("source", range, "what has this hash", section);
  if (/^(?:self|none|unsafe-inline|unsafe-eval|strict-dynamic)$/i.test(text))
    return part("source", range, "a host of this name", section, `single quotes are expected: '${key}'`);
  if (text.startsWith("'"))
    return part("source", range, "unknown", section, "a keyword, nonce or hash of CSP is expected in quotes");
  return part(
    "source",
    range,
    /^[a-z][a-z0-9+.-]*:$/i.test(text) ? "every host, by this scheme" : "this host, or path",
    section,
  );
}
