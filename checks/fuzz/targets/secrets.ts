import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import { Http1Connection } from "../../../src/http1/connection.ts";
import { ProtocolError } from "../../../src/http1/errors.ts";
import { NEED_DATA, PAUSED } from "../../../src/http1/events.ts";
import { explainBytes, explainRecords, formatExplanation } from "../../../src/trace/explain.ts";
import { toNdjson } from "../../../src/trace/ndjson.ts";
import type { TraceRecord } from "../../../src/trace/record.ts";
import { type Recorder, recordTrace } from "../../../src/trace/recorder.ts";
import { Redactor, redact } from "../../../src/trace/redactor.ts";
import { formatTimeline } from "../../../src/trace/timeline.ts";
import { explainTree, formatTree } from "../../../src/trace/tree.ts";
import { hold, type Target } from "../target.ts";

const SECRET = "hunter2";

/**
 * The first octet says where to cut. Then follow the lines before a secret field, NUL, and the octets between its name
 * and its value.
 */
export const secrets: Target = {
  name: "secrets",
  weight: 0.03,
  maxBytes: 160,
  seeds: [
    "\x05A: b",
    "\x15Broken line",
    "\x25A: b\r\nCookie: c",
    "\x35Content-Length: 5",
    "\x05A: b\x01",
    "\x05A\0 :",
  ],
  fuzz(data) {
    const [cut = 0] = data;
    const [before = "", colon = ": "] = latin1(data, Math.min(1, data.length)).split("\0");
    // After the head comes content, and content is shown.
    if (/(?:^|\n)\r?\n/.test(`${before}\r\n`) || !/^[ \t]*:[^\r\n]*$/.test(colon)) return;
    const head = `GET / HTTP/1.1\r\nHost: a\r\n${before}\r\nAuthorization${colon}${SECRET}\r\n\r\n`;
    const bytes = latin1Bytes(head);
    expectNone(formatExplanation(explainBytes(bytes)).join("\n"), "explained");
    expectNone(formatTree(explainTree(bytes)).join("\n"), "explained, after a fault too");

    const at = cut % bytes.length;
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
    const written: TraceRecord[] = [];
    const redactor = new Redactor((record) => written.push(record));
    const live = recordTrace({ now: () => 0, onRecord: (record) => redactor.add(record) });
    const error = watched(live, pieces, () => redactor.flush());
    expectNone(error?.message ?? "", "in an error's sentence");
    expectNone(textOf(written), "written while it happens");

    const recorder = recordTrace({ now: () => 0 });
    watched(recorder, pieces);
    const { records } = recorder;
    expectNone(textOf(redact(records)), "saved");
    expectNone(formatTimeline(records).join("\n"), "on the timeline");
    for (const one of explainRecords(records))
      expectNone(formatExplanation(one).join("\n"), "a recording explained");
  },
};

function expectNone(shown: string, how: string): void {
  hold(!shown.includes(SECRET), () => `a secret is not shown, ${how}: ${shown}`);
}

const textOf = (records: readonly TraceRecord[]): string =>
  records.map((record) => (record.type === "bytes" ? latin1(record.bytes) : toNdjson(record))).join("");

/** A server that reads one of these pieces in each turn of the event loop. */
function watched(
  recorder: Recorder,
  pieces: readonly Uint8Array[],
  onTurn: () => void = () => {},
): ProtocolError | undefined {
  const observer = recorder.observe("server");
  const http1 = new Http1Connection({ role: "server", observer });
  let failure: ProtocolError | undefined;
  for (const bytes of pieces) {
    observer.connection({ kind: "read", bytes });
    http1.receive(bytes);
    try {
      for (let event = http1.nextEvent(); event !== NEED_DATA && event !== PAUSED; )
        event = http1.nextEvent();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      failure = error;
    }
    onTurn();
  }
  return failure;
}
