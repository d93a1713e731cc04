import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithoutProxy, proxyFromEnvironment } from "../../../src/http/client/proxies/environment.ts";

// What curl 8.23 did, measured with a proxy that recorded which URLs reached it (C-14).

const ROWS: readonly (readonly [host: string, list: string, direct: boolean])[] = [
  ["example.com", "example.com", true],
  ["www.example.com", "example.com", true],
  ["nonexample.com", "example.com", false],
  ["example.com", ".example.com", true],
  ["www.example.com", ".example.com", true],
  ["example.com", "www.example.com", false],
  ["EXAMPLE.com", "example.COM", true],
  ["example.com.", "example.com", true],
  ["example.com", "example.com.", true],
  ["www.example.com.", ".example.com.", true],
  ["example.com", "*", true],
  ["example.com", " * ", false],
  ["example.com", "a.test,*", false],
  ["example.com", "*.example.com", false],
  ["www.example.com", "*.example.com", false],
  ["example.com", "a.test,example.com", true],
  ["example.com", "a.test, example.com", true],
  ["example.com", "a.test example.com", false],
  ["example.com", "a.test;example.com", false],
  ["example.com", "\texample.com", true],
  ["example.com", "example.com:80", false],
  ["example.com:80", "example.com:80", false],
  ["example.com:8080", "example.com", true],
  ["example.com", ",,", false],
  ["example.com", ".", false],
  ["example.com", "com", true],
  ["example.com", ".com", true],
  ["example.com", "m", false],
  ["example.com", "..example.com", false],
  ["example.com", "example.com..", false],
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.0/8", true],
  ["127.0.0.1", "127.0.0.1/32", true],
  ["127.0.0.1", "127.0.0.2/31", false],
  ["127.0.0.1", "127.0.0.0/31", true],
  ["127.0.0.1", "127/8", false],
  ["127.0.0.1", "0.0.0.0/0", false],
  ["127.0.0.1", "127.0.0.1/33", false],
  ["127.0.0.1", "127.0.0.1/", false],
  ["127.0.0.1", "127.0.0.1/x", false],
  ["127.0.0.1", "127.0.0.1/0x8", false],
  ["127.0.0.1", "127.0.0.1/008", true],
  ["127.0.0.1", "127.0.0.1/08", true],
  ["127.0.0.1", "128.0.0.1/0", false],
  ["127.0.0.1", "0.0.1", false],
  ["127.0.0.1", ".0.0.1", false],
  ["127.0.0.1", "127.0.0.1:80", false],
  ["127.0.0.1", "localhost", false],
  ["localhost", "127.0.0.1", false],
  ["localhost", "localhost", true],
  ["127.1", "127.0.0.1", true],
  ["0x7f.1", "127.0.0.0/8", true],
  ["127.0.0.1.", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.1.", false],
  ["127.0.0.1", "192.168.0.0/16,127.0.0.0/8", true],
  ["127.0.0.1", "*", true],
  ["[::1]", "::1", true],
  ["[::1]", "[::1]", false],
  ["[::1]", "::1/128", true],
  ["[::1]", "::/0", false],
  ["[::1]", "[::]/0", false],
  ["[::1]", "[::1]/128", false],
  ["[::1]", "::/127", true],
  ["[::1]", "::2/127", false],
  ["[::1]", "0:0:0:0:0:0:0:1", true],
  ["[0:0::1]", "::1", true],
  ["[::1]", "::1/129", false],
  ["[::ffff:127.0.0.1]", "127.0.0.1", false],
  ["127.0.0.1", "::ffff:127.0.0.1", false],
  ["[::ffff:127.0.0.1]", "::ffff:7f00:1", true],
  ["[::1]", "*", true],
  ["[::1]", "[::1]:80", false],
  ["[fd00::1]", "fd00::/8", true],
  ["[FD00::1]", "fd00::1", true],
  ["xn--bcher-kva.test", "xn--bcher-kva.test", true],
  ["example.com", "127.0.0.1,::1,example.com", true],
  ["127.0.0.1", "127.0.0.1/32/1", false],
  ["127.0.0.1", "127.0.0.1/-1", false],
  ["127.0.0.1", "127.0.0.1/ 8", false],
  ["127.0.0.1", "10.0.0.0/8 127.0.0.1", false],
  ["127.0.0.1", "127.0.0.1/00", true],
  ["127.0.0.1", "1.0.0.1/0", false],
  ["127.0.0.1", "1.0.0.1/00", false],
];

test(`NO_PROXY covers what it covers for curl (${ROWS.length} rows)`, () => {
  for (const [host, list, direct] of ROWS) {
    const { hostname } = new URL(`http://${host}/`);
    assert.equal(isWithoutProxy(hostname, list), direct, `${host} and "${list}"`);
  }
});

const ENVIRONMENTS: readonly (readonly [Record<string, string>, http: string, https: string])[] = [
  [{}, "-", "-"],
  [{ http_proxy: "a" }, "a", "-"],
  [{ HTTP_PROXY: "a" }, "-", "-"],
  [{ http_proxy: "a", all_proxy: "b" }, "a", "b"],
  [{ ALL_PROXY: "a" }, "a", "a"],
  [{ all_proxy: "a", ALL_PROXY: "b" }, "a", "a"],
  [{ http_proxy: "", all_proxy: "b" }, "b", "b"],
  [{ https_proxy: "a" }, "-", "a"],
  [{ HTTPS_PROXY: "a", https_proxy: "b" }, "-", "b"],
  [{ HTTPS_PROXY: "a" }, "-", "a"],
  [{ https_proxy: "", HTTPS_PROXY: "b" }, "-", "b"],
  [{ http_proxy: "a", no_proxy: "", NO_PROXY: "*" }, "-", "-"],
  [{ http_proxy: "a", no_proxy: "x", NO_PROXY: "*" }, "a", "-"],
  [{ http_proxy: "a", NO_PROXY: "*" }, "-", "-"],
  [{ https_proxy: "a", no_proxy: "*" }, "-", "-"],
];

test(`the environment names the proxies that it names for curl (${ENVIRONMENTS.length} rows)`, () => {
  for (const [environment, http, https] of ENVIRONMENTS) {
    const proxyFor = proxyFromEnvironment(environment);
    assert.equal(proxyFor(new URL("http://foo.test/")) ?? "-", http, JSON.stringify(environment));
    assert.equal(proxyFor(new URL("https://foo.test/")) ?? "-", https, JSON.stringify(environment));
  }
});

test("an inherited property is no environment variable", () => {
  const environment: Record<string, string> = Object.create({ http_proxy: "evil" });
  assert.equal(proxyFromEnvironment(environment)(new URL("http://foo.test/")), undefined);
});
