import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../src/bytes/text.ts";
import { Fields, Http1Connection, type RequestHead } from "../../src/http1.ts";

const head = (fieldText: string, rest: Partial<RequestHead> = {}): RequestHead => ({
  type: "request",
  method: "GET",
  target: "/",
  version: "1.1",
  fields: new Fields(),
  fieldText,
  ...rest,
});
const text = (sent: string | Uint8Array) => (typeof sent === "string" ? sent : latin1(sent));

test("field lines that the caller wrote are sent octet by octet, also where they break a rule", () => {
  for (const lines of ["x:\r\nz:  v  \r\n", "X Y: \xe9\r\n", "no colon\r\n", ""]) {
    const connection = new Http1Connection({ role: "client" });
    assert.equal(text(connection.sendHead(head(lines))), `GET / HTTP/1.1\r\n${lines}\r\n`);
  }
});

test("nothing that ends a line gets into a head that the caller wrote", () => {
  for (const wrong of [
    head("a: b\nc: d\r\n"),
    head("a: b\rc\r\n"),
    head("a: \0\r\n"),
    head("a: b\r\n\r\nGET /2 HTTP/1.1\r\n"),
    head("a: b"),
    head("a: b\r\n", { target: "/ HTTP/1.1\r\nx: y" }),
    head("a: b\r\n", { method: "GET\n" }),
    head("a: \u010a\r\n"),
  ])
    assert.throws(() => new Http1Connection({ role: "client" }).sendHead(wrong), { blame: "local" });
});

test("the spans of such a head cover all of its octets", () => {
  for (const lines of ["x: y\r\n", "X Y: 1\r\nb: c\r\n", "no colon\r\n", ": v\r\n"]) {
    let covered = 0;
    const observer = {
      span: (_direction: string, _rule: string, start: number, end: number) => {
        assert.equal(start, covered);
        covered = end;
      },
    };
    const connection = new Http1Connection({ role: "client", observer });
    const sent = text(connection.sendHead(head(lines)));
    assert.equal(covered, sent.length, JSON.stringify(lines));
  }
});
