import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, watch as watchFiles } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromNdjson } from "../../src/trace.ts";
import { cachedNode, nodeLines } from "../../tools/nodes.js";
import { CERTIFICATE } from "../support/certificate.ts";
import { CLI, runCli } from "../support/cli.ts";
import { endsThat, eventsOf, Programs, textOf, unwatched } from "./watched.ts";

const programs = new Programs();
after(() => programs.remove());

/** A server of node:http, asked by fetch and by node:http. */
const FETCH_AND_HTTP = `
  import http from "node:http";
  const server = http.createServer((request, response) => {
    response.setHeader("Set-Cookie", "session=verysecret");
    request.pipe(response);
  });
  server.listen(0, "127.0.0.1", async () => {
    const { port } = server.address();
    const init = { method: "POST", body: "by fetch", headers: { authorization: "Bearer topsecret" } };
    console.log(await (await fetch("http://127.0.0.1:" + port + "/a", init)).text());
    const request = http.request({ port, method: "POST", path: "/b", agent: false }, (response) => {
      response.on("data", (chunk) => console.log(String(chunk)));
      response.on("end", () => {
        server.close();
        server.closeAllConnections();
      });
    });
    request.end("by http");
  });
`;

for (const line of nodeLines) {
  const current = process.versions.node.startsWith(`${line}.`);
  const node = current ? process.execPath : cachedNode(line);
  const skip = node === undefined && `.cache has no Node ${line}`;
  test(`both ends of fetch and node:http are recorded on Node ${line}`, { skip }, async () => {
    const file = programs.write(FETCH_AND_HTTP);
    const { code, stdout, stderr, records } = await programs.watch([node as string, file]);
    assert.deepEqual([code, stdout, stderr], [0, "by fetch\nby http\n", ""]);
    for (const [path, content] of [
      ["/a", "by fetch"],
      ["/b", "by http"],
    ]) {
      const [client] = endsThat(
        records,
        "client",
        new RegExp(`^POST ${path} HTTP/1\\.1\r\n[\\s\\S]*${content}`),
      );
      const server = endsThat(records, "server", /^HTTP\/1\.1 200 OK\r\n/).find(
        ({ received }) => received === client?.sent,
      );
      assert.ok(client, `no client asked for ${path}`);
      assert.equal(server?.sent, client.received);
      assert.ok(client.received.includes(content as string));
    }
    const pairs = (kind: "connected" | "accepted") =>
      eventsOf(records, kind).map(({ local, remote }) => JSON.stringify([local, remote].sort()));
    assert.equal(pairs("connected").length, 2);
    assert.equal(pairs("accepted").length, 2);
  });
}

test("the bytes of HTTP have their spans, so that they are explained", async () => {
  const { records } = await programs.watch([process.execPath, programs.write(FETCH_AND_HTTP)]);
  const rules = new Set(records.flatMap((record) => (record.type === "span" ? [record.rule] : [])));
  for (const rule of ["method", "status-code", "field-name"] as const) assert.ok(rules.has(rule), rule);
});

test("secrets are masked, and --reveal shows them", async () => {
  const command = [process.execPath, programs.write(FETCH_AND_HTTP)];
  const masked = await programs.watch(command);
  const revealed = await programs.watch(command, { reveal: true });
  for (const [{ records }, shown] of [
    [masked, false],
    [revealed, true],
  ] as const) {
    const all = new Set(records.map(({ connection }) => connection));
    const text = [...all].map((each) => textOf(records, each, "in") + textOf(records, each, "out")).join("");
    assert.equal(text.includes("topsecret"), shown);
    assert.equal(text.includes("verysecret"), shown);
  }
});

test("without options there is a timeline of both ends on stderr, and stdout stays the program's", async () => {
  const file = programs.write(FETCH_AND_HTTP);
  const { code, stdout, stderr } = await runCli(["watch", "--", process.execPath, file]);
  assert.deepEqual([code, String(stdout)], [0, "by fetch\nby http\n"]);
  assert.match(stderr, /^ +[\d.]+ ms {2}client +write .*POST \/a HTTP\/1\.1/m);
  assert.match(stderr, /^ +[\d.]+ ms {2}server +read .*POST \/a HTTP\/1\.1.*request complete/m);
});

/** What a program prints and how it ends, in every way that a program ends. */
const ENDINGS: Readonly<Record<string, readonly [source: string, ending: string]>> = {
  "an exception that nobody catches": ["console.log('before'); throw new Error('mine');", ".cjs"],
  "an exception in an ES module": ["console.log('before'); throw new Error('mine');", ".mjs"],
  "an exception in a callback": ["setTimeout(() => { throw new TypeError('late'); }, 5);", ".cjs"],
  "a rejection that nobody handles": ["Promise.reject(new Error('mine'));", ".cjs"],
  "process.exit": ["console.log('before'); setInterval(() => {}, 1000); process.exit(3);", ".mjs"],
  "process.exitCode": ["process.exitCode = 4; console.log('end');", ".cjs"],
  "a top-level await that never settles": ["await new Promise(() => {});", ".mjs"],
  "a syntax error": ["const = 1;", ".cjs"],
  "main of CommonJS": [
    "console.log(require.main === module, typeof module.parent, __filename.length > 0);",
    ".cjs",
  ],
  "many listeners of one event": [
    "for (let i = 0; i < 10; i++) process.on('exit', () => {}); console.log(process.listenerCount('exit') >= 10);",
    ".cjs",
  ],
};

for (const [name, [source, ending]] of Object.entries(ENDINGS)) {
  test(`the program ends as without us: ${name}`, async () => {
    const command = [process.execPath, programs.write(source, ending)];
    const [plain, { code, stdout, stderr }] = await Promise.all([
      unwatched(command),
      programs.watch(command),
    ]);
    assert.deepEqual({ code, stdout, stderr }, plain);
  });
}

test("a program that is ended by a signal has the exit code that a shell gives it", async () => {
  const file = programs.write("process.kill(process.pid, 'SIGKILL');");
  assert.equal((await programs.watch([process.execPath, file])).code, 128 + 9);
});

test("a command that is not there, and no command, are told in a line", async () => {
  const missing = await runCli(["watch", "--", "/no/such/program"]);
  assert.deepEqual([missing.code, missing.stderr.split("\n").length], [127, 2]);
  assert.match(missing.stderr, /cannot run \/no\/such\/program/);
  const none = await runCli(["watch", "node", "app.js"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /watch wants "--" and a command: wirepane watch -- node/);
});

test("a relative, a missing and a long folder for temporary files", async () => {
  const file = programs.write(`
    import { execFileSync } from "node:child_process";
    import net from "node:net";
    if (process.argv[2] === undefined) {
      process.chdir("/");
      execFileSync(process.execPath, [process.argv[1], "child"]);
    } else {
      const server = net.createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
        net.connect(server.address().port, "127.0.0.1").resume().on("close", () => server.close());
      });
    }
  `);
  const command = [process.execPath, file];
  const relative = await programs.watch(command, { env: { TMPDIR: "." }, cwd: programs.folder });
  assert.equal(endsThat(relative.records, "server", /^hello$/).length, 1);
  const at = (TMPDIR: string) => runCli(["watch", "--", ...command], { env: { TMPDIR } });
  const missing = await at(join(programs.folder, "missing"));
  assert.equal(missing.code, 23);
  assert.match(missing.stderr, /^wirepane: \(23\) cannot make a folder in \S+missing: /);
  const long = join(programs.folder, "l".repeat(100));
  mkdirSync(long);
  assert.match((await at(long)).stderr, /the path of a Unix socket may have/);
  assert.deepEqual(readdirSync(long), []);
});

test("what is written in the last turn before process.exit is recorded", async () => {
  const file = programs.write(`
    import net from "node:net";
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const socket = net.connect(server.address().port, "127.0.0.1", () => {
        socket.write("last words");
        process.exit(5);
      });
    });
  `);
  const { code, records } = await programs.watch([process.execPath, file]);
  assert.equal(code, 5);
  assert.equal(endsThat(records, "client", /^last words$/).length, 1);
  // The kernel closed what the program had open.
  const begun = [...eventsOf(records, "connected"), ...eventsOf(records, "accepted")];
  assert.equal(eventsOf(records, "closed").length, begun.length);
});

test("children and workers are watched, and their connections have numbers of their own", async () => {
  const file = programs.write(`
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    import http from "node:http";
    import { fileURLToPath } from "node:url";
    import { isMainThread, Worker, workerData } from "node:worker_threads";
    const file = fileURLToPath(import.meta.url);
    const url = process.argv[2] ?? workerData;
    if (url) console.log(await (await fetch(url)).text());
    else {
      const server = http.createServer((request, response) => response.end(request.url)).listen(0, "127.0.0.1");
      await once(server, "listening");
      const base = "http://127.0.0.1:" + server.address().port;
      await once(new Worker(file, { workerData: base + "/worker" }), "exit");
      // A shell is between us and the child.
      await once(spawn(\`"\${process.execPath}" "\${file}" \${base}/child\`, { shell: true, stdio: "inherit" }), "exit");
      server.close();
      server.closeAllConnections();
    }
  `);
  const { code, stdout, records } = await programs.watch([process.execPath, file]);
  assert.deepEqual([code, stdout], [0, "/worker\n/child\n"]);
  for (const path of ["worker", "child"]) {
    const [client] = endsThat(records, "client", new RegExp(`^GET /${path} `));
    assert.ok(client, `nothing of the ${path}`);
    assert.ok(endsThat(records, "server", /^HTTP/).some(({ received }) => received === client.sent));
  }
  const roles = new Map(records.map(({ connection, role }) => [connection, role]));
  assert.deepEqual([...roles.values()].sort(), ["client", "client", "server", "server"]);
});

test("TLS is seen in plain, once, and a Unix socket by its path", async () => {
  const file = programs.write(`
    import https from "node:https";
    import http from "node:http";
    import { once } from "node:events";
    const { cert, key } = ${JSON.stringify(CERTIFICATE)};
    const get = (module, options) => new Promise((resolve, reject) => {
      module.get({ agent: false, ...options }, (response) => {
        response.on("data", (chunk) => console.log(String(chunk))).on("end", resolve);
      }).on("error", reject);
    });
    const secure = https.createServer({ cert, key }, (_, response) => response.end("in TLS")).listen(0);
    await once(secure, "listening");
    await get(https, { port: secure.address().port, host: "127.0.0.1", ca: cert, path: "/tls" });
    secure.close();
    const unix = http.createServer((_, response) => response.end("by path")).listen(process.argv[2]);
    await once(unix, "listening");
    await get(http, { socketPath: process.argv[2], path: "/unix" });
    unix.close();
  `);
  const path = join(programs.folder, "s");
  const { code, stdout, stderr, records } = await programs.watch([process.execPath, file, path]);
  assert.deepEqual([code, stdout, stderr], [0, "in TLS\nby path\n", ""]);
  for (const asked of ["tls", "unix"]) {
    const [client, ...more] = endsThat(records, "client", new RegExp(`^GET /${asked} HTTP`));
    assert.ok(client && more.length === 0);
    assert.ok(endsThat(records, "server", /^HTTP/).some(({ received }) => received === client.sent));
  }
  assert.equal(eventsOf(records, "tls").length, 2);
  assert.equal(eventsOf(records, "accepted").length, 2);
  const unix = eventsOf(records, "accepted").filter(({ local }) => local.family === "unix");
  assert.deepEqual(
    unix.map(({ local }) => local),
    [{ family: "unix", path }],
  );
});

test("Ctrl-C reaches the program once, and the exit code is the program's", async () => {
  const file = programs.write(`
    let signals = 0;
    process.on("SIGINT", () => {
      signals++;
      setTimeout(() => process.exit(40 + signals), 200);
    });
    console.log("ready");
    setInterval(() => {}, 1000);
  `);
  // A group of its own, which a terminal would send the signal to.
  const child = spawn(process.execPath, [CLI, "watch", "--", process.execPath, file], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  process.kill(-(child.pid as number), "SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 41);
});

for (const signal of ["SIGHUP", "SIGQUIT", "SIGTERM"] as const) {
  test(`after ${signal} to both, the program decides when to end, and its last records are there`, async () => {
    const file = programs.write(`
      import net from "node:net";
      const server = net.createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1", () => {
        const client = net.connect(server.address().port, "127.0.0.1", () => client.write("hello"));
        client.once("data", () => console.log("ready"));
        process.once("${signal}", () => {
          process.on("${signal}", () => {}); // it may come once from the terminal and once from us
          client.once("data", () => process.exit(44));
          setTimeout(() => client.write("last words"), 100);
        });
      });
    `);
    const recording = join(programs.folder, `${signal}.ndjson`);
    const words = [CLI, "watch", "--record", recording, "--", process.execPath, file];
    const child = spawn(process.execPath, words, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    process.kill(-(child.pid as number), signal);
    assert.deepEqual(await once(child, "exit"), [44, null]);
    const records = fromNdjson(readFileSync(recording, "utf8"));
    assert.equal(endsThat(records, "client", /^hellolast words$/).length, 1);
  });
}

test("a program goes on when we are killed", async () => {
  const done = join(programs.folder, "done");
  const file = programs.write(`
    import http from "node:http";
    import { writeFileSync } from "node:fs";
    const server = http.createServer((request, response) => {
      response.end("still here");
      if (request.url === "/end") response.on("close", () => {
        server.close(() => writeFileSync(${JSON.stringify(done)}, "done"));
        server.closeAllConnections();
      });
    }).listen(0, "127.0.0.1", () => console.log(server.address().port));
  `);
  const child = spawn(process.execPath, [CLI, "watch", "--", process.execPath, file], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [port] = await once(child.stdout, "data");
  const url = `http://127.0.0.1:${String(port).trim()}`;
  assert.equal(await (await fetch(url)).text(), "still here");
  const watcher = watchFiles(programs.folder);
  child.kill("SIGKILL");
  await once(child, "exit");
  for (const path of ["/", "/", "/end"]) {
    const response = await fetch(url + path, { headers: { connection: "close" } });
    assert.equal(await response.text(), "still here");
  }
  while (!existsSync(done) || readFileSync(done, "utf8") !== "done") await once(watcher, "change");
  watcher.close();
});

test("alone, a program shows a timeline on stderr, or records to files of its own", async () => {
  const watching = new URL("../../../dist/watch.js", import.meta.url).href;
  const file = programs.write(`
    import { execFileSync } from "node:child_process";
    import net from "node:net";
    const server = net.createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
      net.connect(server.address().port, "127.0.0.1").resume().on("close", () => {
        server.close();
        if (process.argv[2] === undefined) execFileSync(process.execPath, [process.argv[1], "child"]);
      });
    });
  `);
  const env = { ...process.env, NODE_OPTIONS: `--import ${watching}` };
  const run = (extra: object) =>
    execFileSync(process.execPath, [file], { env: { ...env, ...extra }, stdio: ["ignore", "pipe", "pipe"] });
  const child = spawn(process.execPath, [file, "child"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let shown = "";
  child.stderr.on("data", (chunk) => (shown += chunk));
  await once(child, "close");
  assert.match(shown, /^ +[\d.]+ ms {2}server +write +5 B {2}"hello"$/m);

  run({ WIREPANE_RECORD: join(programs.folder, "alone.ndjson") });
  const files = readdirSync(programs.folder).filter((name) => /^alone(\.\d+)?\.ndjson$/.test(name));
  assert.equal(files.length, 2, "one for the program, one for its child");
  for (const name of files) {
    const records = fromNdjson(readFileSync(join(programs.folder, name), "utf8"));
    assert.deepEqual(
      endsThat(records, "server", /^hello$/).map(({ number }) => number),
      [2],
    );
  }
});

test("a program that replaces what we call goes on, alone and below the command", async () => {
  const watching = new URL("../../../dist/watch.js", import.meta.url).href;
  const file = programs.write(
    `
    const net = require("node:net");
    JSON.stringify = Buffer.from = () => { throw new Error("the program's"); };
    const server = net.createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
      net.connect(server.address().port, "127.0.0.1").resume().on("close", () => server.close(() => console.log("fine")));
    });
  `,
    ".cjs",
  );
  const own = join(programs.folder, "replaced.ndjson");
  const alone = ["env", `WIREPANE_RECORD=${own}`, process.execPath, "--import", watching, file];
  for (const { code, stdout } of [await unwatched(alone), await programs.watch([process.execPath, file])])
    assert.deepEqual([code, stdout], [0, "fine\n"]);
});

test("alone, a program never hears of a record file that it closed, or of a stderr that nobody reads", async () => {
  const watching = new URL("../../../dist/watch.js", import.meta.url).href;
  const file = programs.write(`
    import { closeSync, openSync, readdirSync, readlinkSync, readFileSync, writeSync } from "node:fs";
    import net from "node:net";
    const own = process.argv[2];
    const linkOf = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
    const record = readdirSync("/proc/self/fd").find((fd) => linkOf(fd).endsWith(".ndjson"));
    if (record) closeSync(Number(record));
    const mine = openSync(own, "w");
    const server = net.createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
      net.connect(server.address().port, "127.0.0.1").resume().on("close", () => server.close(() => {
        writeSync(mine, "mine");
        console.log(record === undefined, readFileSync(own, "utf8"));
      }));
    });
  `);
  const env = { ...process.env, NODE_OPTIONS: `--import ${watching}` };
  const own = join(programs.folder, "own");
  const run = async (extra: object, stderr: "ignore" | "pipe") => {
    const child = spawn(process.execPath, [file, own], {
      env: { ...env, ...extra },
      stdio: ["ignore", "pipe", stderr],
    });
    child.stderr?.destroy();
    let shown = "";
    child.stdout?.on("data", (chunk) => (shown += chunk));
    return [...(await once(child, "close")), shown];
  };
  const hasDescriptors = existsSync("/proc/self/fd");
  const recorded = await run({ WIREPANE_RECORD: join(programs.folder, "lost.ndjson") }, "ignore");
  if (hasDescriptors) assert.deepEqual(recorded, [0, null, "false mine\n"]);
  if (hasDescriptors) assert.deepEqual(await run({}, "pipe"), [0, null, "true mine\n"]);
});

test("node --test and its files run as without us", async () => {
  const file = programs.write(`
    import assert from "node:assert";
    import http from "node:http";
    import { test } from "node:test";
    test("asks", async () => {
      const server = http.createServer((_, response) => response.end("in a test")).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const response = await fetch("http://127.0.0.1:" + server.address().port);
      assert.equal(await response.text(), "in a test");
      server.close();
      server.closeAllConnections();
    });
    test("fails", () => assert.equal(1, 2));
  `);
  // We are in a test runner ourselves, and the other one would report to it.
  const command = ["env", "-u", "NODE_TEST_CONTEXT", process.execPath, "--test", file];
  const { code, stdout, records } = await programs.watch(command);
  assert.equal(code, 1);
  assert.match(stdout, /pass 1\n/);
  assert.match(stdout, /fail 1\n/);
  assert.equal(endsThat(records, "client", /^GET \/ HTTP/).length, 1);
});

/** Passes each socket to a child, as programs with worker processes do. */
const PASSES_SOCKETS = `
  import { fork } from "node:child_process";
  import net from "node:net";
  if (process.argv[2] === "child") {
    process.on("message", (text, socket) => socket.end(text));
  } else {
    const child = fork(process.argv[1], ["child"]);
    const server = net.createServer((socket) => {
      socket.once("data", (bytes) => child.send(String(bytes), socket));
    });
    server.listen(0, "127.0.0.1", () => {
      const client = net.connect(server.address().port, "127.0.0.1");
      client.on("data", (bytes) => console.log(String(bytes)));
      client.on("close", () => {
        child.disconnect();
        server.close();
      });
      client.write("passed on");
    });
  }
`;

test("a socket that is passed to another process is handed over, without a FIN", async () => {
  const file = programs.write(PASSES_SOCKETS);
  const { code, stdout, stderr, records } = await programs.watch([process.execPath, file]);
  assert.deepEqual([code, stdout, stderr], [0, "passed on\n", ""]);
  const ends = endsThat(records, "server", /^/);
  assert.deepEqual(ends.map(({ received, sent }) => [received, sent]).sort(), [
    ["", "passed on"],
    ["passed on", ""],
  ]);
  const hows = eventsOf(records, "closed").map(({ how }) => how);
  assert.deepEqual(hows.sort(), ["end", "end", "handed-over"]);
  // The client's, and the child's.
  assert.equal(eventsOf(records, "end").length, 2);
});

/** Closes all numbers that it did not open, as daemons do, and uses one of them for a server. */
const CLOSES_NUMBERS = `
  const { close, closeSync, fstatSync } = require("node:fs");
  const net = require("node:net");
  for (let number = 3; number < 100; number++) {
    try {
      if (!fstatSync(number).isSocket()) continue;
    } catch {
      continue;
    }
    if (process.argv[2] === "closeSync") closeSync(number);
    else close(number, (error) => console.log("closed", error));
  }
  const server = net.createServer((socket) => socket.end("served"));
  server.listen(0, "127.0.0.1", () => {
    const client = net.connect(server.address().port, "127.0.0.1");
    client.on("data", (bytes) => console.log(String(bytes)));
    client.on("close", () => server.close());
  });
`;

for (const [how, printed] of [
  ["closeSync", "served\n"],
  ["close", "closed null\nserved\n"],
] as const)
  test(`a program that begins with ${how} of all numbers runs as without us`, async () => {
    const file = programs.write(CLOSES_NUMBERS, ".cjs");
    const { code, stdout, stderr } = await programs.watch([process.execPath, file, how]);
    assert.deepEqual([code, stdout, stderr], [0, printed, ""]);
  });
