import { formatAddress, TransportError } from "../../index.ts";
import { type ReplayOptions, type Script, type SentConversation, sentBy } from "../../testing.ts";
import { type CodeServer, curlCommand, fetchCode, printable, printfCommand, quote } from "../../trace.ts";
import { writeOut } from "../output.ts";

/** The languages of --as. */
export const CODE_FORMS = ["curl", "fetch", "printf"] as const;
type Form = (typeof CODE_FORMS)[number];

/** Prints what a replay would send, as code. */
export async function printAsCode(form: Form, script: Script, options: ReplayOptions): Promise<void> {
  for (const sent of sentBy(script, options)) {
    const server = serverOf(sent, options);
    const comment = form === "fetch" ? "//" : "#";
    const where = server.path ?? server.origin;
    const { number, hasGap } = sent.conversation;
    const head = [
      `${comment} conversation ${number}: ${where}`,
      ...(hasGap ? [`${comment} bytes of it are missing in the recording`] : []),
    ];
    await writeOut(`${[...head.map(printable), ...codeOf(form, sent, server)].join("\n")}\n`);
  }
}

function codeOf(form: Form, { requests, bytes }: SentConversation, server: CodeServer): string[] {
  if (form === "printf") return [`${printfCommand(bytes)} | ${ncatOf(server)}`];
  if (requests.length === 0) return [`${form === "fetch" ? "//" : "#"} no HTTP: --as printf writes it`];
  return requests.map((request) =>
    form === "curl" ? curlCommand(request, server) : fetchCode(request, server),
  );
}

function ncatOf({ origin, path }: CodeServer): string {
  if (path !== undefined) return `ncat -U '${printable(path).replaceAll("'", "'\\''")}'`;
  const { protocol, hostname, port } = new URL(origin);
  const secure = protocol === "https:";
  return `ncat ${secure ? "--ssl " : ""}${hostname.replace(/^\[|\]$/g, "")} ${port || (secure ? 443 : 80)}`;
}

/** The target, or where the recorded server was. */
function serverOf({ conversation }: SentConversation, { target }: ReplayOptions): CodeServer {
  if (target !== undefined) return ofTarget(target);
  const { server, host, connection } = conversation;
  if (server.family === "unix") return { origin: "http://localhost", path: server.path };
  const scheme = connection.tls === undefined ? "http" : "https";
  const authority = formatAddress(host === undefined ? server : { ...server, family: "IPv4", host });
  return { origin: new URL(`${scheme}://${authority}`).origin };
}

function ofTarget(target: string): CodeServer {
  if (target.startsWith("unix:")) return { origin: "http://localhost", path: target.slice("unix:".length) };
  const [, tls, rest = ""] = /^(tls:)?(.*)$/s.exec(target) ?? [];
  const authority = /^\d+$/.test(rest) ? `127.0.0.1:${rest}` : rest;
  const url = /^https?:\/\//i.test(target)
    ? target
    : `${tls === undefined ? "http" : "https"}://${authority}`;
  if (URL.canParse(url)) return { origin: new URL(url).origin };
  throw new TransportError("HOST_INVALID", "connect", `this names no server: ${quote(target)}`);
}
