import { counted, quote } from "../../../bytes/text.ts";
import { Fields } from "../../../http1/fields.ts";
import { type Clock, systemClock } from "../../../tcp/clock.ts";
import { TransportError, type TransportErrorCode } from "../../../tcp/errors.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import { parseHttpDate } from "../../date.ts";
import type { ClientResponse, RequestInput } from "../messages.ts";
import type { Send } from "../step.ts";
import { backoffMs, delay } from "./delay.ts";
import { isTransient, TRANSIENT_STATUSES } from "./transient.ts";

/** How often a content that broke off is continued, and when. */
export interface ResumePolicy {
  /** How many times in a row the content may break off without a byte in between, 5 by default. */
  readonly maxResumes?: number | undefined;
  /** Milliseconds before the first attempt, 500 by default; twice as long before each further one without progress. */
  readonly minDelayMs?: number | undefined;
  /** Milliseconds that are waited at most, 30,000 by default. */
  readonly maxDelayMs?: number | undefined;
  /** Told of each attempt before the wait for it. It may throw, to give up. */
  readonly onResume?: ((resume: Resume) => void) | undefined;
  /** A number from 0 to 1, for the jitter of the delay; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
  /** Where time comes from: the system by default. */
  readonly clock?: Pick<Clock, "after"> | undefined;
}

/** A content that broke off and is about to be continued. */
export interface Resume {
  /** The offset of the next byte in the whole content. */
  readonly offset: number;
  /** The length of the whole content, if that is known. */
  readonly total: number | undefined;
  /** Why the content broke off. */
  readonly error: unknown;
  /** Milliseconds until the rest is asked for. */
  readonly delayMs: number;
}

/**
 * The content of a response, continued when it breaks off: the rest is asked for with Range and If-Range (RFC 9110 §13.1.5,
 * §14.2), and joined only if it is a part of the same representation. Without a strong validator (a strong ETag, or a
 * Last-Modified that is old enough), or with `decode`, nothing is continued, and the content is as `response.body`.
 *
 * @param response the response to `input`, a GET: 200, or 206 for a Range of the caller's own. Its content is unread.
 * @param send sends the requests for the rest: `(input) => client.request(input)`, with the caller's steps.
 * @throws {TransportError} while it is read: BODY_TRUNCATED with a `cause` when the rest is not to be had, or belongs to
 * a content that has changed; otherwise as `response.body`.
 */
export async function* resumedContent(
  response: ClientResponse,
  input: RequestInput,
  send: Send,
  given: ResumePolicy = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const policy = ownOptions(given);
  const place = placeOf(response, input);
  if (place === undefined) {
    yield* response.body;
    return;
  }
  const { maxResumes = 5 } = policy;
  let { offset } = place;
  let part = response;
  for (let failures = 0; ; ) {
    let error: unknown;
    let tooLong = false;
    try {
      for await (const bytes of part.body) {
        tooLong = offset + bytes.length > (place.end ?? Number.POSITIVE_INFINITY);
        if (tooLong) break;
        offset += bytes.length;
        failures = 0;
        yield bytes;
      }
      if (!tooLong && offset === (place.end ?? offset)) return;
      error = new TransportError(
        "BODY_TRUNCATED",
        "body",
        `the content ended at byte ${offset} of ${place.end}`,
      );
    } catch (caught) {
      if (!isBreak(caught)) throw caught;
      error = caught;
    }
    if (tooLong) throw lost(offset, "the server sends more bytes than it said", error);
    if (offset === place.end) return;
    let next: ClientResponse | undefined;
    while (next === undefined) {
      if (++failures > maxResumes) throw error;
      await pause({ offset, total: place.total, error }, failures, policy, input);
      next = await askForRest(input, place, offset, error, send);
    }
    part = next;
  }
}

/** What the first response says of the content. */
interface Place {
  /** Where the first response begins in the whole content. */
  readonly offset: number;
  /** Where the part that was asked for ends; `undefined`: at the end of the whole, which is not known. */
  readonly end: number | undefined;
  readonly total: number | undefined;
  /** The value of If-Range. */
  readonly validator: string;
  readonly fields: Fields;
}

/** `undefined`: what breaks off cannot be continued. */
function placeOf({ status, fields }: ClientResponse, input: RequestInput): Place | undefined {
  const validator = strongValidator(fields);
  if (validator === undefined || (input.method ?? "GET") !== "GET" || input.decode) return undefined;
  if (status === 206) {
    const range = contentRange(fields);
    return range && { offset: range.start, end: range.end, total: range.total, validator, fields };
  }
  if (status !== 200) return undefined;
  const length = /^\d+$/.exec(fields.get("content-length") ?? "")?.[0];
  const total = length === undefined || fields.has("transfer-encoding") ? undefined : Number(length);
  return { offset: 0, end: total, total, validator, fields };
}

/** A Last-Modified is a strong validator only if the resource was left alone for a while (RFC 9110 §8.8.2.2). */
const LEFT_ALONE_MS = 60_000;

/** The validator for If-Range: with a weak one, a server may join parts of two versions (RFC 9110 §13.1.5). */
function strongValidator(fields: Fields): string | undefined {
  const tag = fields.get("etag");
  if (tag !== undefined) return /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag) ? tag : undefined;
  const modified = fields.get("last-modified");
  const at = parseHttpDate(modified ?? "", 0);
  const date = parseHttpDate(fields.get("date") ?? "", 0);
  return at !== undefined && date !== undefined && date - at >= LEFT_ALONE_MS ? modified : undefined;
}

/** `bytes 0-99/200` (RFC 9110 §14.4). `end` is exclusive. */
function contentRange(fields: Fields): { start: number; end: number; total: number | undefined } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(fields.get("content-range") ?? "");
  if (match === null) return undefined;
  const [start, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === "*" ? undefined : Number(match[3]);
  return last < start || last >= (total ?? last + 1) ? undefined : { start, end: last + 1, total };
}

async function pause(
  broken: Omit<Resume, "delayMs">,
  failures: number,
  policy: ResumePolicy,
  { signal }: RequestInput,
): Promise<void> {
  const { minDelayMs = 500, maxDelayMs = 30_000, random = Math.random, clock = systemClock } = policy;
  const delayMs = backoffMs(failures, minDelayMs, maxDelayMs, random());
  policy.onResume?.({ ...broken, delayMs });
  await delay(delayMs, clock, signal);
}

/** The content from `offset` on. `undefined`: a failure that may be gone a little later. */
async function askForRest(
  input: RequestInput,
  place: Place,
  offset: number,
  broken: unknown,
  send: Send,
): Promise<ClientResponse | undefined> {
  const range = `bytes=${offset}-${place.end === undefined || place.end === place.total ? "" : place.end - 1}`;
  const fields = Fields.from(input.fields).without("range").without("if-range");
  const lines = [...fields.lines, "Range", range, "If-Range", place.validator];
  let response: ClientResponse;
  try {
    response = await send(ownOptions(input, { fields: new Fields(lines) }));
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
  if (TRANSIENT_STATUSES.includes(response.status)) {
    response.discard();
    return undefined;
  }
  const difference = differenceOf(response, place, offset);
  if (difference === undefined) return response;
  response.discard();
  throw lost(offset, difference, broken);
}

/** Why a response is not the rest of the content. `undefined`: it is. */
function differenceOf({ status, fields }: ClientResponse, place: Place, offset: number): string | undefined {
  if (status === 200) return "the content has changed, or the server sends it only as a whole";
  if (status !== 206) return `the server answers ${status}`;
  const range = contentRange(fields);
  if (range === undefined) return "the server sends no Content-Range that is understood here";
  if (range.start !== offset) return `the server sends the content from byte ${range.start} on`;
  if (place.total !== undefined && range.total !== undefined && range.total !== place.total) {
    return `the content had ${counted(place.total, "byte")}, and has ${range.total} now`;
  }
  for (const name of ["etag", "content-encoding"]) {
    if (fields.get(name) !== place.fields.get(name)) return changed(name, fields.get(name));
  }
  // A server need not send Last-Modified again with a part (RFC 9110 §15.3.7).
  const modified = fields.get("last-modified");
  if (modified !== undefined && modified !== place.fields.get("last-modified")) {
    return changed("last-modified", modified);
  }
  return undefined;
}

const changed = (name: string, value: string | undefined): string =>
  `its ${name} is ${value === undefined ? "gone" : `another one, ${quote(value)}`}`;

function lost(offset: number, reason: string, cause: unknown): TransportError {
  const message = `the content broke off at byte ${offset}, and cannot be continued: ${reason}`;
  return new TransportError("BODY_TRUNCATED", "body", message, { cause });
}

const BREAKS: ReadonlySet<TransportErrorCode> = new Set([
  "BODY_TRUNCATED",
  "PEER_RESET",
  "TIMEOUT_BODY",
  "PEER_CLOSED_BEFORE_RESPONSE",
]);

/** Whether a content broke off on the way. */
function isBreak(error: unknown): boolean {
  return error instanceof TransportError && BREAKS.has(error.code);
}
