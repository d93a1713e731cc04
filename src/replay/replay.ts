import { parseUpstream } from "../proxy/upstream.ts";
import type { ConnectOptions } from "../tcp/connect.ts";
import type { TransportError } from "../tcp/errors.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { onAbort } from "../tcp/on-abort.ts";
import type { TlsOptions } from "../tcp/tls.ts";
import type { TraceRecord } from "../trace/record.ts";
import { DIFFER_BY_NATURE } from "./compare.ts";
import { type PlayOptions, play, type ReplayedExchange } from "./player.ts";
import { changesOf, editsOf, missingEverywhere } from "./request-edits.ts";
import { type Script, type ScriptConversation, ScriptReader, type Step } from "./script.ts";

/** Only so many connections are open at a time. */
const MAX_OPEN = 256;
const SILENCE_MS = 30_000;

/** What is about to be sent. */
export interface ReplayStep {
  /** The number of the conversation in the recording. */
  readonly conversation: number;
  /** The request that begins here, `GET /hello`; `undefined`: other bytes. */
  readonly request: string | undefined;
  /** How many bytes are sent, before changes. */
  readonly bytes: number;
}

/** How a recording is sent again. */
export interface ReplayOptions {
  /** The server, as `ProxyOptions.upstream` names one; by default the server that was recorded. */
  readonly target?: string;
  /** Options of TLS, for a server that speaks it. */
  readonly tls?: TlsOptions;
  /**
   * "fast": each request as soon as what it waited for in the recording is here. "recorded": not before its time in the
   * recording, either. "fast" by default.
   */
  readonly timing?: "fast" | "recorded";
  /**
   * Fields that are changed: where a request has the field, its value is replaced, or the field removed (`undefined`).
   * Where no request of the recording has it, every request gets it. None by default.
   */
  readonly fields?: readonly (readonly [name: string, value: string | undefined])[];
  /** The Host of every request, in place of the recorded one; in an absolute-form target, too. */
  readonly host?: string;
  /** Names of fields that are not compared, besides `DIFFER_BY_NATURE`; "content" and "reason" are names, too. */
  readonly ignore?: readonly string[];
  /** Compare the fields of `DIFFER_BY_NATURE`, too. `false` by default. */
  readonly strict?: boolean;
  /** Show secrets in the differences. `false` by default. */
  readonly reveal?: boolean;
  /** How long nothing may come while a response is due, in milliseconds; 30,000 by default. */
  readonly silenceMs?: number;
  /**
   * Asked for an observer of each connection. `undefined`: nobody watches. It is told of bytes: a `GrammarReader` finds
   * the HTTP in the records.
   */
  readonly observe?: () => TcpObserver | undefined;
  /** Called before a request is sent, and before other bytes: they are sent when the promise resolves. */
  readonly beforeSending?: (step: ReplayStep) => Promise<void>;
  /** Called with each exchange when its conversation is over. */
  readonly onExchange?: (exchange: ReplayedExchange) => void;
  /** Stops the replay; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What came of a replay. */
export interface ReplayResult {
  /** In the order in which their conversations ended. */
  readonly exchanges: readonly ReplayedExchange[];
  /** Whether everything that was compared is as it was recorded, and there was something. */
  readonly same: boolean;
  /** What kept connections from opening, or responses from coming. */
  readonly failures: readonly TransportError[];
}

/**
 * Sends the client's side of a recording again, and compares what comes back with what came then: status, field lines
 * and content; bytes where there is no HTTP. Connections stay as they were: as many, in the same order, in parallel
 * where they were.
 *
 * @throws {RangeError} the recording has more than 512 MiB of bytes.
 * @throws {TransportError} HOST_INVALID, if `target` names no server.
 */
export async function replay(
  records: readonly TraceRecord[],
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const reader = new ScriptReader();
  for (const record of records) reader.add(record);
  return await replayScript(reader.end(), options);
}

/**
 * The same, for a script that was read before.
 *
 * @throws {TransportError} HOST_INVALID, if `target` names no server.
 */
export async function replayScript(
  conversations: Script,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const target =
    options.target === undefined ? undefined : parseUpstream(options.target, options.tls).connect;
  const exchanges: ReplayedExchange[] = [];
  const failures: TransportError[] = [];
  const changes = changesOf(options);
  const everywhere = missingEverywhere(conversations, changes);
  const slots = new Slots(MAX_OPEN);
  const beganNs = conversations[0]?.startedNs ?? 0;
  const beganMs = performance.now();
  /** Until the time has come that this had in the recording. */
  const itsTime = async (t: number) => {
    if (options.timing === "recorded")
      await delay((t - beganNs) / 1e6 - (performance.now() - beganMs), options.signal);
  };
  const ends: { readonly endedNs: number; readonly over: Promise<void> }[] = [];
  for (const conversation of conversations) {
    // A conversation that began after another one's end may have needed what came of the other.
    const before = ends.filter(({ endedNs }) => endedNs <= conversation.startedNs).map(({ over }) => over);
    const run = async () => {
      await Promise.all(before);
      await itsTime(conversation.startedNs);
      const free = await slots.take();
      try {
        if (options.signal?.aborted) return;
        const played = await play(conversation, {
          ...playOptionsOf(conversation, options, itsTime),
          connect: target ?? recordedServer(conversation, options),
          edits: editsOf(conversation, changes, everywhere),
        });
        if (played.failure !== undefined) failures.push(played.failure);
        if (options.signal?.aborted) return;
        for (const exchange of played.exchanges) options.onExchange?.(exchange);
        exchanges.push(...played.exchanges);
      } finally {
        free();
      }
    };
    ends.push({ endedNs: conversation.endedNs, over: run() });
  }
  await Promise.all(ends.map(({ over }) => over));
  if (options.signal?.aborted) throw options.signal.reason;
  const compared = exchanges.filter(({ notCompared }) => notCompared === undefined);
  const same = compared.length > 0 && compared.every(({ differences }) => differences.length === 0);
  return { exchanges, same, failures };
}

function playOptionsOf(
  conversation: ScriptConversation,
  options: ReplayOptions,
  itsTime: (t: number) => Promise<void>,
): Omit<PlayOptions, "edits" | "connect"> {
  const { ignore = [], strict = false, reveal = false, silenceMs = SILENCE_MS } = options;
  const ignored = new Set([...(strict ? [] : DIFFER_BY_NATURE), ...ignore.map((name) => name.toLowerCase())]);
  return {
    comparison: { ignored, reveal },
    silenceMs,
    observer: options.observe?.(),
    signal: options.signal,
    async mayGoOn(step) {
      await itsTime(step.t);
      if (step.kind === "send" && options.beforeSending !== undefined)
        await orAborted(options.beforeSending(stepOf(step, conversation)), options.signal);
    },
  };
}

function recordedServer(
  { server, host, connection }: ScriptConversation,
  options: ReplayOptions,
): ConnectOptions {
  if (server.family === "unix") return { path: server.path };
  const tls = connection.tls === undefined ? {} : { tls: options.tls ?? (true as const) };
  return { host: host ?? server.host, port: server.port, ...tls };
}

function stepOf({ offset, bytes }: Step, { number, exchanges }: ScriptConversation): ReplayStep {
  const begins = exchanges.find(
    ({ request }) =>
      request !== undefined && request.offset >= offset && request.offset < offset + bytes.length,
  )?.request;
  return {
    conversation: number,
    request: begins && `${begins.method} ${begins.target}`,
    bytes: bytes.length,
  };
}

/** A place to be, of a number of places. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a place. Returns what frees it. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}

/** Nobody may answer any more: an abort ends the wait, too. */
function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, resolve);
    work.then(resolve, reject).finally(stopListening);
  });
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (!(ms > 0) || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
