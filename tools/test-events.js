// A reporter for node:test. It prints each result as a line of JSON, for tools/run-tests.js.
import { AssertionError } from "node:assert";
import { inspect } from "node:util";

/** @param {AsyncIterable<{ type: string, data: any }>} events */
async function* results(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { error } = data.details;
    const cause = error?.cause ?? error;
    const result = {
      name: data.name,
      line: data.line,
      passed: type === "test:pass",
      // The result of a suite repeats the results of its tests.
      repeats: error?.failureType === "subtestsFailed" || data.details.type === "suite",
      skipped: data.skip ?? data.todo,
      failure: error && (cause instanceof AssertionError ? cause.stack : inspect(cause)),
    };
    yield `${JSON.stringify(result)}\n`;
  }
}

// Node requires a default export here.
export { results as default };
