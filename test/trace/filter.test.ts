import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CONVERSATION_STATES, FILTER_KEYS, type Filterable, parseFilter } from "../../src/trace.ts";

const post: Filterable = {
  number: 3,
  kind: "http",
  state: "open",
  roles: ["client", "server"],
  host: "Example.org:8080",
  method: "POST",
  target: "/login/form?next=/home",
  status: 503,
  bytes: 2048,
  durationMs: 80,
  error: undefined,
  fields: [
    ["Content-Type", "application/json; charset=utf-8"],
    ["Retry-After", "120"],
  ],
  text: '{"name": "Ada Lovelace"}',
};
const echo: Filterable = {
  number: 12,
  kind: "tcp",
  state: "reset",
  roles: ["server"],
  host: "127.0.0.1:9000",
  bytes: 5,
  error: "the peer broke off the connection [PEER_RESET]",
  fields: [],
  text: "hello",
};

const matches = (filter: string, item: Filterable): boolean => {
  const { matches: test, error } = parseFilter(filter);
  assert.equal(error, undefined, `${filter}: ${error?.message}`);
  return test?.(item) === true;
};

test("a filter without terms matches everything", () => {
  for (const filter of ["", " ", "\t\n"]) assert.ok(matches(filter, post) && matches(filter, echo));
});

for (const filter of [
  "login",
  "LOGIN form",
  "lovelace",
  '"ada love"',
  "503",
  "charset=utf-8",
  "retry-after",
  '"retry-after: 120"',
  "status:503",
  "status:5xx",
  "status:50x",
  "status:404,503",
  "status:500-599",
  "status>=500",
  "method:post",
  "method:GET,POST",
  "bytes>1000",
  "bytes>=2k",
  "bytes:2048",
  "time>50ms",
  "time>50",
  "time<1s",
  "time<0.1s",
  "state:open",
  "state:open,closed",
  "host:example",
  "path:/login",
  "type:http",
  "role:client",
  "connection:3",
  "connection:1-5",
  "field:content-type",
  "field:content-type=json",
  'field:content-type="json; charset"',
  "-error:",
  "-hello",
  'status:5xx method:POST bytes>1000 -"Alan Turing"',
  "example.org:8080",
]) {
  test(`${filter} matches the POST and not the echo`, () => {
    assert.ok(matches(filter, post));
    assert.equal(matches(filter, echo), false);
  });
}

for (const filter of [
  "hello",
  "error:",
  "error:peer_reset",
  "type:tcp",
  "-role:client",
  "127.0.0.1:9000",
  "state:reset",
  "bytes<6",
]) {
  test(`${filter} matches the echo and not the POST`, () => {
    assert.ok(matches(filter, echo));
    assert.equal(matches(filter, post), false);
  });
}

test("each condition must match, and a minus turns one around", () => {
  assert.equal(matches("login status:404", post), false);
  assert.equal(matches("login -status:404", post), true);
  assert.equal(matches("-status:5xx", post), false);
  assert.equal(matches("bytes<1M bytes>2047", post), true);
  assert.equal(matches("-path:home", post), true); // the query is no part of the path
  assert.equal(matches('-"ada lovelace"', post), false);
});

test("a number that an item does not have matches no comparison", () => {
  assert.equal(matches("status<999", echo), false);
  assert.equal(matches("time>0", echo), false);
});

test("what looks like a URL or an address is a word", () => {
  const item = { ...echo, text: "see http://a.example/b from localhost:80 where a>b" };
  for (const word of ["http://a.example", "localhost:80", "a>b"]) assert.ok(matches(word, item), word);
});

test("a quote and a backslash in quotes are escaped", () => {
  assert.ok(matches('"{\\"name\\""', post));
  assert.ok(matches('"a\\\\b"', { ...echo, text: "a\\b" }));
});

for (const [filter, start, end, message] of [
  ["colour:red", 0, 10, /"colour" is no key; the keys are status, .*quotes/],
  ["hello state:opne", 6, 16, /"opne" is none of connecting, open/],
  ["type:udp", 0, 8, /"udp" is none of http, tcp/],
  ["a  status:6zz b", 3, 13, /"6zz" is not what status takes/],
  ["bytes>many", 0, 10, /"many" is not what bytes takes/],
  ["time>5parsecs", 0, 13, /"5parsecs"/],
  ["method>GET", 0, 10, /"method" has no order/],
  ["-host:", 0, 6, /host: wants a value/],
  ['x "open', 2, 7, /quotes are not closed/],
  ['field:a="b', 0, 10, /quotes are not closed/],
] as const) {
  test(`${filter} is an error at its place`, () => {
    const { error } = parseFilter(filter);
    assert.deepEqual([error?.start, error?.end], [start, end]);
    assert.match(error?.message ?? "", message);
  });
}

test("no text makes the filter throw, and an error is within the text", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...Object.keys(FILTER_KEYS),
      ...CONVERSATION_STATES,
      ":",
      ">",
      "<=",
      "-",
      '"',
      "\\",
      " ",
      "=",
      "5xx",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const text = words.join("");
      const filter = parseFilter(text);
      if (filter.error === undefined) {
        filter.matches(post);
        return filter.matches(echo) || true;
      }
      const { start, end } = filter.error;
      return start >= 0 && start < end && end <= text.length;
    }),
  );
});
