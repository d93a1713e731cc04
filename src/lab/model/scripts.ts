import { Fields, type HttpEvent, utf8Bytes } from "../../browser.ts";

/** What a side does, and when: as soon as it has read so many heads and ends, or has found a fault. */
export type Act = { readonly after: number | "fault" } & (
  | { readonly does: "send"; readonly event: HttpEvent }
  /** Octets as they are, past all rules. */
  | { readonly does: "write"; readonly text: string }
  | { readonly does: "next cycle" }
  | { readonly does: "end" }
);

/** An exchange to step through: what each side does, in its own order. */
export interface Script {
  readonly name: string;
  /** What to look at, in a sentence. */
  readonly about: string;
  readonly client: readonly Act[];
  readonly server: readonly Act[];
}

const NO_FIELDS = new Fields();

const send = (event: HttpEvent, after: Act["after"] = 0): Act => ({ does: "send", event, after });
const data = (text: string, after: Act["after"] = 0): Act =>
  send({ type: "data", bytes: utf8Bytes(text) }, after);
const endOfMessage = (after: Act["after"] = 0): Act => send({ type: "end", trailers: NO_FIELDS }, after);
const fin = (after: Act["after"] = 0): Act => ({ does: "end", after });
const nextCycle = (after: Act["after"]): Act => ({ does: "next cycle", after });

const request = (
  method: string,
  target: string,
  fields: readonly string[] = [],
  after: Act["after"] = 0,
): Act =>
  send(
    {
      type: "request",
      method,
      target,
      version: "1.1",
      fields: new Fields(["Host", "lab.example", ...fields]),
    },
    after,
  );

const response = (status: number, reason: string, fields: readonly string[], after: Act["after"]): Act =>
  send({ type: "response", status, reason, version: "1.1", fields: new Fields([...fields]) }, after);

/** A whole response, as soon as the request is complete: head and end are two events. */
const hello = (after: number): Act[] => [
  response(200, "OK", ["Content-Length", "6"], after),
  data("hello\n", after),
  endOfMessage(after),
];

/** What a server does with a request that it cannot read. */
const refusal: readonly Act[] = [
  response(400, "Bad Request", ["Content-Length", "0", "Connection", "close"], "fault"),
  endOfMessage("fault"),
  fin("fault"),
];

export const SCRIPTS: readonly Script[] = [
  {
    name: "one exchange",
    about: "A request without content, a response with a length. Then both are done, and the client closes.",
    client: [request("GET", "/hello"), endOfMessage(), fin(2)],
    server: [...hello(2), fin(3)],
  },
  {
    name: "two exchanges on one connection",
    about: "Both sides are done: the next cycle begins, and both are idle again.",
    client: [
      request("GET", "/one"),
      endOfMessage(),
      nextCycle(2),
      request("GET", "/two", [], 2),
      endOfMessage(2),
      fin(4),
    ],
    server: [...hello(2), nextCycle(2), ...hello(4), fin(5)],
  },
  {
    name: "requests ahead (pipelining)",
    about: "The client sends both requests before it reads a response. The server answers them in order.",
    client: [
      request("GET", "/one"),
      endOfMessage(),
      request("GET", "/two"),
      endOfMessage(),
      nextCycle(2),
      fin(4),
    ],
    server: [...hello(2), nextCycle(2), ...hello(4), fin(5)],
  },
  {
    name: "content in chunks",
    about: "Nobody knows the length in advance: each chunk says its own, and a chunk of size 0 is the end.",
    client: [
      request("POST", "/post", ["Transfer-Encoding", "chunked"]),
      data("Hello"),
      data(", world!"),
      endOfMessage(),
      fin(2),
    ],
    server: [
      response(200, "OK", ["Transfer-Encoding", "chunked"], 2),
      data("13 bytes", 2),
      data(" came\n", 2),
      endOfMessage(2),
      fin(3),
    ],
  },
  {
    name: "wait for 100 (Continue)",
    about: "The client asks before it sends its content. The server says: go on.",
    client: [
      request("POST", "/post", ["Expect", "100-continue", "Content-Length", "5"]),
      data("Hello", 1),
      endOfMessage(1),
      fin(3),
    ],
    server: [
      send({ type: "informational", status: 100, reason: "Continue", version: "1.1", fields: NO_FIELDS }, 1),
      ...hello(2),
      fin(3),
    ],
  },
  {
    name: "the connection does not persist",
    about: "The client says Connection: close. After the exchange, both sides must close.",
    client: [request("GET", "/hello", ["Connection", "close"]), endOfMessage(), fin(2)],
    server: [
      response(200, "OK", ["Connection", "close"], 2),
      data("until the end\n", 2),
      endOfMessage(2),
      fin(2),
    ],
  },
  {
    name: "another protocol (Upgrade)",
    about: "The response 101 takes both sides out of HTTP: they have switched.",
    client: [request("GET", "/chat", ["Connection", "upgrade", "Upgrade", "chat"]), endOfMessage(), fin(1)],
    server: [response(101, "Switching Protocols", ["Connection", "upgrade", "Upgrade", "chat"], 2), fin(2)],
  },
  {
    name: "two lengths: refused",
    about: "Two lengths that differ: nobody can know where the message ends. The client's side is in error.",
    client: [
      {
        does: "write",
        after: 0,
        text: "POST / HTTP/1.1\r\nHost: lab.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nHello!",
      },
      fin(0),
    ],
    server: refusal,
  },
];
