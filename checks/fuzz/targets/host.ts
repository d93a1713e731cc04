import { isIPv6 } from "node:net";
import { latin1 } from "../../../src/bytes/text.ts";
import { isHost } from "../../../src/http1/host.ts";
import { hold, type Target } from "../target.ts";

/** The value of a Host field. */
export const host: Target = {
  name: "host",
  weight: 2,
  maxBytes: 80,
  seeds: [
    "a",
    "a:80",
    "[::1]:8080",
    "[v1.a:b]",
    "[1:2:3:4:5:6:7.8.9.10]",
    "127.0.0.1",
    "a%20b",
    "A.b-c_d~:65535",
    "[v9.,]",
    "[::7.8.9.05]",
    "[7.0.0.1::]",
  ],
  fuzz(data) {
    const text = latin1(data);
    const literal = /^\[([^\]]*)\](?::(\d*))?$/.exec(text);
    if (isHost(text)) {
      hold(!/[\0- /?#@\\,"<>\x7f-\xff]/.test(text), () => "a host has nothing in it that ends one");
      hold(Number(/:(\d*)$/.exec(text)?.[1] ?? 0) <= 65_535, () => "a port is at most 65535");
      hold(literal !== null || !/[[\]]/.test(text), () => "brackets are around an address");
    } else if (literal !== null && Number(literal[2] ?? 0) <= 65_535) {
      const [, address = ""] = literal;
      hold(!isIPv6(address) || address.includes("%"), () => "every IPv6 address is a host");
    }
    if (literal !== null && isHost(text) && !/^\[v/i.test(text)) {
      hold(isIPv6(literal[1] as string), () => "what is in brackets is an IPv6 address");
    }
  },
};
