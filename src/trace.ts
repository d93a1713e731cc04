/** What happened on a connection, byte by byte: recorded, shown on one timeline, explained, saved. */
export { counted, printable, quote } from "./bytes/text.ts";
export { curlCommand } from "./trace/code/curl.ts";
export { fetchCode } from "./trace/code/fetch.ts";
export type { CodeRequest, CodeServer } from "./trace/code/request.ts";
export { printfCommand } from "./trace/code/shell.ts";
export { ConversationNumbers } from "./trace/conversation-numbers.ts";
export type { FaultHit } from "./trace/conversations.ts";
export { type ComparedMessage, type DifferenceOptions, messageDifferences } from "./trace/differences.ts";
export { ExchangePairs, type ExchangePairsOptions } from "./trace/exchange-pairs.ts";
export type { RecordedConnection, RecordedExchange } from "./trace/exchanges.ts";
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
export {
  CONVERSATION_STATES,
  type ConversationState,
  FILTER_KEYS,
  type Filter,
  type Filterable,
  type FilterError,
  type FilterTerm,
  parseFilter,
} from "./trace/filter.ts";
export { type FilterablePlace, Filterables, formatFilterable } from "./trace/filterables.ts";
export { formatWaterfall, type WaterfallOptions } from "./trace/format-waterfall.ts";
export { HAR_TAIL, type HarOptions, HarWriter, toHar } from "./trace/formats/har.ts";
export type { Decode } from "./trace/formats/har-content.ts";
export { type HarTimings, timingsOf } from "./trace/formats/har-timings.ts";
export { type PcapngOptions, PcapngWriter, toPcapng } from "./trace/formats/pcapng.ts";
export { type RecordingReader, recordingReader } from "./trace/formats/recording-reader.ts";
export { ladderSvg, type SvgOptions } from "./trace/formats/svg.ts";
export { GrammarReader } from "./trace/grammar-reader.ts";
export { Ladder } from "./trace/ladder.ts";
export type { LadderScale } from "./trace/ladder-layout.ts";
export type {
  Band,
  Crossing,
  LadderEvent,
  Lane,
  Mark,
  MarkKind,
  Stretch,
  Transfer,
} from "./trace/ladder-parts.ts";
export type { Meaning } from "./trace/meanings/meaning.ts";
export { moveMeaning } from "./trace/meanings/states.ts";
export { type TcpMeaning, tcpErrorMeaning, tcpMeaning } from "./trace/meanings/tcp.ts";
export type { RecordedMessage } from "./trace/message-stream.ts";
export { fromNdjson, type NdjsonEnd, NdjsonReader, toNdjson } from "./trace/ndjson.ts";
export type { ExplanationNode, NodeKind, Problem, Reading, Structure } from "./trace/node.ts";
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
export { Redactor, redact, redactLine, redactText } from "./trace/redactor.ts";
export type { LayoutOptions } from "./trace/rows.ts";
export { type Span, type Stream, streamsOf } from "./trace/streams.ts";
export { TimeOrder } from "./trace/time-order.ts";
export { formatTimeline, type TimelineOptions, TimelineWriter } from "./trace/timeline.ts";
export {
  type ExplanationTree,
  explainRecordsAsTrees,
  explainTree,
  formatTree,
  type TreeOptions,
  treeOfStream,
} from "./trace/tree.ts";
export type { PartKind } from "./trace/values/part.ts";
export { Waterfall, type WaterfallPhase, type WaterfallRow, waterfallOf } from "./trace/waterfall.ts";
