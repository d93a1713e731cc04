import type { ServerResponse } from "./handler.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "h1{font-size:1.4rem}td{padding:.1rem 1rem .1rem 0;vertical-align:top}code,td:first-child{font-family:ui-monospace,monospace}";

/** SHA-256 of `STYLE`: browsers apply this style and no other. A test compares the two. */
const STYLE_HASH = "sha256-1ozH4Z5iM/nqAOi/SkqBNRXJO6TAYpiZOhYrMb2/JO8=";

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page that loads nothing and runs nothing. `body` is HTML: its author has put all texts through `escapeHtml`. */
export function htmlPage(title: string, body: string): ServerResponse {
  return {
    fields: [
      ["Content-Type", "text/html; charset=utf-8"],
      ["Content-Security-Policy", POLICY],
      ["X-Content-Type-Options", "nosniff"],
      ["Referrer-Policy", "no-referrer"],
    ],
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`,
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text for HTML: in an element, or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
