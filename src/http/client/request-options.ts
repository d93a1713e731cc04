import type { RequestInput } from "./messages.ts";

/**
 * The options of a request. Every option is an own property, even if it is undefined: otherwise a polluted
 * `Object.prototype` could supply it. `ownOptions` does the same for any object. This class costs half as much, since
 * all its instances have one shape.
 */
export class RequestOptions implements Readonly<Record<keyof RequestInput, unknown>> {
  readonly url: RequestInput["url"] = "";
  readonly method: RequestInput["method"] = undefined;
  readonly fields: RequestInput["fields"] = undefined;
  readonly fieldText: RequestInput["fieldText"] = undefined;
  readonly body: RequestInput["body"] = undefined;
  readonly trailers: RequestInput["trailers"] = undefined;
  readonly target: RequestInput["target"] = undefined;
  readonly version: RequestInput["version"] = undefined;
  readonly expectContinue: RequestInput["expectContinue"] = undefined;
  readonly decode: RequestInput["decode"] = undefined;
  readonly continueTimeoutMs: RequestInput["continueTimeoutMs"] = undefined;
  readonly earlyAnswer: RequestInput["earlyAnswer"] = undefined;
  readonly idempotent: RequestInput["idempotent"] = undefined;
  readonly defaultFields: RequestInput["defaultFields"] = undefined;
  readonly connect: RequestInput["connect"] = undefined;
  readonly proxy: RequestInput["proxy"] = undefined;
  readonly signal: RequestInput["signal"] = undefined;
  readonly timeoutMs: RequestInput["timeoutMs"] = undefined;
  readonly statedTimeoutMs: RequestInput["statedTimeoutMs"] = undefined;
  readonly onInformational: RequestInput["onInformational"] = undefined;

  constructor(given: RequestInput) {
    Object.assign(this, given);
  }
}
