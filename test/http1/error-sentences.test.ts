import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";

const FIELD = "Authorization: Basic S3CRET";

/** What is broken in each message. Each message contains a secret. */
const REQUESTS: Readonly<Record<string, string>> = {
  "whitespace before the colon": "Authorization : S3CRET",
  "a control octet in the value": "Authorization: S3CRET\u0001S3CRET",
  "a folded line": "Authorization:\r\n Basic S3CRET",
  "whitespace before the first field": ` ${FIELD}`,
  "no colon": "Authorization S3CRET",
  "no name": ": S3CRET",
  "an octet that no name has": "Authoriz@tion: S3CRET",
  "userinfo in Host": "Host: me:S3CRET@a",
  "a parameter in Host": "Host: a/?token=S3CRET",
};

const START_LINES: Readonly<Record<string, string>> = {
  "a space in the target": "GET /?token=S3CRET S3CRET HTTP/1.1",
  "an octet that no target has": "GET /?token=\u0001S3CRET HTTP/1.1",
  "no version": "GET /?token=S3CRET",
  "another version": "GET /?a S3CRET",
  "no method": "{S3CRET} / HTTP/1.1",
  "a field line in its place": FIELD,
  "userinfo in the target": "GET http://me:S3CRET@a/ HTTP/1.1",
  "a target of no form": "GET token=S3CRET HTTP/1.1",
  "a target that CONNECT does not have": "CONNECT me:S3CRET@a:443 HTTP/1.1",
};

const RESPONSES: Readonly<Record<string, string>> = {
  "no status": "HTTP/1.1 S3CRET",
  "a version that goes on": "HTTP/1.1S3CRET 200 OK",
  "a control octet in the reason": "HTTP/1.1 200 \u0001S3CRET",
  "a control octet in a value": "HTTP/1.1 200 OK\r\nSet-Cookie: \u0001S3CRET",
  "a field line for a chunk size": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nCookie: S3CRET",
  "a field line for a chunk extension": `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 ${FIELD}`,
};

describe("an error's sentence quotes no secret, where the message has", () => {
  for (const [name, line] of Object.entries(REQUESTS)) {
    test(name, () =>
      expectNoSecret(
        "server",
        `GET / HTTP/1.1\r\n${line}\r\n${line.startsWith("Host") ? "" : "Host: a\r\n"}\r\n`,
      ),
    );
  }
  for (const [name, line] of Object.entries(START_LINES)) {
    test(name, () => expectNoSecret("server", `${line}\r\nHost: a\r\n\r\n`));
  }
  for (const [name, head] of Object.entries(RESPONSES)) {
    test(name, () => expectNoSecret("client", `${head}\r\n\r\n`));
  }
});

test("an error's sentence quotes no secret that was to be sent", () => {
  for (const [name, value] of [
    ["Authorization : S3CRET", "x"],
    ["Authorization", "S3CRET\n"],
  ] as const) {
    const fields = new Fields(["Host", "a", name, value]);
    const send = () =>
      new Http1Connection({ role: "client" }).send({
        ...{ type: "request", method: "GET", target: "/", version: "1.1" },
        fields,
      });
    assert.throws(send, (error) => error instanceof ProtocolError && !error.message.includes("S3CRET"));
  }
});

function expectNoSecret(role: "client" | "server", text: string): void {
  const http1 = new Http1Connection({ role });
  if (role === "client") {
    const fields = new Fields(["Host", "a"]);
    http1.send({ type: "request", method: "GET", target: "/", version: "1.1", fields });
    http1.send({ type: "end", trailers: new Fields() });
  }
  http1.receive(latin1Bytes(text));
  assert.throws(
    () => {
      for (let event = http1.nextEvent(); event !== NEED_DATA && event !== PAUSED; )
        event = http1.nextEvent();
    },
    (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.doesNotMatch(error.message, /S3CRET/);
      return true;
    },
  );
}
