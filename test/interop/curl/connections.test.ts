import { runTopics } from "./run-topics.ts";
import { CONNECTIONS } from "./topics.ts";

runTopics(CONNECTIONS);
