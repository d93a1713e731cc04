import { runTopics } from "./run-topics.ts";
import { TOPICS } from "./topics.ts";

const NAMES = [
  "files",
  "write-out",
  "heads",
  "uploads",
  "globbing",
  "config",
  "forms",
  "conditions",
  "variables",
];
const ANSWERS = ["fields", "answers", "errors", "verbose"];

runTopics(TOPICS.filter(({ name }) => [...NAMES, ...ANSWERS].includes(name)));
