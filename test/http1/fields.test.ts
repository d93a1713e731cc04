import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fields } from "../../src/http1/fields.ts";

describe("Fields", () => {
  const fields = Fields.from([
    ["Set-Cookie", "a=1"],
    ["X-B", "2"],
    ["set-COOKIE", "b=2"],
  ]);

  test("names are compared without regard to case, and shown as they are", () => {
    assert.equal(fields.has("SET-cookie"), true);
    assert.equal(fields.get("x-b"), "2");
    assert.deepEqual(
      [...fields].map(([name]) => name),
      ["Set-Cookie", "X-B", "set-COOKIE"],
    );
  });

  test("lines of one name combine with a comma, or come one by one", () => {
    assert.equal(fields.get("Set-Cookie"), "a=1, b=2");
    assert.deepEqual(fields.getAll("Set-Cookie"), ["a=1", "b=2"]);
  });

  test("a missing name gives undefined, or no values", () => {
    assert.equal(fields.get("x"), undefined);
    assert.deepEqual(fields.getAll("x"), []);
    assert.equal(fields.has(""), false);
    assert.equal(new Fields().size, 0);
  });

  test("a value is never found as a name", () => {
    assert.equal(Fields.from({ "X-A": "X-B" }).has("x-b"), false);
  });

  test("no name is special", () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.equal(fields.get(name), undefined);
      assert.equal(fields.with(name, "x").get(name), "x");
    }
  });

  test("they can be made of pairs, of an object, of a Headers, and of others", () => {
    const lines = ["a", "1", "b", "2", "b", "3"];
    assert.deepEqual(
      Fields.from([
        ["a", "1"],
        ["b", "2"],
        ["b", "3"],
      ]).lines,
      lines,
    );
    assert.deepEqual(Fields.from({ a: "1", b: ["2", "3"] }).lines, lines);
    assert.deepEqual(Fields.from(new Headers({ a: "1", b: "2, 3" })).lines, ["a", "1", "b", "2, 3"]);
    assert.equal(Fields.from(fields), fields);
    assert.equal(Fields.from(undefined).size, 0);
  });

  test("with and without leave the original as it was", () => {
    assert.equal(fields.with("X-C", "3").size, 4);
    assert.deepEqual(fields.without("SET-cookie").lines, ["X-B", "2"]);
    assert.equal(fields.size, 3);
  });

  test("as JSON they are pairs", () => {
    assert.equal(JSON.stringify(Fields.from({ A: "1" })), '[["A","1"]]');
  });
});
