import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { fromCurl } from "../../src/lab/model/curl-line.ts";
import { fieldsOf, requestText } from "../../src/lab/model/request-form.ts";
import { shellWords } from "../../src/lab/model/shell-words.ts";
import { typed } from "../../src/lab/model/typed.ts";

/** Command lines whose request curl itself is asked for. `PORT` is the port of a server that listens. */
const LINES = [
  "curl http://127.0.0.1:PORT/hello",
  "curl -X DELETE 'http://127.0.0.1:PORT/a b'".replace(" b", "%20b"),
  `curl -H 'X-One: 1' -H "X-Two: \\"2\\"" http://127.0.0.1:PORT/`,
  "curl -d a=1 -d b=2 http://127.0.0.1:PORT/post",
  "curl -dname=value -XPUT http://127.0.0.1:PORT/post?x=1",
  "curl --data-raw $'line\\nand \\x41' http://127.0.0.1:PORT/post",
  "curl -G -d q=1 http://127.0.0.1:PORT/search",
  `curl --json '{"a":1}' http://127.0.0.1:PORT/json`,
  "curl -u user:secret http://127.0.0.1:PORT/",
  "curl -A me/1 -e http://x.example/ -b a=b http://127.0.0.1:PORT/",
  "curl -r 0-99 http://127.0.0.1:PORT/",
  "curl --url http://127.0.0.1:PORT/ --request OPTIONS \\\n  -s -v",
];

/** Method, target, fields and content: in the order that counts for none of them but the first two. */
function factsOf(message: string) {
  const [head = "", ...content] = message.split("\r\n\r\n");
  const [start, ...fields] = head.split("\r\n");
  return {
    start,
    fields: fields.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).sort(),
    content: content.join("\r\n\r\n"),
  };
}

test("a pasted line gives the request that curl sends", async (t) => {
  if (spawnSync("bash", ["-c", "curl --version"]).status !== 0)
    return t.skip("bash and curl are asked, and one of them is not here");
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  for (const line of LINES) {
    const command = line.replaceAll("PORT", String(port));
    const sent = once(server, "connection").then(async ([socket]) => {
      let seen = "";
      for await (const chunk of socket) {
        seen += chunk.toString("latin1");
        const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0);
        const head = seen.indexOf("\r\n\r\n");
        if (head !== -1 && seen.length >= head + 4 + length) break;
      }
      socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      return seen;
    });
    const child = spawn("bash", ["-c", `${command} -s -o /dev/null`], { stdio: "ignore" });
    const seen = factsOf(await sent);
    await once(child, "exit");
    // What curl says of itself is no part of the line.
    const own = /^(user-agent: curl\/.*|accept: \*\/\*)$/;
    const { text, port: asked } = fromCurl(command);
    const made = factsOf(Buffer.from(typed(text).bytes).toString("latin1"));
    assert.deepEqual(made, { ...seen, fields: seen.fields.filter((field) => !own.test(field)) }, line);
    assert.equal(asked, port);
  }
  server.close();
});

test("what a line says in vain is told", () => {
  const { notes } = fromCurl("curl --proxy-header x -d @secret.txt https://example.com/");
  assert.equal(notes.length, 3);
  assert.match(notes.join(" "), /--proxy-header.*secret\.txt.*TLS/);
});

test("what is no line of curl is refused with a sentence", () => {
  assert.throws(() => fromCurl("wget http://a/"), /begins with the word curl/);
  assert.throws(() => fromCurl("curl -s"), /names no URL/);
  assert.throws(() => fromCurl("curl -H"), /wants an argument/);
  assert.throws(() => fromCurl("curl ftp://a/"), /not HTTP/);
  assert.throws(() => fromCurl("curl 'http://a/"), /quote is not closed/);
  assert.throws(() => fromCurl("curl http://[/"), /no URL/);
});

test("words are split as a POSIX shell splits them", () => {
  assert.deepEqual(shellWords(`a 'b c'"d e"\\ f ""  $'g\\'h'`), ["a", "b cd e f", "", "g'h"]);
});

test("the members of every object are no options", () => {
  assert.match(fromCurl("curl --constructor http://a/").notes.join(" "), /--constructor/);
  assert.match(fromCurl("curl --toString=1 http://a/").notes.join(" "), /--toString/);
});

test("a form gives a request whose length is that of its content", () => {
  const text = requestText({
    method: "POST",
    target: "/post",
    fields: fieldsOf("Host: a\n\nAccept : */*\nX-Empty"),
    content: "é\n{\\n}",
  });
  assert.equal(
    Buffer.from(typed(text).bytes).toString(),
    "POST /post HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX-Empty: \r\nContent-Length: 7\r\n\r\né\n{\\n}",
  );
});

test("a line end within a part of a form is seen, and still sent", () => {
  const text = requestText({ method: "GET", target: "/a\r\nX: 1", fields: [], content: "" });
  assert.match(text, /^GET \/a\\r\\nX: 1 HTTP/);
});
