import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseChallenges, parseParameters } from "../../src/http/client/authentication/challenges.ts";

type Plain = [scheme: string, token68: string | undefined, parameters: Record<string, string>];

const plain = (...values: string[]): Plain[] =>
  parseChallenges(values).map(({ scheme, token68, parameters }) => [
    scheme,
    token68,
    Object.fromEntries(parameters),
  ]);

const CASES: [name: string, values: string[], challenges: Plain[]][] = [
  ["one scheme alone", ["Negotiate"], [["negotiate", undefined, {}]]],
  ["a scheme in any case", ["BASIC Realm=x"], [["basic", undefined, { realm: "x" }]]],
  ["token68", ["Negotiate YII/a+b-c._~=="], [["negotiate", "YII/a+b-c._~==", {}]]],
  [
    "the example of RFC 9110 §11.6.1: two challenges, and commas in a quoted string",
    ['Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\", now"'],
    [
      ["basic", undefined, { realm: "simple" }],
      ["newauth", undefined, { realm: "apps", type: "1", title: 'Login to "apps", now' }],
    ],
  ],
  [
    "field lines one after the other",
    ["Digest realm=x, nonce=a==", "Basic realm=y"],
    [
      ["digest", undefined, { realm: "x", nonce: "a==" }],
      ["basic", undefined, { realm: "y" }],
    ],
  ],
  [
    "token68 before another challenge",
    ["Foo abc=, Basic realm=y"],
    [
      ["foo", "abc=", {}],
      ["basic", undefined, { realm: "y" }],
    ],
  ],
  [
    "a scheme within a quoted string is text",
    ['Basic realm="a, Digest nonce=b"'],
    [["basic", undefined, { realm: "a, Digest nonce=b" }]],
  ],
  [
    "whitespace around =, and commas too many or too few",
    ['  Digest\trealm = "x" ,, nonce="z" qop=auth,'],
    [["digest", undefined, { realm: "x", nonce: "z", qop: "auth" }]],
  ],
  ["of two parameters the last", ["A x=1, X=2"], [["a", undefined, { x: "2" }]]],
  ["a quote that nothing closes", ['A x="b, c'], [["a", undefined, { x: "b, c" }]]],
  ["a backslash at the end", ['A x="b\\'], [["a", undefined, { x: "b\\" }]]],
  ["a value that is missing", ["A y=1, x=, z=2"], [["a", undefined, { y: "1", x: "", z: "2" }]]],
  ["a parameter of no scheme", ["realm=x"], []],
  [
    "names of JavaScript are names like any other",
    ["A x=1, __proto__=2"],
    [["a", undefined, JSON.parse('{"x":"1","__proto__":"2"}')]],
  ],
  ["nothing", ["", " ,, ", '"Basic realm=x"', "@\x01"], []],
];

for (const [name, values, challenges] of CASES) {
  test(`challenges: ${name}`, () => assert.deepEqual(plain(...values), challenges));
}

test("what is no challenge never throws, and costs no time that grows with its square", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'aB=," \\\t\x00é;') })), (values) => {
      parseChallenges(values);
      parseParameters(values);
    }),
  );
  for (const piece of ['"', "\\", "a ", "a=", "=", " ", 'a="', "a,"]) {
    parseChallenges([piece.repeat(300_000 / piece.length)]);
  }
});

test("Authentication-Info has parameters without a scheme", () => {
  const parameters = parseParameters(['qop=auth, nextnonce="a\\"b"', "nc=00000001"]);
  assert.deepEqual(Object.fromEntries(parameters), { qop: "auth", nextnonce: 'a"b', nc: "00000001" });
});
