import { wrongState } from "./errors.ts";
import type { RequestHead } from "./events.ts";
import type { RequestContext } from "./message-reader.ts";
import { allowsPersistence, asksForContinue, asksForUpgrade } from "./persistence.ts";

interface RequestAhead extends RequestContext {
  /** The request says that no other will follow on this connection. */
  readonly last: boolean;
}

/** The requests that were sent before the requests ahead of them were answered (pipelining, RFC 9112 §9.3.2). */
export class RequestsAhead {
  readonly #requests: RequestAhead[] = [];

  /** Whether the newest of them says that no other will follow. */
  get endHere(): boolean {
    return this.#requests.at(-1)?.last === true;
  }

  push({ method, version, fields }: RequestHead): void {
    this.#requests.push({
      method,
      version,
      asksForUpgrade: false,
      last: !allowsPersistence(version, fields),
    });
  }

  /** The request to be answered next. */
  shift(): RequestAhead | undefined {
    return this.#requests.shift();
  }
}

/** @throws {ProtocolError} for a request whose response decides what the bytes behind it are. */
export function checkMayGoAhead({ method, version, fields }: RequestHead): void {
  if (method === "CONNECT" || asksForUpgrade(version, fields) || asksForContinue(version, fields)) {
    throw wrongState("a request with CONNECT, Upgrade or Expect must wait for the responses before it");
  }
}
