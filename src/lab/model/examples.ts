/** A message to begin with. */
export interface Example {
  readonly name: string;
  /** As it is typed: see typed.ts. `{host}` stands for the address of the target. */
  readonly text: string;
  readonly kind: "request" | "bytes";
}

/** From usual to dangerous. */
export const EXAMPLES: readonly Example[] = [
  { name: "GET", kind: "request", text: "GET /hello HTTP/1.1\nHost: {host}\n\n" },
  {
    name: "POST with a length",
    kind: "request",
    text: "POST /post HTTP/1.1\nHost: {host}\nContent-Type: text/plain\nContent-Length: 13\n\nHello, world!",
  },
  {
    name: "POST in chunks",
    kind: "request",
    text: "POST /post HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n5\nHello\n8\n, world!\n0\n\n",
  },
  {
    name: "two requests at once",
    kind: "request",
    text: "GET /hello HTTP/1.1\nHost: {host}\n\nGET /get HTTP/1.1\nHost: {host}\n\n",
  },
  {
    name: "wait for 100 (Continue)",
    kind: "request",
    text: "POST /post HTTP/1.1\nHost: {host}\nExpect: 100-continue\nContent-Length: 5\n\nHello",
  },
  {
    name: "a length and chunks: ambiguous",
    kind: "request",
    text: "POST /post HTTP/1.1\nHost: {host}\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nG",
  },
  {
    name: "two lengths: ambiguous",
    kind: "request",
    text: "POST /post HTTP/1.1\nHost: {host}\nContent-Length: 5\nContent-Length: 6\n\nHello!",
  },
  {
    name: "lines that end with LF alone",
    kind: "request",
    text: "GET /hello HTTP/1.1\\nHost: {host}\\n\\n",
  },
  {
    name: "a space before the colon",
    kind: "request",
    text: "GET /hello HTTP/1.1\nHost : {host}\n\n",
  },
  { name: "no Host", kind: "request", text: "GET /hello HTTP/1.1\nAccept: */*\n\n" },
  { name: "TCP: a line", kind: "bytes", text: "hello\\n" },
  { name: "TCP: any octets", kind: "bytes", text: "\\x00\\x01\\xfe\\xff" },
];
