import { runTopics } from "./run-topics.ts";
import { CONTENTS } from "./topics.ts";

runTopics(CONTENTS);
