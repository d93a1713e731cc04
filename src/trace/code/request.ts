/** A request that is written as code for another program. */
export interface CodeRequest {
  /** The method. */
  readonly method: string;
  /** The request-target as it was sent. */
  readonly target: string;
  /** `HTTP/1.1` or `HTTP/1.0`. */
  readonly version: string;
  /** The field lines of the head. Each character stands for one octet. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The content, without the framing of chunks. */
  readonly content: Uint8Array;
}

/** Where the request goes: `http://127.0.0.1:8080`, and the Unix socket behind it, if there is one. */
export interface CodeServer {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path of a Unix socket, in place of host and port. */
  readonly path?: string | undefined;
}
