import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeHead } from "../../src/http1/encode.ts";
import type { RequestHead, ResponseHead } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";

// A head that is sent again is not built again, so each of its parts must be compared.

const request: RequestHead = {
  type: "request",
  method: "GET",
  target: "/",
  version: "1.1",
  fields: new Fields(["Host", "a"]),
};
const response: ResponseHead = {
  type: "response",
  status: 200,
  reason: "OK",
  version: "1.1",
  fields: new Fields(["A", "b"]),
};

for (const [part, other] of Object.entries({
  target: { ...request, target: "/other" },
  method: { ...request, method: "PUT" },
  version: { ...request, version: "1.0" },
  fields: { ...request, fields: new Fields(["Host", "b"]) },
} satisfies Record<string, RequestHead>)) {
  test(`a request with another ${part} than the one before is sent as it is`, () => {
    const [first, second] = [encodeHead(request), encodeHead(other)];
    assert.notEqual(first, second);
    assert.equal(second, encodeHead({ ...other, fields: new Fields(other.fields.lines) }));
    assert.equal(encodeHead(request), first);
  });
}

for (const [part, other] of Object.entries({
  status: { ...response, status: 404 },
  reason: { ...response, reason: "Fine" },
  version: { ...response, version: "1.0" },
  fields: { ...response, fields: new Fields(["A", "c"]) },
} satisfies Record<string, ResponseHead>)) {
  test(`a response with another ${part} than the one before is sent as it is`, () => {
    const [first, second] = [encodeHead(response), encodeHead(other)];
    assert.notEqual(first, second);
    assert.equal(second, encodeHead({ ...other, fields: new Fields(other.fields.lines) }));
    assert.equal(encodeHead(response), first);
  });
}

for (const [what, fields, target] of [
  ["a field value", ["Host", "a", "Authorization", "S3CRET\r\n"], "/"],
  ["a request-target", ["Host", "a"], "/?token=S3CRET x"],
] as const) {
  test(`the error about ${what} that cannot be sent does not show it`, () => {
    assert.throws(
      () => encodeHead({ ...request, target, fields: new Fields(fields) }),
      (error: Error) => !error.message.includes("S3CRET"),
    );
  });
}
