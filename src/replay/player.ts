import { type ConnectOptions, connect } from "../tcp/connect.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { bytesDifference, type Comparison, exchangeDifferences } from "./compare.ts";
import { Live } from "./live.ts";
import { editedBytes, type RequestEdits } from "./request-edits.ts";
import type { ScriptConversation, Step } from "./script.ts";

/** How long a client waits for 100 (Continue) before it sends its content all the same (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1_000;
/** A protocol that we do not know: when the server is silent for so long, the client goes on. */
const PAUSE_MS = 1_000;
/** What the server may send beyond what was recorded, and is kept to be compared. */
const MORE_BYTES = 1024 * 1024;
/** What the server may send beyond what was recorded. A server that sends more may never end. */
const MAX_MORE_BYTES = 64 * 1024 * 1024;
/** A server that drips is waited for as long as the recording took, and so many times the silence that is allowed. */
const MAX_MORE_SILENCES = 10;

/** What one exchange, or one conversation without HTTP, became. */
export interface ReplayedExchange {
  /** The number of the conversation in the recording, as the timeline counts. */
  readonly conversation: number;
  /** `GET /hello`, or `TCP` for the bytes of a conversation without HTTP, or of a tunnel. */
  readonly name: string;
  /** The status that came now. `undefined`: no response, or no HTTP. */
  readonly status: number | undefined;
  /** What differs from the recording, a line each; none if it is the same. */
  readonly differences: readonly string[];
  /** Why there is nothing to compare, in words: the recording has no complete response. */
  readonly notCompared: string | undefined;
}

/** How a conversation is played. */
export interface PlayOptions {
  readonly connect: ConnectOptions;
  readonly comparison: Comparison;
  readonly edits: RequestEdits;
  readonly silenceMs: number;
  readonly observer: TcpObserver | undefined;
  readonly signal: AbortSignal | undefined;
  /** Waits until the step may be done: by the clock of the recording, or by hand. */
  readonly mayGoOn: (step: Step, conversation: ScriptConversation) => Promise<void>;
}

/** What came of a conversation. */
export interface Played {
  readonly exchanges: readonly ReplayedExchange[];
  /** The network failed: no connection, or no answer in time. */
  readonly failure: TransportError | undefined;
}

/** Plays one conversation to its end, and compares what comes back. */
export async function play(conversation: ScriptConversation, options: PlayOptions): Promise<Played> {
  if (conversation.hasGap) return { exchanges: notSent(conversation), failure: undefined };
  const isHttp = conversation.exchanges.length > 0;
  const hasBytes = !isHttp || conversation.received.length > 0;
  const { role, bytesIn, bytesOut } = conversation.connection;
  const limits = {
    keptBytes: hasBytes ? conversation.received.length + MORE_BYTES : 0,
    bytes: (role === "client" ? bytesIn : bytesOut) + MAX_MORE_BYTES,
    waitMs: (conversation.endedNs - conversation.startedNs) / 1e6 + MAX_MORE_SILENCES * options.silenceMs,
  };
  const live = new Live(isHttp, limits, options.observer);
  let failure: TransportError | undefined;
  let problem = "the server closed the connection";
  try {
    const { signal } = options;
    const connection = await connect({
      ...options.connect,
      ...(signal && { signal }),
      observer: live.observer,
    });
    void connection.closed.then(({ error }) => {
      problem = error?.message ?? problem;
    });
    await converse(connection, conversation, live, options);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    problem = error.message;
    if (isOfNetwork(error)) failure = error;
  } finally {
    live.end();
  }
  return { exchanges: compareAll(conversation, live, options.comparison, live.broken ?? problem), failure };
}

/** What is not whole is not sent: the server would get something else than it got then. */
function notSent({ number, exchanges }: ScriptConversation): ReplayedExchange[] {
  const why = "not sent, since bytes of its client are missing in the recording";
  const names = exchanges.map(({ request }) => `${request?.method} ${request?.target}`);
  return (names.length === 0 ? ["TCP"] : names).map((name) => ({
    conversation: number,
    name,
    status: undefined,
    differences: [],
    notCompared: why,
  }));
}

/** No connection, or no answer in time. That a server breaks off is a difference, and no failure of the network. */
const isOfNetwork = ({ code }: TransportError): boolean => code !== "PEER_RESET" && code !== "WRITE_FAILED";

async function converse(
  connection: TcpConnection,
  conversation: ScriptConversation,
  live: Live,
  options: PlayOptions,
): Promise<void> {
  connection.attach({ onBytes() {}, onEnd: () => live.peerEnded(), onClose: () => live.end() });
  const stop = () => connection.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    for (const step of conversation.steps) {
      await ready(step, conversation, live, options.silenceMs);
      // Who speaks HTTP and has ended takes no more requests.
      if (live.over || live.broken !== undefined || (live.ended && conversation.exchanges.length > 0)) break;
      await options.mayGoOn(step, conversation);
      if (step.kind === "abort") {
        connection.abort();
        return;
      }
      if (step.kind === "end") await connection.end();
      else await sent(connection, editedBytes(step, options.edits), live, options.silenceMs);
    }
    await allHere(conversation, live, options.silenceMs);
    if (live.over) return;
    // Ends, and waits a moment for the end of the server.
    await connection[Symbol.asyncDispose]();
  } finally {
    options.signal?.removeEventListener("abort", stop);
    connection.abort();
    await connection.closed;
  }
}

/** Waits for what the recorded client had before this step. */
async function ready(
  step: Step,
  conversation: ScriptConversation,
  live: Live,
  silenceMs: number,
): Promise<void> {
  const { exchanges, bytes } = step.after;
  if (!(await live.until(() => live.exchanges.length >= exchanges, silenceMs)))
    throw silence(live, silenceMs);
  if (step.kind === "abort") {
    // A client that broke off had a part of the response by then.
    await live.until(() => live.exchanges.length > exchanges || live.bytesIn > 0, PAUSE_MS);
  }
  if (bytes > 0) await live.until(() => live.receivedBytes >= bytes, PAUSE_MS);
  const expecting = conversation.exchanges.find(
    ({ request }) => request !== undefined && request.offset + request.headBytes === step.offset,
  );
  if (step.kind === "send" && expecting?.informational.some(({ status }) => status === 100) === true)
    await live.until(() => live.continues, CONTINUE_MS);
}

/** Everything that was recorded is here, or cannot come any more. */
async function allHere(conversation: ScriptConversation, live: Live, silenceMs: number): Promise<void> {
  const { exchanges, received, brokenBy } = conversation;
  const isHttp = exchanges.length > 0;
  const wanted = brokenBy === "server" ? exchanges.length : exchanges.filter(isWhole).length;
  if (!(await live.until(() => live.exchanges.length >= wanted, silenceMs))) throw silence(live, silenceMs);
  if (received.length > 0)
    await live.until(() => live.receivedBytes >= received.length, isHttp ? PAUSE_MS : silenceMs);
}

const isWhole = ({ incomplete }: { readonly incomplete: string | undefined }): boolean =>
  incomplete === undefined;

/** Hands the bytes over. A server that reads nothing is waited for as long as one that says nothing. */
async function sent(
  connection: TcpConnection,
  bytes: Uint8Array,
  live: Live,
  silenceMs: number,
): Promise<void> {
  if (bytes.length === 0) return;
  let done = false;
  const writing = connection.write(bytes).finally(() => {
    done = true;
    live.wake();
  });
  const inTime = live.until(() => done, silenceMs);
  await Promise.race([writing, inTime]);
  if (!done && !(await inTime)) throw silence(live, silenceMs);
  await writing;
}

function silence(live: Live, silenceMs: number): TransportError {
  if (live.isLate)
    return new TransportError("TIMEOUT_TOTAL", "body", "the server sends too slowly to be waited for");
  const what = live.bytesIn === 0 ? "no response" : "nothing more";
  return new TransportError("TIMEOUT_IDLE", "idle", `${what} for ${silenceMs / 1000} s`);
}

function compareAll(
  { number, exchanges, received, brokenBy, connection }: ScriptConversation,
  live: Live,
  comparison: Comparison,
  problem: string,
): ReplayedExchange[] {
  const isHttp = exchanges.length > 0;
  const compared = exchanges.map((recorded, at): ReplayedExchange => {
    const { request, incomplete } = recorded;
    const came = live.exchanges[at];
    const replayed =
      live.broken !== undefined && came?.incomplete !== undefined ? { ...came, incomplete: problem } : came;
    const notCompared = incomplete !== undefined && brokenBy !== "server" ? incomplete : undefined;
    const differences =
      notCompared !== undefined
        ? []
        : replayed === undefined || (replayed.response === undefined && recorded.response !== undefined)
          ? [`response: none: ${problem}`]
          : exchangeDifferences(recorded, replayed, comparison);
    const name = `${request?.method} ${request?.target}`;
    return { conversation: number, name, status: replayed?.response?.status, differences, notCompared };
  });
  if (isHttp && received.length === 0) return compared;
  if (live.bytesIn === 0 && received.length > 0 && !isHttp)
    return [tcp(number, [`bytes from the server: none: ${problem}`])];
  const ended = connection.error !== undefined && brokenBy === undefined ? connection.error : undefined;
  return [...compared, tcp(number, bytesDifference(received, live.received), ended)];
}

const tcp = (
  conversation: number,
  differences: readonly string[],
  notCompared?: string,
): ReplayedExchange => ({
  conversation,
  name: "TCP",
  status: undefined,
  differences,
  notCompared,
});
