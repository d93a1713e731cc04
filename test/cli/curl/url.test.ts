import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CurlError } from "../../../src/cli/curl/curl-error.ts";
import { octetsOf } from "../../../src/cli/curl/octets.ts";
import {
  connectHostOf,
  effectiveUrl,
  hostFieldOf,
  parseCurlUrl,
  portOf,
  requestTargetOf,
  userinfoOf,
} from "../../../src/cli/curl/url.ts";
import { addQuery, addUploadName } from "../../../src/cli/curl/url-edit.ts";
import { redirectUrl, resolveReference } from "../../../src/cli/curl/url-reference.ts";
import { ROOT } from "../../support/root.ts";

// Recorded from curl 8.23.0. Every text is octets: one character is one octet.

interface RecordedUrl {
  readonly url: string;
  readonly exit: number;
  readonly message?: string;
  readonly connect?: string;
  readonly effective?: string;
  readonly scheme?: string;
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: string;
  readonly path?: string;
  readonly query?: string;
  readonly fragment?: string;
  readonly zone?: string;
  readonly target?: string;
  readonly hostField?: string;
}

interface RecordedRedirect {
  readonly base: string;
  readonly location: string;
  /** Absent: curl does not follow. */
  readonly followed?: string;
  readonly exit: number;
  readonly message: string;
  /** `%{redirect_url}` without -L. */
  readonly shown: string;
}

const recorded = <T>(name: string): readonly T[] =>
  JSON.parse(readFileSync(new URL(`test/cli/curl/recorded/${name}.json`, ROOT), "utf8")) as T[];
const HTTP = ["http", "https"];

for (const expected of recorded<RecordedUrl>("urls")) {
  test(`reads as curl does: ${JSON.stringify(expected.url)}`, () => {
    if (expected.exit === 3) {
      assert.throws(() => whole(expected.url), { exitCode: 3, message: expected.message });
      return;
    }
    const url = parseCurlUrl(expected.url);
    assert.equal(portOf(url) === undefined, expected.exit === 1, "only schemes of curl have a port");
    if (expected.exit === 1) return;
    const { exit: _, ...parts } = expected;
    assert.deepEqual(shownParts(expected, url), parts);
  });
}

/** Everything that can throw. */
function whole(text: string): unknown {
  const url = parseCurlUrl(text);
  return [userinfoOf(url), connectHostOf(url)];
}

function shownParts(expected: RecordedUrl, url: ReturnType<typeof parseCurlUrl>): Partial<RecordedUrl> {
  const all = {
    url: expected.url,
    connect: expected.connect === undefined ? undefined : connectHostOf(url),
    effective: effectiveUrl(url),
    scheme: url.scheme,
    user: url.user,
    password: url.password,
    host: url.host,
    port: String(portOf(url)),
    path: url.path,
    query: url.query,
    fragment: url.fragment,
    zone: url.zoneId,
    target: expected.target === undefined ? undefined : requestTargetOf(url),
    hostField: expected.target === undefined ? undefined : hostFieldOf(url),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ""));
}

for (const { base, location, followed, exit, message, shown } of recorded<RecordedRedirect>("redirects")) {
  test(`a redirect to ${JSON.stringify(location)} goes where curl goes`, () => {
    const from = parseCurlUrl(base);
    assert.equal(redirectUrl(from, location), shown);
    if (followed === undefined) {
      assert.throws(() => resolveReference(from, location, HTTP), { exitCode: exit, message });
    } else {
      assert.equal(effectiveUrl(resolveReference(from, location, HTTP)), followed);
    }
  });
}

test("a reference without a host keeps user and password; another host does not get them", () => {
  const base = parseCurlUrl("http://u:p@h/a");
  assert.deepEqual(userinfoOf(resolveReference(base, "/b", HTTP)), { user: "u", password: "p" });
  assert.equal(userinfoOf(resolveReference(base, "//h2/b", HTTP)), undefined);
  assert.deepEqual(userinfoOf(resolveReference(base, "http://x%40y@h2/", HTTP)), {
    user: "x@y",
    password: "",
  });
});

test("--path-as-is keeps dot segments", () => {
  assert.equal(requestTargetOf(parseCurlUrl("h/a/../%2e/b", { pathAsIs: true })), "/a/../%2E/b");
  const base = parseCurlUrl("h");
  assert.equal(resolveReference(base, "/a/../b", HTTP, { pathAsIs: true }).path, "/a/../b");
});

test("the default scheme wins over a guess from the host name", () => {
  assert.equal(parseCurlUrl("ftp.h", { defaultScheme: "HTTPS" }).scheme, "https");
  assert.equal(parseCurlUrl("http://ftp.h", { defaultScheme: "https" }).scheme, "http");
});

const QUERIES = [
  ["h", "a=b", "h/?a=b"],
  ["h?x", "a=b", "h/?x&a=b"],
  ["h?", "a=b", "h/?a=b"],
  ["h?x#f", "a=b&c", "h/?x&a=b&c#f"],
  ["h/p", "", "h/p"],
  ["h/p?x", "", "h/p?x&"],
  ["h?x&", "y", "h/?x&y"],
  ["h?x", "&y", "h/?x&&y"],
  ["http://u:p@h:0080/a/../b?", "x", "http://u:p@h:80/b?x"],
  ["http://0x7f.1/", "x", "http://127.0.0.1/?x"],
  ["a@h/#", "x", "a@h/?x"],
  ["file:///etc/passwd", "x", "file:///etc/passwd?x"],
] as const;

for (const [text, query, expected] of QUERIES) {
  test(`${text} with the query ${JSON.stringify(query)}`, () =>
    assert.equal(addQuery(text, query), expected));
}

const UPLOADS = [
  ["h/a/", "/etc/hostname", "http://h/a/hostname"],
  ["h", "/etc/hostname", "http://h/hostname"],
  ["h/?q", "/etc/hostname", "h/?q"],
  ["h/a", "/etc/hostname", "h/a"],
  ["h/a/#f", "hostname", "http://h/a/hostname#f"],
  ["h/a/", "/tmp/a b%ä?#.txt", "http://h/a/a%20b%25%C3%A4%3F%23.txt"],
  ["http://u:p@h/a/", "x", "http://u:p@h/a/x"],
] as const;

for (const [text, file, expected] of UPLOADS) {
  test(`an upload of ${file} to ${text}`, () => assert.equal(addUploadName(text, file), expected));
}

test("a query for a text that is no URL: curl's exit code 3", () => {
  assert.throws(
    () => addQuery("h/a b", "x"),
    (error) => error instanceof CurlError && error.exitCode === 3,
  );
});

test("an argument in Unicode becomes the octets of its UTF-8", () => {
  const url = parseCurlUrl(octetsOf("http://ä.se/ä?ä"));
  assert.equal(requestTargetOf(url), "/%C3%A4?\xc3\xa4");
  assert.equal(hostFieldOf(url), "xn--4ca.se");
});
