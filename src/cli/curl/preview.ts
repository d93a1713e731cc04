import type { RequestInput } from "../../http.ts";
import { Fields, Http1Connection } from "../../http1.ts";
import { type CodeRequest, type CodeServer, curlCommand, fetchCode, redactText } from "../../trace.ts";
import { EXIT } from "../exit-codes.ts";
import { say, writeOut } from "../output.ts";
import { CurlError } from "./curl-error.ts";
import { previewOf } from "./not-sent.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";

/** Content that becomes a part of code is kept whole. */
const MAX_CODE_BYTES = 16 * 1024 * 1024;

/**
 * Shows a request on stdout in place of sending it: its octets (--dry-run), or code for it (--to-curl, --to-fetch). Or
 * sends the octets of a file in its place (--from).
 * Secrets in its head are masked unless --reveal is given.
 */
export async function preview(input: RequestInput, settings: Settings, session: Session): Promise<void> {
  const form = previewOf(settings);
  if (form === "from") return (await import("./from-bytes.ts")).sendFile(settings, input, session);
  const shown = settings.on("reveal") ? input : masked(input);
  if (form === "dry-run") {
    for await (const octets of wireOf(shown)) await writeOut(octets);
    return;
  }
  const request = await codeRequest(shown);
  const server = serverOf(input, settings);
  await writeOut(`${form === "to-curl" ? curlCommand(request, server) : fetchCode(request, server)}\n`);
}

/** The octets that would go, by the core that checks every request. */
async function* wireOf(input: RequestInput): AsyncGenerator<Uint8Array> {
  const core = new Http1Connection({ role: "client" });
  const { method = "GET", target = "/", version = "1.1", fieldText = "" } = input;
  const fields = new Fields(linesOf(fieldText).flat());
  yield core.send({ type: "request", method, target, version, fields, fieldText });
  for await (const bytes of contentOf(input)) if (bytes.length > 0) yield core.send({ type: "data", bytes });
  yield core.send({ type: "end", trailers: new Fields([]) });
}

async function* contentOf({ body }: RequestInput): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === "string") yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* Symbol.asyncIterator in body ? body : body.open();
}

async function codeRequest(input: RequestInput): Promise<CodeRequest> {
  const { method = "GET", target = "/", version = "1.1", fieldText = "" } = input;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of contentOf(input)) {
    pieces.push(new Uint8Array(piece));
    length += piece.length;
    if (length > MAX_CODE_BYTES) throw new CurlError(EXIT.usage, "the content is too large for code");
  }
  return {
    method,
    target,
    version: `HTTP/${version}`,
    fields: linesOf(fieldText),
    content: Buffer.concat(pieces),
  };
}

function linesOf(fieldText: string): [name: string, value: string][] {
  return fieldText
    .split("\r\n")
    .slice(0, -1)
    .map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
}

function serverOf({ url }: RequestInput, settings: Settings): CodeServer {
  return { origin: new URL(url).origin, path: settings.value("unix-socket") };
}

function masked(input: RequestInput): RequestInput {
  const { method = "GET", target = "/", fieldText = "" } = input;
  const startLine = `${method} ${target} HTTP/1.1\r\n`;
  const head = redactText(`${startLine}${fieldText}`);
  if (head !== `${startLine}${fieldText}`) say("secrets are masked here; --reveal shows them");
  return {
    ...input,
    target: head.slice(method.length + 1, method.length + 1 + target.length),
    fieldText: head.slice(startLine.length),
  };
}
