import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuthenticateOptions, authenticate } from "../../src/http/client/authentication/authenticate.ts";
import type { ClientResponse, RequestInput } from "../../src/http/client/messages.ts";
import { Fields } from "../../src/http1/fields.ts";

const ORIGIN = "http://a.test";
const DIGEST = 'Digest realm="r", nonce="n1", qop="auth, auth-int"';

/** A server that answers with the status and the fields of each row; then always with 200. */
function scripted(...answers: [status: number, fields: Record<string, string>][]) {
  const sent: (string | undefined)[] = [];
  let discarded = 0;
  const next = async (input: RequestInput): Promise<ClientResponse> => {
    sent.push(Fields.from(input.fields).get("authorization"));
    const [status, fields] = answers.shift() ?? [200, {}];
    return {
      status,
      fields: Fields.from(fields),
      discard: () => {
        discarded++;
      },
    } as Partial<ClientResponse> as ClientResponse;
  };
  return { sent, next, discarded: () => discarded };
}

const step = (more: Partial<AuthenticateOptions> = {}) =>
  authenticate({ origin: ORIGIN, user: "u", password: "p", ...more });

test("a challenge is answered, and the first response is discarded", async () => {
  const server = scripted([401, { "WWW-Authenticate": DIGEST }]);
  const response = await step()({ url: `${ORIGIN}/a?b`, method: "PUT", body: "x" }, server.next);
  assert.equal(response.status, 200);
  assert.equal(server.sent[0], undefined);
  assert.match(server.sent[1] ?? "", /^Digest username="u", .* uri="\/a\?b", .* nc=00000001, qop=auth,/);
  assert.equal(server.discarded(), 1);
});

test("the next request needs no challenge", async () => {
  const server = scripted([401, { "WWW-Authenticate": DIGEST }]);
  const authenticated = step();
  await authenticated({ url: `${ORIGIN}/1` }, server.next);
  await authenticated({ url: `${ORIGIN}/2` }, server.next);
  assert.equal(server.sent.length, 3);
  assert.match(server.sent[2] ?? "", /nc=00000002/);
});

test("a nonce that the server names is used from then on", async () => {
  const server = scripted(
    [401, { "WWW-Authenticate": DIGEST }],
    [200, { "Authentication-Info": 'nextnonce="n2"' }],
  );
  const authenticated = step();
  await authenticated({ url: ORIGIN }, server.next);
  await authenticated({ url: ORIGIN }, server.next);
  assert.match(server.sent[2] ?? "", /nonce="n2".* nc=00000001/);
});

test("a refused password ends with the 401, unread", async () => {
  for (const challenge of [DIGEST, "Basic realm=x"]) {
    const server = scripted(
      [401, { "WWW-Authenticate": challenge }],
      [401, { "WWW-Authenticate": challenge }],
    );
    const response = await step()({ url: ORIGIN }, server.next);
    assert.equal(response.status, 401);
    assert.equal(server.sent.length, 2);
    assert.equal(server.discarded(), 1);
  }
});

test("a server that changes its mind with each answer is given up", async () => {
  const stale = Array.from({ length: 100 }, (): [number, Record<string, string>] => [
    401,
    { "WWW-Authenticate": `${DIGEST}, stale=true` },
  ]);
  const server = scripted(...stale);
  assert.equal((await step()({ url: ORIGIN }, server.next)).status, 401);
  assert.ok(server.sent.length <= 5, `${server.sent.length}`);
});

test("a single scheme without challenge is sent ahead", async () => {
  const server = scripted();
  await step({ schemes: ["basic"] })({ url: ORIGIN }, server.next);
  await authenticate({ origin: ORIGIN, token: "t" })({ url: ORIGIN }, server.next);
  assert.deepEqual(server.sent, ["Basic dTpw", "Bearer t"]);
});

// G-22: scheme, host and port make an origin.
for (const url of [
  "https://a.test/",
  "http://a.test:8080/",
  "http://b.test/",
  "http://x.a.test/",
  "http://a.test.evil/",
]) {
  test(`nothing goes to ${url}, also after its challenge`, async () => {
    const server = scripted([401, { "WWW-Authenticate": `${DIGEST}, Basic realm=x` }]);
    const authenticated = step({ schemes: ["basic"] });
    assert.equal((await authenticated({ url }, server.next)).status, 401);
    assert.deepEqual(server.sent, [undefined]);
  });
}

test("credentials of the request win over those of the step", async () => {
  const server = scripted();
  const authenticated = step({ schemes: ["basic"] });
  await authenticated({ url: ORIGIN, fields: { AUTHORIZATION: "own" } }, server.next);
  await authenticated({ url: "http://x:y@a.test/" }, server.next);
  assert.deepEqual(server.sent, ["own", undefined]);
});

test("a stream is not sent twice", async () => {
  const server = scripted([401, { "WWW-Authenticate": DIGEST }]);
  async function* stream() {
    yield new Uint8Array(1);
  }
  const authenticated = step();
  assert.equal(
    (await authenticated({ url: ORIGIN, method: "PUT", body: stream() }, server.next)).status,
    401,
  );
  assert.equal(server.sent.length, 1);
  await authenticated({ url: ORIGIN, method: "PUT", body: stream() }, server.next);
  assert.match(server.sent[1] ?? "", /^Digest /);
});

test("a polluted prototype names no credentials", async () => {
  Object.assign(Object.prototype, { token: "stolen", schemes: ["bearer"] });
  try {
    const server = scripted([401, { "WWW-Authenticate": "Bearer, Basic realm=x" }]);
    await step()({ url: ORIGIN }, server.next);
    assert.deepEqual(server.sent, [undefined, "Basic dTpw"]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "token");
    Reflect.deleteProperty(Object.prototype, "schemes");
  }
});
