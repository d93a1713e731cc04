/** Requests as programs send them: paths, queries and fields vary, so that no head is like the one before. */

export interface BenchRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const paths = [
  "/",
  "/index.html",
  "/users/42",
  "/search?q=wire+pane&page=3",
  "/api/v1/orders/2026/11",
  "/a/b/c.css",
];
const languages = ["en", "en-GB,en;q=0.8", "de-CH,de;q=0.9,en;q=0.5"];

export const requests: readonly BenchRequest[] = Array.from({ length: 30 }, (_, i) => {
  const headers: Record<string, string> = {};
  if (i % 2 === 0) headers.accept = i % 4 === 0 ? "application/json" : "text/html,*/*;q=0.8";
  if (i % 3 === 0) headers["accept-language"] = languages[(i / 3) % languages.length] as string;
  if (i % 5 === 0) headers["x-request-id"] = `${(i * 104_729).toString(36)}-${i}`;
  return { path: paths[i % paths.length] as string, headers };
});

/** The requests as bytes, for load generators. */
export const requestTexts: readonly string[] = requests.map(({ path, headers }) => {
  const lines = Object.entries({ host: "bench.example", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
});
