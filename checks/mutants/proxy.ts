import { type Mutant, mutantsOf } from "./mutant.ts";

const FORWARD = ["test/proxy/forward.test.ts"];

/** What a proxy lets through, and what it makes on purpose. */
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
];
