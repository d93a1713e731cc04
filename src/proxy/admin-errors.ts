/*
 * The errors of toxiproxy's API, in its words: its clients read them.
 */

/** What the API refuses, with toxiproxy's sentence and status. */
const ERRORS = {
  BAD_BODY: ["bad request body", 400],
  MISSING_FIELD: ["missing required field", 400],
  INVALID_STREAM: ["stream was invalid, can be either upstream or downstream", 400],
  INVALID_TOXIC_TYPE: ["invalid toxic type", 400],
  PROXY_NOT_FOUND: ["proxy not found", 404],
  TOXIC_NOT_FOUND: ["toxic not found", 404],
  PROXY_EXISTS: ["proxy already exists", 409],
  TOXIC_EXISTS: ["toxic already exists", 409],
  // toxiproxy has no limits, and so no words for them.
  TOO_MANY: ["too many", 400],
  // A port that is taken is a 500 in toxiproxy, too, with the words of the system.
  CANNOT_LISTEN: ["cannot listen", 500],
} as const satisfies Record<string, readonly [sentence: string, status: number]>;

/** Why the API refuses a request. */
export type AdminErrorCode = keyof typeof ERRORS;

/** A request that the API refuses. The message stands in the answer. */
export class AdminError extends Error {
  /** Always "AdminError". */
  override readonly name = "AdminError";
  /** Why it is refused. */
  readonly code: AdminErrorCode;
  /** The status code of the answer. */
  readonly status: number;

  /** @param detail stands behind toxiproxy's sentence. */
  constructor(code: AdminErrorCode, detail?: string, cause?: unknown) {
    const [sentence, status] = ERRORS[code];
    super(
      detail === undefined ? sentence : `${sentence}: ${detail}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.status = status;
  }
}
