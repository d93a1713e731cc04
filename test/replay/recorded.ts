import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";
import type { TraceRecord } from "../../src/trace/record.ts";

/** What a client's end saw, in its order: bytes that it sent ("> …") or received ("< …"), or another event. */
export type Saw = `> ${string}` | `< ${string}` | Exclude<ConnectionEvent, { bytes: Uint8Array }>;

const MS = 1e6;

/**
 * The records of clients that nobody recorded: each saw what is listed, a millisecond after the other.
 *
 * @param conversations each with the millisecond in which it began.
 */
export function recordedBy(
  port: number,
  ...conversations: readonly { readonly at?: number; readonly saw: readonly Saw[]; readonly http?: boolean }[]
): TraceRecord[] {
  const records: TraceRecord[] = [];
  for (const [index, { at = 0, saw, http = true }] of conversations.entries()) {
    const connection = index + 1;
    const grammar = new GrammarReader((record) => records.push(record));
    const add = (record: TraceRecord) => (http ? grammar.add(record) : records.push(record));
    const offsets = { in: 0, out: 0 };
    let t = at * MS;
    const common = () => ({ v: 1, t, connection, role: "client" }) as const;
    const local = { family: "IPv4", host: "127.0.0.1", port: 10_000 + index } as const;
    const remote = { family: "IPv4", host: "127.0.0.1", port } as const;
    add({ ...common(), type: "connection", event: { kind: "connected", local, remote } });
    for (const each of saw) {
      t += MS;
      if (typeof each !== "string") {
        add({ ...common(), type: "connection", event: each } as TraceRecord);
        continue;
      }
      const direction = each.startsWith(">") ? "out" : "in";
      const bytes = Buffer.from(each.slice(2), "latin1");
      add({ ...common(), type: "bytes", direction, offset: offsets[direction], bytes });
      offsets[direction] += bytes.length;
    }
    const { in: bytesIn, out: bytesOut } = offsets;
    const broken = saw.find((each) => typeof each !== "string" && /abort$/.test(each.kind));
    const how = typeof broken === "object" ? broken.kind : "end";
    add({ ...common(), type: "connection", event: { kind: "closed", how, bytesIn, bytesOut } });
  }
  return records.sort((a, b) => a.t - b.t);
}

export const get = (path: string, more = ""): `> ${string}` =>
  `> GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
export const ok = (content: string, more = ""): `< ${string}` =>
  `< HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n${more}\r\n${content}`;
