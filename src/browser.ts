/** What of the library runs in a browser, for the page and for its static build: nothing below touches Node. */
export { counted, latin1, latin1Bytes, printable, quote, utf8, utf8Bytes } from "./bytes/text.ts";
export { Http1Connection } from "./http1/connection.ts";
export { ProtocolError } from "./http1/errors.ts";
export { type HttpEvent, NEED_DATA, PAUSED } from "./http1/events.ts";
export { Fields } from "./http1/fields.ts";
export { CONSEQUENCES, JOINT_MOVES, type Role, type State, TURNS } from "./http1/state.ts";
export { type Address, formatAddress } from "./tcp/address.ts";
export { curlCommand } from "./trace/code/curl.ts";
export { printfCommand } from "./trace/code/shell.ts";
export { Conversations, type End as Place, isProxied, laneName, laneOf } from "./trace/conversations.ts";
export { type ConversationState, type Filter, type Filterable, parseFilter } from "./trace/filter.ts";
export { type RecordingReader, recordingReader } from "./trace/formats/recording-reader.ts";
export { Ladder } from "./trace/ladder.ts";
export { columnsOf, leastWidth } from "./trace/ladder-columns.ts";
export { BOX, type Fold, LadderLayout, type LadderScale, ROW } from "./trace/ladder-layout.ts";
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
export { formatMs, laneLook, type Shape, shapesOf, type View } from "./trace/ladder-shapes.ts";
export { mayBeSame } from "./trace/masking.ts";
export { tcpMeaning } from "./trace/meanings/tcp.ts";
export { MessageStream, type RecordedMessage } from "./trace/message-stream.ts";
export { fromNdjson, toNdjson } from "./trace/ndjson.ts";
export type { ExplanationNode, Problem } from "./trace/node.ts";
export type { TraceRecord } from "./trace/record.ts";
export { type ConnectionRecorder, recordTrace } from "./trace/recorder.ts";
export { Redactor } from "./trace/redactor.ts";
export { type Stream, streamsOf } from "./trace/streams.ts";
export { type ExplanationTree, explainTree, treeOfStream } from "./trace/tree.ts";
