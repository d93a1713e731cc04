/** All bytes of one direction of a connection, and what a parser has to know to read them. */
export interface Input {
  readonly reads: "request" | "response";
  /** For responses: the methods of the requests, in order; after these, GET for ever. */
  readonly asked: readonly Asked[];
  /** One character for each octet (latin1). */
  readonly text: string;
}

/** A method, or a GET that asks to switch to another protocol. */
export type Asked = "GET" | "HEAD" | "POST" | "CONNECT" | "upgrade";

export const askedFor = (input: Input, response: number): Asked => input.asked[response] ?? "GET";
