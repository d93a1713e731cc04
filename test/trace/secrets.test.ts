import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import { explainRecords, formatExplanation } from "../../src/trace/explain.ts";
import { ExplanationWriter } from "../../src/trace/explanation-writer.ts";
import { StreamMask } from "../../src/trace/masking.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { type Recorder, recordTrace } from "../../src/trace/recorder.ts";
import { Redactor, redact, redactText } from "../../src/trace/redactor.ts";
import { formatTimeline } from "../../src/trace/timeline.ts";

/** A server that reads one of these pieces in each turn, and answers every complete request. */
function serverReads(
  recorder: Recorder,
  pieces: Iterable<string>,
  onTurn: () => void = () => {},
  fields = new Fields(["Content-Length", "0"]),
): void {
  const observer = recorder.observe("server");
  const http1 = new Http1Connection({ role: "server", observer });
  for (const piece of pieces) {
    const bytes = latin1Bytes(piece);
    observer.connection({ kind: "read", bytes });
    http1.receive(bytes);
    try {
      for (
        let event = http1.nextEvent();
        event !== NEED_DATA && event !== PAUSED;
        event = http1.nextEvent()
      ) {
        if (event.type !== "end") continue;
        const head = http1.send({ type: "response", status: 200, reason: "OK", version: "1.1", fields });
        observer.connection({ kind: "write", bytes: head });
        http1.send({ type: "end", trailers: new Fields() });
        http1.startNextCycle();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    onTurn();
  }
}

const textOf = (records: readonly TraceRecord[]): string =>
  records.map((record) => (record.type === "bytes" ? latin1(record.bytes) : "")).join("");

/** Everything that is shown and written about a message that arrives in these pieces. */
function shown(pieces: readonly string[]): string {
  const written: TraceRecord[] = [];
  const tables: string[] = [];
  const explanation = new ExplanationWriter((lines) => tables.push(...lines));
  const redactor = new Redactor((record) => written.push(record));
  const recorder = recordTrace({
    onRecord: (record) => {
      redactor.add(record);
      explanation.add(record);
    },
  });
  serverReads(recorder, pieces, () => {
    redactor.flush();
    explanation.flush();
  });
  explanation.end();
  const { records } = recorder;
  return [
    textOf(redact(records)),
    textOf(written),
    ...formatTimeline(records),
    ...tables,
    ...explainRecords(records).flatMap((one) => formatExplanation(one)),
  ].join("\n");
}

const request = (...lines: string[]): string => ["GET / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n");

describe("masked, whole and cut at every place:", () => {
  const messages: Readonly<Record<string, string>> = {
    "a field": request("Authorization: Basic S3CRET"),
    "a field of a service": request("X-Vault-Token: S3CRET"),
    "a field behind a broken line": request("A : b", "Cookie: S3CRET"),
    "whitespace before the colon": request("Authorization : S3CRET"),
    "a folded line": request("Cookie: a", " S3CRET"),
    "bare LF": request("Authorization: S3CRET").replaceAll("\r", ""),
    "bare CR": request("Authorization: S3CRET").replaceAll("\n", ""),
    "bare CR in the value": request("Authorization: Bearer\rS3CRET"),
    "bare CR before the value": request("X-Api-Key:\rS3CRET"),
    "no colon": request("Authorization S3CRET"),
    "userinfo in the target": "GET http://me:S3CRET@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "userinfo in the target of CONNECT": "CONNECT me:S3CRET@a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "userinfo in Host": "GET / HTTP/1.1\r\nHost: me:S3CRET@a\r\n\r\n",
    "userinfo in Host, with a slash in it": "GET / HTTP/1.1\r\nHost: me/S3CRET@a\r\n\r\n",
    "userinfo in X-Forwarded-Host": request("X-Forwarded-Host: me:S3CRET@a"),
    "userinfo in Via": request("Via: HTTP/1.1 me:S3CRET@a"),
    "userinfo in Forwarded": request('Forwarded: for=192.0.2.1;host="me:S3CRET@a"'),
    "a space in a parameter of the target": "GET /?token=a S3CRET HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the userinfo of the target": "GET http://me:a S3CRET@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "a tab in a parameter of the target": "GET /?token=a\tS3CRET HTTP/1.1\r\nHost: a\r\n\r\n",
    "userinfo in Referer": request("Referer: https://me:S3CRET@a/"),
    "a parameter of the target": "GET /a?b=c&api_key=S3CRET HTTP/1.1\r\nHost: a\r\n\r\n",
    "a parameter with an escaped name": "GET /?%74oken=S3CRET HTTP/1.1\r\nHost: a\r\n\r\n",
    "a parameter of a URI in a parameter": "GET /?next=%2Fa%3Ftoken%3DS3CRET HTTP/1.1\r\nHost: a\r\n\r\n",
    "a URI in a URI in a URI": request("Referer: http://a/?b=%252Fa%253Fb%253Dc%2526api_key%253DS3CRET"),
    "userinfo of a URI in a parameter":
      "GET /?next=http%3A%2F%2Fme%3AS3CRET%40a%2F HTTP/1.1\r\nHost: a\r\n\r\n",
    "a parameter in Referer": request("Referer: http://a/?access_token=S3CRET&x=y"),
  };
  for (const [name, message] of Object.entries(messages)) {
    test(name, () => {
      assert.match(shown([message]), /GET|CONNECT/);
      assert.doesNotMatch(shown([message]), /S3CRET/);
      assert.doesNotMatch(shown([...message]).replaceAll("\n", ""), /S3CRET|RET/);
      for (let cut = 1; cut < message.length; cut++)
        assert.doesNotMatch(shown([message.slice(0, cut), message.slice(cut)]), /S3C|RET/, `cut at ${cut}`);
    });
  }
});

test("only fields and parameters that grant access are masked", () => {
  const secret = [
    "Authorization Proxy-Authorization Cookie Set-Cookie X-Api-Key X-Auth-Token X-Vault-Token PRIVATE-TOKEN",
    "X-Goog-Api-Key X-CSRF-Token X-CSRFToken X-XSRF-TOKEN X-Amz-Security-Token Authentication-Info",
    "Proxy-Authentication-Info Ocp-Apim-Subscription-Key Api-Key X-Secret-Key X-Parse-Master-Key X-CSRF X-JWT",
    "X-Amz-Server-Side-Encryption-Customer-Key X-Goog-Encryption-Key X-GitHub-OTP X-Session X-Hub-Signature-256",
  ].flatMap((line) => line.split(" "));
  for (const name of secret) assert.equal(redactText(`${name}: value\r\n`), `${name}: *****\r\n`);
  for (const line of [
    "ETag: value",
    "Content-Type: text/html; charset=utf-8",
    "From: me@example.org",
    "Sec-WebSocket-Key: value",
    "Idempotency-Key: value",
  ])
    assert.equal(redactText(line), line);
  for (const name of [
    ..."api_key access_token X-Amz-Signature key client_secret user[password] secret_key id_token_hint".split(
      " ",
    ),
    ..."code_verifier device_code _csrf passcode pin PHPSESSID".split(" "),
  ])
    assert.equal(redactText(`GET /a?b=c&${name}=d&e=f HTTP/1.1`), `GET /a?b=c&${name}=*&e=f HTTP/1.1`);
  assert.equal(
    redactText("Location: http://me:pw@a/?page=2#token=x"),
    "Location: http://*****@a/?page=2#token=*",
  );
});

test("what lets nobody in stays readable: scheme, names of cookies, attributes", () => {
  const values: readonly [name: string, value: string, masked: string][] = [
    ["Authorization", "Basic S3CRET", "Basic ******"],
    ["Proxy-Authorization", "Bearer S3CRET", "Bearer ******"],
    ["Authorization", "S3CRET more", "***********"],
    ["Authorization", "Basic  S3CRET", "*************"],
    ["Cookie", "a=S3CRET; b=S3CRET", "a=******; b=******"],
    ["Cookie", "S3CRET; b=c=d", "******; b=***"],
    ["Set-Cookie", "a=S3CRET; Path=/; SameSite=Lax; HttpOnly", "a=******; Path=/; SameSite=Lax; HttpOnly"],
    ["Set-Cookie", "S3CRET; Path=/?S3CRET; S3CRET", "******;**************;*******"],
    ["X-Api-Key", "Basic S3CRET", "************"],
  ];
  for (const [name, value, masked] of values) {
    const recorder = recordTrace();
    serverReads(recorder, [request(`${name}: ${value}`)]);
    const text = textOf(redact(recorder.records));
    assert.ok(text.includes(`\r\n${name}: ${masked}\r\n`), `${name}: ${value}: ${JSON.stringify(text)}`);
    // Before the line is complete, nothing of it is shown.
    assert.doesNotMatch(shown([...request(`${name}: ${value}`)]).replaceAll("\n", ""), /S3CRET|RET/);
  }
});

test("a response's secrets are masked as well", () => {
  const recorder = recordTrace();
  const fields = new Fields([
    "Content-Length",
    "0",
    "Set-Cookie",
    "S3CRET",
    "Location",
    "http://me:S3CRET@a/",
  ]);
  serverReads(recorder, [request()], undefined, fields);
  assert.match(textOf(recorder.records), /S3CRET/);
  assert.doesNotMatch(textOf(redact(recorder.records)), /S3CRET/);
  assert.doesNotMatch(formatTimeline(recorder.records).join("\n"), /S3CRET/);
});

test("a parameter of a line that is too long for us is masked, wherever the line is cut", () => {
  const long = "a".repeat(20_000);
  for (const start of [`Referer: http://a/?b=${long}`, `GET /${long}`, `GET http://a/${long}`]) {
    for (const [front, back] of [
      [`${start}&tok`, "en=S3CRET&c=d"],
      [`${start}&token=S3`, "CRET"],
    ] as const) {
      const mask = new StreamMask();
      mask.apply(0, latin1Bytes(front));
      assert.doesNotMatch(latin1(mask.apply(front.length, latin1Bytes(back))), /S3|RET/, front.slice(-9));
      const behind = latin1Bytes("\r\nAccept: */*");
      assert.equal(latin1(mask.apply(front.length + back.length, behind)), latin1(behind));
    }
  }
});

test("bytes that are no head stay readable in a line of any length", () => {
  const mask = new StreamMask();
  const text = `{ "a": "${"b".repeat(20_000)}`;
  assert.equal(latin1(mask.apply(0, latin1Bytes(text))), text);
  assert.equal(latin1(mask.apply(text.length, latin1Bytes("rest"))), "rest");
});

test("in thousands of requests on one connection every secret is masked, whichever records were dropped", () => {
  const messages = Array.from({ length: 3000 }, (_, i) =>
    request(`Authorization: S3CRET${i}`, `Cookie: S3CRET`),
  );
  const fields = new Fields(["Content-Length", "0", "Set-Cookie", "S3CRET"]);
  for (const onRecord of [undefined, () => {}]) {
    for (let maxBytes = 30_000; maxBytes < 34_000; maxBytes += 500) {
      const recorder = recordTrace({ maxBytes, ...(onRecord && { onRecord }) });
      serverReads(recorder, messages, undefined, fields);
      assert.ok(recorder.dropped > 0);
      const { records } = recorder;
      assert.match(textOf(records), /S3CRET/);
      assert.doesNotMatch(textOf(redact(records)), /S3C|RET/);
      assert.doesNotMatch(formatTimeline(records).join("\n"), /S3C|RET/);
    }
  }
});

test("after records were dropped, bytes and their spans are kept together or not at all", () => {
  const recorder = recordTrace({ maxBytes: 30_000 });
  const content = "x".repeat(1000);
  serverReads(
    recorder,
    Array.from({ length: 500 }, () => `${request(`Content-Length: ${content.length}`)}${content}`),
  );
  const { records } = recorder;
  for (const direction of ["in", "out"] as const) {
    const of = records.filter((record) => "direction" in record && record.direction === direction);
    const bytes = of.filter((record) => record.type === "bytes");
    const spans = of.filter((record) => record.type === "span");
    assert.ok(bytes.length > 5 && spans.length > 5);
    assert.equal(spans[0]?.start, bytes[0]?.offset);
    assert.equal(spans.at(-1)?.end, (bytes.at(-1)?.offset ?? 0) + (bytes.at(-1)?.bytes.length ?? 0));
  }
  // No offset is outside of what is left.
  for (const one of explainRecords(records)) assert.ok(formatExplanation(one).length > 1);
});
