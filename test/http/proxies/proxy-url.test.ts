import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProxyUrl } from "../../../src/http/client/proxies/proxy-url.ts";

test("a proxy is named as for curl", () => {
  const place = (text: string) => {
    const { scheme, host, port, path, user, password } = parseProxyUrl(text);
    return [scheme, host ?? path, port, user, password].filter((part) => part !== undefined).join(" ");
  };
  for (const [text, expected] of [
    ["proxy.test", "http proxy.test 80"],
    ["proxy.test:3128", "http proxy.test 3128"],
    ["proxy.test:3128/path?x", "http proxy.test 3128"],
    ["HTTP://Proxy.Test:", "http proxy.test 80"],
    ["https://proxy.test", "https proxy.test 443"],
    ["socks://proxy.test", "socks4 proxy.test 1080"],
    ["socks4a://proxy.test", "socks4a proxy.test 1080"],
    ["socks5h://u@proxy.test:1", "socks5h proxy.test 1 u "],
    ["u%3a:p%40%zz@proxy.test:1", "http proxy.test 1 u: p%40%zz"],
    ["u%3a:p%40@proxy.test:1", "http proxy.test 1 u: p@"],
    ["http://u:p@w@proxy.test:1", "http proxy.test 1 u p@w"],
    ["http://:@proxy.test", "http proxy.test 80  "],
    ["[::1]:1", "http ::1 1"],
    ["https://[2001:DB8::0:1]", "https 2001:db8::1 443"],
    ["http://127.1:1", "http 127.0.0.1 1"],
    ["http://bücher.test", "http xn--bcher-kva.test 80"],
    ["socks5h://localhost/run/tor%20socket", "socks5h /run/tor socket"],
    ["socks5://localhost", "socks5 localhost 1080"],
  ] as const) {
    assert.equal(place(text), expected, text);
  }
});

test("what is no proxy is refused, without its credentials", () => {
  for (const [text, code] of [
    ["", "PROXY_INVALID"],
    ["::1", "PROXY_INVALID"],
    ["http:127.0.0.1:1", "PROXY_INVALID"],
    ["//user:secret@127.0.0.1:1", "PROXY_INVALID"],
    ["http://user:secret@", "PROXY_INVALID"],
    ["http://user:secret@a b:1", "PROXY_INVALID"],
    ["http://user:secret@a\0", "PROXY_INVALID"],
    ["http://user:secret@\\a", "PROXY_INVALID"],
    ["http://user:secret@a:99999", "PROXY_INVALID"],
    ["http://user:secret@a:0", "PROXY_INVALID"],
    ["http://user:secret@a:x", "PROXY_INVALID"],
    ["http://user:sec%0d%0aret@a", "PROXY_INVALID"],
    ["http://us%00er:secret@a", "PROXY_INVALID"],
    ["ftp://user:secret@a", "PROXY_SCHEME"],
    ["file:///etc/passwd", "PROXY_SCHEME"],
  ] as const) {
    assert.throws(
      () => parseProxyUrl(text),
      (error: Error & { code?: string }) =>
        error.code === code && !/sec/.test(error.message) && /^[ -~]+$/.test(error.message),
      text,
    );
  }
});
