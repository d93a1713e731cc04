import { latin1Bytes } from "../../../bytes/text.ts";
import type { Answer, ServerRequest } from "../handler.ts";

/**
 * The echoed content is shown and never run: the author of a page may have made a browser send it, and the reader of
 * the answer is somebody else.
 */
const INERT = [
  ["X-Content-Type-Options", "nosniff"],
  ["Content-Security-Policy", "default-src 'none'; sandbox"],
] as const;

/** The content as it came. A GET without content gets its own head, as a text. */
export async function echo(request: ServerRequest): Promise<Answer> {
  const { method, target, version, fields } = request;
  const content = await request.bytes();
  if (content.length === 0 && (method === "GET" || method === "HEAD")) {
    const head = [
      `${method} ${target} HTTP/${version}`,
      ...[...fields].map(([name, value]) => `${name}: ${value}`),
    ];
    return {
      fields: [["Content-Type", "text/plain; charset=iso-8859-1"], ...INERT],
      body: latin1Bytes(`${head.join("\r\n")}\r\n\r\n`),
    };
  }
  const type = fields.getAll("content-type")[0] ?? "application/octet-stream";
  return { fields: [["Content-Type", type], ...INERT], body: content };
}
