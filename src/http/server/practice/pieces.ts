import { latin1Bytes } from "../../../bytes/text.ts";
import type { Answer, ServerRequest, ServerResponse } from "../handler.ts";
import { decimal, integer, outOfRange } from "./arguments.ts";
import type { Delay } from "./delay.ts";
import { describe } from "./description.ts";

// Contents that come in pieces.

const MAX_DRIP_BYTES = 10 * 1024 * 1024;

/** `n` chunks of text. */
export function chunks(n: number): Answer {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let i = 1; i <= n; i++) yield latin1Bytes(`chunk ${i} of ${n}\n`);
  }
  return { fields: [["Content-Type", "text/plain; charset=utf-8"]], body: body() };
}

/** `numbytes` bytes, spread over `duration` seconds, after a `delay`. */
export function drip(request: ServerRequest, delay: Delay): Answer | Promise<Answer> {
  const argument = (name: string, fallback: string): string => request.query.get(name) ?? fallback;
  const durationSeconds = decimal(argument("duration", "2"), 0, 60);
  const n = integer(argument("numbytes", "10"), 1, MAX_DRIP_BYTES);
  const delaySeconds = decimal(argument("delay", "0"), 0, 10);
  const code = integer(argument("code", "200"), 200, 599);
  if (durationSeconds === undefined) return outOfRange("duration", "a number of seconds from 0 to 60");
  if (n === undefined) return outOfRange("numbytes", `1 to ${MAX_DRIP_BYTES}`);
  if (delaySeconds === undefined) return outOfRange("delay", "a number of seconds from 0 to 10");
  if (code === undefined) return outOfRange("code", "200 to 599");

  // At most a thousand pieces: a timer is not exact below a few milliseconds.
  const pieces = Math.min(n, 1000);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < pieces; i++) {
      if (i > 0) await delay(((durationSeconds as number) * 1000) / pieces, request.signal);
      const size = Math.floor(((i + 1) * (n as number)) / pieces) - Math.floor((i * (n as number)) / pieces);
      yield new Uint8Array(size).fill(0x2a);
    }
  }
  const answer: ServerResponse = {
    status: code,
    fields: [
      ["Content-Type", "application/octet-stream"],
      ...(code === 204 || code === 304 ? [] : [["Content-Length", String(n)] as const]),
    ],
    body: body(),
  };
  return delaySeconds === 0 ? answer : delay(delaySeconds * 1000, request.signal).then(() => answer);
}

/** `n` lines of JSON, each a description of the request. */
export function lines(request: ServerRequest, n: number): Answer {
  const description = describe(request);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let id = 0; id < n; id++)
      yield new TextEncoder().encode(`${JSON.stringify({ id, ...description })}\n`);
  }
  return { fields: [["Content-Type", "application/json"]], body: body() };
}
