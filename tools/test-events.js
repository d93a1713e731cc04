// A reporter for node:test that tells one result a line, as JSON, to tools/run-tests.js.
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
      // A suite's own result repeats what its tests said.
      repeats: error?.failureType === "subtestsFailed" || data.details.type === "suite",
      skipped: data.skip ?? data.todo,
      failure: error && (cause instanceof AssertionError ? cause.stack : inspect(cause)),
    };
    yield `${JSON.stringify(result)}\n`;
  }
}

// Node wants a reporter as the default export.
export { results as default };
