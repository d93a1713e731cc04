import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientResponse, RequestInput } from "../../src/http/client/messages.ts";
import { type Step, withSteps } from "../../src/http/client/step.ts";

const RESPONSE = {} as ClientResponse;

test("the first step is the outermost one, and each step sees what the one before it made of the request", async () => {
  const seen: string[] = [];
  const step =
    (name: string): Step =>
    async (input, next) => {
      seen.push(`${name} asks ${input.url}`);
      const response = await next({ ...input, url: `${input.url}${name}` });
      seen.push(`${name} has the response`);
      return response;
    };
  const send = withSteps(
    async (input: RequestInput) => {
      seen.push(`sent ${input.url}`);
      return RESPONSE;
    },
    step("a"),
    step("b"),
  );
  assert.equal(await send({ url: "/" }), RESPONSE);
  assert.deepEqual(seen, ["a asks /", "b asks /a", "sent /ab", "b has the response", "a has the response"]);
});

test("without steps, the request is sent as it is", async () => {
  const input = { url: "http://a/" };
  const send = withSteps(async (given) => {
    assert.equal(given, input);
    return RESPONSE;
  });
  assert.equal(await send(input), RESPONSE);
});

test("a step may send a request several times, or not at all", async () => {
  let sent = 0;
  const send = async () => {
    sent++;
    return RESPONSE;
  };
  const twice: Step = async (input, next) => {
    await next(input);
    return next(input);
  };
  await withSteps(send, twice, twice)({ url: "http://a/" });
  assert.equal(sent, 4);
  await withSteps(send, async () => RESPONSE, twice)({ url: "http://a/" });
  assert.equal(sent, 4);
});
