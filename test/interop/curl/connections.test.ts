import { runTopics } from "./run-topics.ts";
import { TOPICS } from "./topics.ts";

const NAMES = ["proxies", "addresses", "tls", "retries", "redirects", "authentication", "netrc", "cookies"];

runTopics(TOPICS.filter(({ name }) => NAMES.includes(name)));
