import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { ServerResponse } from "../../http.ts";

/*
 * The files of the page. They are read once, and answered from a table: no path of a request ever reaches the file system.
 */

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The page loads its own files alone, and nothing runs that is not among them. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Every answer of the page's server has these fields. */
export const GUARD_FIELDS: readonly (readonly [string, string])[] = [
  ["Content-Security-Policy", POLICY],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
];

/** The answers for the files of a folder, by the path that a request names. `/` is `/index.html`. */
export function readAssets(folder: string): ReadonlyMap<string, ServerResponse> {
  const assets = new Map<string, ServerResponse>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(join(folder, name));
    const response = { fields: [["Content-Type", type] as const, ...GUARD_FIELDS], body };
    const path = `/${name.replaceAll("\\", "/")}`;
    assets.set(path, response);
    if (path === "/index.html") assets.set("/", response);
  }
  return assets;
}
