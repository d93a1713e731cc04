/** What happened on a connection, byte by byte: recorded, shown on one timeline, explained, saved. */
export { printable, quote } from "./bytes/text.ts";
export {
  type ExplainBytesOptions,
  type ExplainedSpan,
  type ExplainOptions,
  type Explanation,
  explainBytes,
  explainRecords,
  formatExplanation,
} from "./trace/explain.ts";
export { ExplanationWriter, type ExplanationWriterOptions } from "./trace/explanation-writer.ts";
export { formatWaterfall, type WaterfallOptions } from "./trace/format-waterfall.ts";
export { fromNdjson, toNdjson } from "./trace/ndjson.ts";
export { formatPhases, type Phase as TimelinePhase, phasesOf } from "./trace/phases.ts";
export {
  type BytesRecord,
  type ConnectionRecord,
  type Direction,
  type SpanRecord,
  TRACE_VERSION,
  type TraceRecord,
  type TransitionRecord,
} from "./trace/record.ts";
export {
  type ConnectionRecorder,
  type Recorder,
  type RecorderOptions,
  recordTrace,
} from "./trace/recorder.ts";
export { Redactor, redact, redactText } from "./trace/redactor.ts";
export { TimeOrder } from "./trace/time-order.ts";
export { formatTimeline, type TimelineOptions, TimelineWriter } from "./trace/timeline.ts";
export { Waterfall, type WaterfallPhase, type WaterfallRow, waterfallOf } from "./trace/waterfall.ts";
