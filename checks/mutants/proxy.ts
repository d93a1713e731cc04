import { type Mutant, mutantsOf } from "./mutant.ts";

const FORWARD = ["test/proxy/forward.test.ts"];

/** What a proxy lets through, what it makes on purpose, and what is seen of programs that are not ours. */
export const PROXY: readonly Mutant[] = [
  ...mutantsOf("proxy/proxy.ts", FORWARD, [
    {
      text: "  refuseOpenRelay(options);",
      becomes: "",
      promise: "a forward proxy beyond this machine is open to nobody without a list",
    },
    {
      text: "if (!this.#mayCome(client)) return client.abort(refused(client));",
      becomes: "",
      promise: "a client that is not on the list is not served",
    },
    {
      text: "this.address === undefined || !isLoopback(this.address) || this.#hasName(url)",
      becomes: "true",
      promise: "a foreign page whose name leads to loopback gets nothing of the server behind --rewrite-host",
    },
  ]),
  ...mutantsOf("proxy/heads.ts", FORWARD, [
    {
      text: '"proxy-authorization", "upgrade"]',
      becomes: '"upgrade"]',
      promise: "what a client tells the proxy in confidence does not reach the server",
    },
    {
      text: "lines.push(name, isHost ? authority : value);",
      becomes: "lines.push(name, value);",
      promise: "the target of a request replaces Host",
    },
    {
      text: 'new Set(["content-length", "transfer-encoding", "host"])',
      becomes: "new Set()",
      promise: "Connection cannot take the framing of a message away",
    },
  ]),
  ...mutantsOf("proxy/bridge.ts", FORWARD, [
    {
      text: 'return framed ? head : { ...head, fields: head.fields.with("Connection", "close") };',
      becomes: "return framed ? head : { ...head };",
      promise: "a content that ends with the connection is the last one of the connection",
    },
  ]),
  ...mutantsOf(
    "proxy/forward.ts",
    ["test/proxy/relay.test.ts", "test/proxy/forward.test.ts"],
    [
      {
        text: "address.port !== own.port ||",
        becomes: "true ||",
        promise: "a proxy does not lead to itself",
      },
      {
        text: "if (allowed !== undefined && !allowed.has(name)",
        becomes: "if (allowed !== undefined && allowed.has(name)",
        promise: "a proxy that leads to some servers only leads to no other",
      },
    ],
  ),
  ...mutantsOf(
    "tcp/faults/faulty-relay.ts",
    ["test/proxy/relay.test.ts", "test/tcp/faults/relay.test.ts"],
    [
      {
        text: "if (this.#receiver.send(bytes)) return;",
        becomes: "this.#receiver.send(bytes); return;",
        promise: "a proxy reads no faster than the slower program takes",
      },
    ],
  ),
  ...mutantsOf(
    "tcp/faults/corrupt.ts",
    ["test/tcp/faults/each-fault.test.ts"],
    [
      {
        text: "(1 + Math.floor(random(piece.start + i) * 255))",
        becomes: "0",
        promise: "a fault that corrupts changes the bytes that it says it hit",
      },
    ],
  ),
  ...mutantsOf(
    "proxy/admin-guard.ts",
    ["test/proxy/admin.test.ts"],
    [
      {
        text: 'if (fields.has("origin")) return "a page may not drive the proxies";',
        becomes: "",
        promise: "a page of another site cannot create a proxy",
      },
    ],
  ),
  ...mutantsOf(
    "watch/hooks.ts",
    ["test/watch/hooks.test.ts"],
    [
      {
        text: "if (watch) handle._consumed = true;",
        becomes: "",
        promise: "what a server of node:http reads is seen",
      },
    ],
  ),
  ...mutantsOf(
    "replay/compare.ts",
    ["test/replay/replay.test.ts"],
    [
      {
        text: "if (digestOf(recorded) === digestOf(replayed)) return [];",
        becomes: "return [];",
        promise: "a replay tells when a server of another protocol says something else",
      },
    ],
  ),
];
