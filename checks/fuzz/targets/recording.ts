import { utf8 } from "../../../src/bytes/text.ts";
import { explainRecords, formatExplanation } from "../../../src/trace/explain.ts";
import { fromNdjson, toNdjson } from "../../../src/trace/ndjson.ts";
import type { TraceRecord } from "../../../src/trace/record.ts";
import { redact } from "../../../src/trace/redactor.ts";
import { formatTimeline } from "../../../src/trace/timeline.ts";
import { hold, type Target } from "../target.ts";

/** A recording, from a file that somebody else wrote. */
export const recording: Target = {
  name: "recording",
  weight: 0.5,
  maxBytes: 1024,
  seeds: [
    '{"v":1,"t":0,"connection":1,"role":"server","type":"bytes","direction":"in","offset":0,"bytes":"R0VUIC8="}',
    '{"v":1,"t":5,"connection":1,"role":"server","type":"span","direction":"in","rule":"method","start":0,"end":3}',
    '{"v":1,"t":5,"connection":1,"role":"client","type":"transition","side":"server","from":"idle","to":"error","cause":"end"}',
    '{"v":1,"t":5,"connection":2,"role":"client","type":"connection","event":{"kind":"peer-end"}}',
    '{"v":1,"t":5,"connection":2,"role":"client","type":"connection","event":{"kind":"resolve","host":"a","addresses":["b"]}}',
    '{"v":1,"t":5,"connection":2,"role":"client","type":"connection","event":{"kind":"connected","local":{"family":"IPv4","host":"127.0.0.1","port":80},"remote":{"family":"unix","path":"/x"}}}',
    '{"v":1,"t":5,"connection":2,"role":"client","type":"connection","event":{"kind":"closed","how":"end","bytesIn":1,"bytesOut":1}}',
  ],
  fuzz(data) {
    let records: TraceRecord[];
    try {
      records = fromNdjson(utf8(data));
    } catch (error) {
      if (error instanceof SyntaxError && /^line \d+ /.test(error.message)) return;
      throw error;
    }
    const text = records.map(toNdjson).join("\n");
    hold(fromNdjson(text).map(toNdjson).join("\n") === text, () => `${text} is read as it was written`);
    hold(redact(records).length === records.length, () => "no record is lost");
    const shown = [
      ...formatTimeline(records),
      ...explainRecords(records).flatMap((one) => formatExplanation(one)),
    ];
    for (const line of shown) {
      hold(
        !/[\0-\x1f\x7f-\x9f\u2028-\u202e]/.test(line),
        () => `safe on a terminal: ${JSON.stringify(line)}`,
      );
    }
  },
};
