import { statSync } from "node:fs";
import type { ClientResponse } from "../../http.ts";
import { CurlError } from "./curl-error.ts";
import { httpDate, parseCurlDate } from "./date.ts";
import { etagLine } from "./etag.ts";
import { rangeOf } from "./numbers.ts";
import { octetsOf } from "./octets.ts";
import { pathOf } from "./output-file.ts";
import { outputPlace } from "./output-place.ts";
import type { Plan } from "./plan.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";

const NO_RANGES = 33;

/** -z: only what changed after a time, or before it. */
interface TimeCondition {
  readonly field: "If-Modified-Since" | "If-Unmodified-Since" | "Last-Modified";
  /** Seconds since 1970. */
  readonly time: number;
}

/** The byte from which -C wants the content. "-": what the file has already. */
export function resumeOffset(plan: Plan): number {
  const given = plan.settings.value("continue-at");
  if (given === undefined) return 0;
  if (given !== "-") return Number(given);
  const place = plan.upload === undefined ? outputPlace(plan) : undefined;
  // As in curl, a transfer without a file has the offset of the one before.
  if (place?.kind !== "file") return OFFSETS.get(plan.settings) ?? 0;
  const offset = statSync(pathOf(place.path), { throwIfNoEntry: false })?.size ?? 0;
  OFFSETS.set(plan.settings, offset);
  return offset;
}

const OFFSETS = new WeakMap<Settings, number>();

/** The request with the lines of -C, -r, -z, --etag-compare and --tr-encoding. */
export function withConditions(asked: Asked, settings: Settings, offset: number): Asked {
  const etag = etagLine(settings);
  const time = timeCondition(settings);
  const range = rangeLine(asked, settings, offset);
  const te = settings.on("tr-encoding") ? "gzip" : undefined;
  if (etag === undefined && time === undefined && range === undefined && te === undefined) return asked;
  return {
    ...asked,
    added: {
      ...asked.added,
      ...(range !== undefined && { range }),
      ...(te !== undefined && { te }),
      ...(time !== undefined && { timeCondition: timeLine(time) }),
      ...(etag !== undefined && { last: [...(asked.added.last ?? []), etag] }),
    },
  };
}

/** The line of -C and -r. Content has a range, too: which part of a resource it is (RFC 9110 §14.5). */
export function rangeLine({ content }: Asked, settings: Settings, offset = 0): string | undefined {
  if (content !== undefined) {
    const range = settings.value("range");
    if (range === undefined || content.kind === "form" || settings.on("continue-at")) return undefined;
    return `Content-Range: bytes ${rangeOf(octetsOf(range))}/${content.length ?? -1}`;
  }
  if (offset > 0) return `Range: bytes=${offset}-`;
  const range = settings.value("range");
  return range === undefined ? undefined : `Range: bytes=${rangeOf(octetsOf(range))}`;
}

const conditionBySettings = new WeakMap<Settings, { readonly condition: TimeCondition | undefined }>();

/** What -z says, of the time when the command began: a file may be written to meanwhile. */
export function timeCondition(settings: Settings): TimeCondition | undefined {
  const known = conditionBySettings.get(settings) ?? { condition: givenCondition(settings) };
  conditionBySettings.set(settings, known);
  return known.condition;
}

/** A text that is no date is a file, whose time counts. `undefined`: there is no such file, and no condition. */
function givenCondition(settings: Settings): TimeCondition | undefined {
  const given = settings.value("time-cond");
  if (given === undefined) return undefined;
  const [, sign, text = ""] = /^([+\-=]?)(.*)$/s.exec(given) ?? [];
  const time = parseCurlDate(octetsOf(text)) ?? fileTime(text);
  return time === undefined ? undefined : { field: TIME_FIELDS[sign ?? ""] ?? "If-Modified-Since", time };
}

/** By what stands in front of the time. */
const TIME_FIELDS: Readonly<Record<string, TimeCondition["field"]>> = {
  "-": "If-Unmodified-Since",
  "=": "Last-Modified",
};

function fileTime(path: string): number | undefined {
  const stat = path === "" ? undefined : statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : Math.floor(stat.mtimeMs / 1000);
}

function timeLine({ field, time }: TimeCondition): string {
  return `${field}: ${httpDate(time)}`;
}

/**
 * How the content of a final response is to be taken. "nothing": there is nothing to save, and no error.
 * "no more": the server says so, and its words are dropped.
 * "not modified": the same, and curl does as if the server had said 304.
 */
export type Taking = "content" | "nothing" | "no more" | "not modified";

/** What curl makes of a response to a request with conditions. @throws {CurlError} 33: the server does not resume. */
export function takingOf(response: ClientResponse, asked: Asked, settings: Settings, offset: number): Taking {
  if (offset > 0 && asked.content === undefined && !settings.on("head")) return resumed(response, offset);
  const time = timeCondition(settings);
  if (time === undefined || settings.on("range") || offset > 0) return "content";
  return meets(time, response) ? "content" : "not modified";
}

function resumed({ status, fields }: ClientResponse, offset: number): Taking {
  if (status === 416) return "no more";
  const given = fields.getAll("content-range")[0] ?? "";
  // As in curl, a Content-Range without a number is one from the start that was asked for.
  const start = given === "" ? undefined : (/\d+|\*/.exec(given)?.[0] ?? "*");
  if (start === "*" || Number(start ?? Number.NaN) === offset) return "content";
  if (Number(fields.getAll("content-length")[0]) === offset) return "nothing"; // all of it is here
  throw new CurlError(NO_RANGES, "the server does not resume: it sends the whole content");
}

/** A server that knows no conditions sends the content all the same. */
function meets(condition: TimeCondition, { fields }: ClientResponse): boolean {
  const modified = parseCurlDate(fields.getAll("last-modified")[0] ?? "");
  return modified === undefined || modified === 0 || holds(condition, modified);
}

function holds({ field, time }: TimeCondition, modified: number): boolean {
  return field === "If-Unmodified-Since" ? modified < time : modified > time;
}

/** Whether -z wants a file that was modified at this second. As in curl, -r asks for a part of it in any case. */
export function wantsFileOf(modified: number, settings: Settings): boolean {
  const condition = settings.on("range") ? undefined : timeCondition(settings);
  return condition === undefined || holds(condition, modified);
}

/** -I wants no content: as in curl, the connection ends where the server sends one to another method than HEAD. */
export function endsAtHead(
  { status, fields }: ClientResponse,
  { method }: Asked,
  settings: Settings,
): boolean {
  if (!settings.on("head") || method === "HEAD") return false;
  return status !== 204 && status !== 304 && fields.getAll("content-length").join() !== "0";
}
