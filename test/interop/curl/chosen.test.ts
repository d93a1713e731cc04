import { runTopics } from "./run-topics.ts";
import { TOPICS } from "./topics.ts";

/** A few of the cases, for every run of the tests: each of these lines is in its topic. */
const CHOSEN: Readonly<Record<string, readonly number[]>> = {
  everyday: [1, 14, 53],
  files: [3, 18],
  "write-out": [2],
  heads: [1, 37],
  uploads: [44, 62],
  fields: [1, 2],
  redirects: [1],
};

runTopics(
  TOPICS.filter(({ name }) => name in CHOSEN).map((topic) => ({
    ...topic,
    cases: topic.cases.filter((_, at) => CHOSEN[topic.name]?.includes(at + 1)),
  })),
);
