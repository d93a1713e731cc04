import type { ClientResponse, RequestInput } from "./messages.ts";

/**
 * Sends a request. Resolves when the head of the response has come: `(input) => client.request(input)`, or the same
 * with steps around it.
 */
export type Send = (input: RequestInput) => Promise<ClientResponse>;

/**
 * Something that is done around an exchange: the step changes the request, calls `next` once or several times or not
 * at all, and looks at the response. A step that does not return a response which it got discards that response.
 */
export type Step = (input: RequestInput, next: Send) => Promise<ClientResponse>;

/**
 * Puts steps around an exchange. The first step is the outermost one:
 *
 *     withSteps(send, redirects, retries, cookies)     redirects → retries → cookies → send
 *
 * Each redirect is retried by itself, and each attempt gets the cookies of its moment.
 */
export function withSteps(send: Send, ...steps: readonly Step[]): Send {
  return steps.reduceRight<Send>((next, step) => (input) => step(input, next), send);
}
