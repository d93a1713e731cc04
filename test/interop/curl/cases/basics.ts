import { answer, ok, to, topic } from "../case.ts";

/** What everybody types every day. */
export const BASICS = topic("basics", "Everyday requests", [
  "URL",
  "-s URL",
  "-I URL",
  "-i URL/a",
  "-v -s URL",
  "-k TLS",
  "--cacert ca.pem TLS/x",
  "-o out URL",
  { line: "-L URL/a", answers: [to("/b"), ok("there\n")] },
  { line: "-f URL", answers: answer("404 Not Found", "no\n") },
  "-x HOST http://example.test/a",
  "-p -x HOST -k https://localhost:PORT/a",
  "--unix-socket SOCK http://localhost/a",
]);
