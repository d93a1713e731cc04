/** The bytes of one direction of a connection, from its first to its last, and what has to be known to read them. */
export interface Input {
  readonly reads: "request" | "response";
  /** The requests that were sent, for responses: one after the other, and then GET for ever. */
  readonly asked: readonly Asked[];
  /** One character an octet (latin1). */
  readonly text: string;
}

/** A method; or a GET with the wish to go on in another protocol. */
export type Asked = "GET" | "HEAD" | "POST" | "CONNECT" | "upgrade";

export const askedFor = (input: Input, response: number): Asked => input.asked[response] ?? "GET";
