import { ProtocolError } from "../../src/http1/errors.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import type { Exchange, Reply } from "./exchanges.ts";
import type { Fault } from "./relay.ts";
import type { Outcome, Seen } from "./stage.ts";

/** How a run ended. "truncated" and "wrong" break the promise. */
export type Verdict = "complete" | "refused" | "error" | "open-ended" | "truncated" | "wrong";

export interface Judgement {
  readonly verdict: Verdict;
  /** Says what is wrong if the promise is broken. */
  readonly because?: string;
}

/** The error codes that fit a fault, before the head of the response is complete and after it. */
const TRUE_OF: Readonly<
  Record<Fault["kind"], { readonly head: readonly string[]; readonly body: readonly string[] }>
> = {
  fin: {
    head: ["PEER_CLOSED_BEFORE_RESPONSE", "INCOMPLETE_HEAD", "TLS_HANDSHAKE"],
    body: ["BODY_TRUNCATED", "DECODE_FAILED"],
  },
  "half-close": {
    head: ["PEER_CLOSED_BEFORE_RESPONSE", "INCOMPLETE_HEAD", "TLS_HANDSHAKE"],
    body: ["BODY_TRUNCATED", "DECODE_FAILED"],
  },
  reset: { head: ["PEER_RESET", "CONNECT_RESET", "TLS_HANDSHAKE"], body: ["PEER_RESET"] },
  stall: { head: ["TIMEOUT_HEAD", "TIMEOUT_TLS", "TIMEOUT_WRITE"], body: ["TIMEOUT_BODY"] },
};

/** Plain TCP calls the phase "read". */
const HEAD_PHASES = new Set(["connect", "tls", "write", "head", "read"]);

/** Compares what both ends reported after a fault with what they reported without a fault. */
export function judge(exchange: Exchange, whole: Outcome, fault: Fault, outcome: Outcome): Judgement {
  if (outcome.hung.length > 0) return wrong(`${outcome.hung.join(" and ")} did not come to an end`);
  return serverFault(whole, fault, outcome) ?? clientVerdict(exchange, whole, fault, outcome);
}

function serverFault(whole: Outcome, fault: Fault, { seen, serverErrors }: Outcome): Judgement | undefined {
  for (const { error } of [...seen, ...serverErrors.map((error) => ({ error }))]) {
    if (error === undefined || isTyped(error)) continue;
    return wrong(`an untyped error at the server: ${String(error)}`);
  }
  for (const each of seen) {
    if (each.error === undefined && !whole.seen.some((known) => sameRequest(known, each))) {
      return { verdict: "truncated", because: `a handler took ${describeSeen(each)} for whole` };
    }
  }
  const timeouts = serverErrors.filter((error) => codeOf(error).startsWith("TIMEOUT"));
  return timeouts.length > 0 && fault.kind !== "stall"
    ? wrong(`the server waited for ${codeOf(timeouts[0])}`)
    : undefined;
}

function clientVerdict(exchange: Exchange, whole: Outcome, fault: Fault, { replies }: Outcome): Judgement {
  const last = replies.at(-1);
  if (last === undefined) return wrong("the client said nothing");
  for (const [index, reply] of replies.entries()) {
    const expected = whole.replies[index];
    if (expected === undefined) return wrong("more responses than requests");
    if (reply.error === undefined && sameReply(expected, reply)) continue;
    if (reply.error !== undefined) {
      return exchange.foreignClient
        ? { verdict: "error" }
        : errorVerdict(exchange, expected, fault, reply, whole);
    }
    if (exchange.foreignClient && fault.direction === "request") return { verdict: "refused" };
    // A request that was cut is a broken request, and may be answered as one.
    if (fault.direction === "request" && (reply.status === 400 || reply.status === 408))
      return { verdict: "refused" };
    const isPrefix = expected.content.subarray(0, reply.content.length).equals(reply.content);
    if (exchange.endsWithConnection && isPrefix && reply.status === expected.status && fault.kind !== "reset")
      return { verdict: "open-ended" };
    return {
      verdict: "truncated",
      because: `success with ${reply.content.length} of ${expected.content.length} bytes`,
    };
  }
  if (replies.length < whole.replies.length) return wrong("the client stopped without an error");
  return { verdict: "complete" };
}

function errorVerdict(
  exchange: Exchange,
  expected: Reply,
  fault: Fault,
  reply: Reply,
  whole: Outcome,
): Judgement {
  const { error } = reply;
  if (!isTyped(error)) return wrong(`an untyped error at the client: ${String(error)}`);
  const part = reply.status === 0 ? "head" : "body";
  const code = codeOf(error);
  if (!TRUE_OF[fault.kind][part].includes(code))
    return wrong(`${code} is not what happened (${error.message})`);
  if (
    error instanceof TransportError &&
    (part === "body" ? error.phase !== "body" : !HEAD_PHASES.has(error.phase))
  ) {
    return wrong(`${code} names the phase ${error.phase}`);
  }
  if (!expected.content.subarray(0, reply.content.length).equals(reply.content)) {
    return wrong("the content before the error is not what was sent");
  }
  return allArrived(exchange, fault, whole)
    ? wrong(`all of it arrived, and yet ${code}`)
    : { verdict: "error" };
}

/** The whole response passed before the fault struck, including the FIN if the response needs one. */
function allArrived(exchange: Exchange, fault: Fault, whole: Outcome): boolean {
  // TLS records differ a little from run to run, so we do not know which byte is the last.
  if (exchange.tls || fault.offset !== whole.passages[0]?.bytes[fault.direction]) return false;
  const ends = fault.kind === "fin" || fault.kind === "half-close";
  if (fault.direction === "request") return fault.kind === "half-close";
  return ends || !exchange.endsWithConnection;
}

function sameReply(one: Reply, other: Reply): boolean {
  return one.status === other.status && one.trailers === other.trailers && one.content.equals(other.content);
}

function sameRequest(one: Seen, other: Seen): boolean {
  return one.target === other.target && one.trailers === other.trailers && one.content.equals(other.content);
}

function isTyped(error: unknown): error is TransportError | ProtocolError {
  return error instanceof TransportError || error instanceof ProtocolError;
}

export const codeOf = (error: unknown): string => (isTyped(error) ? error.code : String(error));

const describeSeen = ({ target, content }: Seen): string => `${content.length} bytes for ${target}`;

const wrong = (because: string): Judgement => ({ verdict: "wrong", because });
