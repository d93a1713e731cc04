/** Tests that see every byte: records what a program does, and says what the records must show. For any test runner. */
export { DIFFER_BY_NATURE } from "./replay/compare.ts";
export type { ReplayedExchange } from "./replay/player.ts";
export {
  type ReplayOptions,
  type ReplayResult,
  type ReplayStep,
  replay,
  replayScript,
} from "./replay/replay.ts";
export { type SentConversation, sentBy } from "./replay/requests-of.ts";
export { type Script, type ScriptConversation, ScriptReader, type Step, type Wait } from "./replay/script.ts";
export { type MissingSecret, missingSecrets } from "./replay/secrets.ts";
export {
  type ExpectOptions,
  expectTrace,
  type ShowOptions,
  type TraceExpectations,
} from "./testing/expect-trace.ts";
export { type FullRecording, type RecordAllOptions, recordAll } from "./testing/record-all.ts";
export type { Recording } from "./testing/recording.ts";
export { createProxy, type TestProxy, type TestProxyOptions } from "./testing/test-proxy.ts";
