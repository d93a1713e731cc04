import assert from "node:assert/strict";
import { test } from "node:test";
import { practice, serve } from "../../src/http.ts";
import { createProxy } from "../../src/proxy.ts";
import { type Address, connect } from "../../src/tcp.ts";
import { type ReplayOptions, replay } from "../../src/testing.ts";
import { GrammarReader, recordTrace, type TraceRecord } from "../../src/trace.ts";
import { type Peer, rawServer } from "../http/raw-server.ts";
import { RECORDINGS } from "../support/recordings.ts";
import { get, ok, recordedBy, type Saw } from "./recorded.ts";

/** The bytes that clients sent, or servers got, connection by connection. */
function sentIn(records: readonly TraceRecord[], role: "client" | "server"): string[] {
  const sent = new Map<number, string>();
  for (const record of records) {
    if (record.type !== "bytes" || record.role !== role) continue;
    if ((record.direction === "out") !== (role === "client")) continue;
    sent.set(
      record.connection,
      (sent.get(record.connection) ?? "") + Buffer.from(record.bytes).toString("latin1"),
    );
  }
  return [...sent.values()];
}

/** Replays what one client saw, against a server that the test writes. */
async function against(
  script: (peer: Peer, index: number) => unknown,
  saw: readonly Saw[],
  options: ReplayOptions & { http?: boolean } = {},
) {
  const { http = true, ...more } = options;
  await using server = await rawServer(script);
  return await replay(recordedBy(server.port, { saw, http }), { silenceMs: 5_000, ...more });
}

const portOf = (address: Address) => (address.family === "unix" ? 0 : address.port);
const raw = (text: Saw) => (text as string).slice(2);

test("the same server gives the same exchanges, whichever end was recorded", async () => {
  const records = await RECORDINGS["exchanges over one connection"]();
  const ofServer = records.filter(({ role }) => role === "server");
  for (const some of [records, ofServer]) {
    await using server = await serve({ handler: practice() });
    const { exchanges, same } = await replay(some, { target: server.url });
    assert.deepEqual(
      exchanges.flatMap(({ name, differences }) => (differences.length > 0 ? [name, ...differences] : [])),
      [],
    );
    assert.equal(exchanges.length, 8);
    assert.equal(same, true);
  }
});

test("the server gets the bytes of the recording, and no others", async () => {
  for (const name of ["exchanges over one connection", "three requests in one write"] as const) {
    const records = await RECORDINGS[name]();
    const recorder = recordTrace({ maxBytes: 64 * 1024 * 1024 });
    await using server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
    await replay(records, { target: server.url });
    const recorded = sentIn(records, name === "exchanges over one connection" ? "client" : "server");
    assert.ok(recorded.length === 1 && recorded[0] === sentIn(recorder.records, "server")[0], name);
  }
});

test("a request waits for the response that its client had by then", async () => {
  const saw = [get("/1"), ok("one"), get("/2"), ok("two")];
  const { same } = await against(async (peer) => {
    assert.match(await peer.head(), /^GET \/1 /);
    await new Promise(setImmediate);
    assert.equal(peer.received, "");
    peer.send(raw(ok("one")));
    assert.match(await peer.head(), /^GET \/2 /);
    peer.send(raw(ok("two")));
  }, saw);
  assert.equal(same, true);
});

test("requests that were pipelined are pipelined again", async () => {
  const { same } = await against(
    async (peer) => {
      assert.match(await peer.head(), /^GET \/1 /);
      assert.match(await peer.head(), /^GET \/2 /);
      peer.send(raw(ok("one")) + raw(ok("two")));
    },
    [get("/1"), get("/2"), ok("one"), ok("two")],
  );
  assert.equal(same, true);
});

test("status, field lines and content that differ are named; Date is not compared", async () => {
  const { same, exchanges } = await against(
    async (peer) => {
      await peer.head();
      peer.send("HTTP/1.1 404 Not Found\r\nDate: now\r\nX-New: 1\r\nContent-Length: 4\r\n\r\nabXd");
    },
    [get("/1"), ok("abcd", 'Date: then\r\nETag: "1"\r\n')],
  );
  assert.equal(same, false);
  assert.deepEqual(exchanges[0]?.differences, [
    'response line: "200 OK" → "404 Not Found"',
    'response field: only in the recording: "ETag: \\"1\\""',
    'response field: only in the replay: "X-New: 1"',
    'response content: 4 bytes, different from byte 2: "cd" → "Xd"',
  ]);
});

test("what is ignored is not compared; strict compares Date, too", async () => {
  const saw = [get("/1"), ok("abcd", "Date: then\r\nETag: 1\r\n")];
  const answer = async (peer: Peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 Fine\r\nDate: now\r\nETag: 2\r\nContent-Length: 3\r\n\r\nxyz");
  };
  const ignore = ["ETag", "content", "content-length", "reason"];
  assert.equal((await against(answer, saw, { ignore })).same, true);
  const { exchanges } = await against(answer, saw, { ignore, strict: true });
  assert.deepEqual(exchanges[0]?.differences, ['response field: "Date: then" → "Date: now"']);
});

test("two codings of the same content are the same content", async () => {
  const { gzipSync } = await import("node:zlib");
  const coded = (level: number) => gzipSync("a".repeat(500), { level }).toString("latin1");
  assert.notEqual(coded(0), coded(9));
  const more = "Content-Encoding: gzip\r\n";
  const { exchanges } = await against(
    async (peer) => {
      await peer.head();
      peer.send(raw(ok(coded(9), more)));
    },
    [get("/"), ok(coded(0), more)],
    { ignore: ["content-length"] },
  );
  assert.deepEqual(exchanges[0]?.differences, []);
});

test("a masked secret of the recording is equal to every secret, and only the secret is", async () => {
  const answer = (cookie: string) => async (peer: Peer) => {
    await peer.head();
    peer.send(raw(ok("", `Set-Cookie: ${cookie}\r\n`)));
  };
  const saw = [get("/"), ok("", "Set-Cookie: sid=*****; Path=/\r\n")];
  assert.equal((await against(answer("sid=another-one; Path=/"), saw)).same, true);
  assert.equal((await against(answer("sid=another-one; Path=/x"), saw)).same, false);
});

test("a client that waited for 100 (Continue) waits again, and sends its content without it after a second", async () => {
  const head = "> POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n" as const;
  const saw: Saw[] = [head, "< HTTP/1.1 100 Continue\r\n\r\n", "> data", ok("done")];
  for (const says of [true, false]) {
    const { same } = await against(async (peer) => {
      await peer.head();
      assert.equal(peer.received, "");
      if (says) peer.send("HTTP/1.1 100 Continue\r\n\r\n");
      await peer.until("data");
      peer.send(raw(ok("done")));
    }, saw);
    assert.equal(same, true);
  }
});

test("behind an upgrade the bytes are sent as they were, each after what it answered", async () => {
  const { exchanges, same } = await against(
    async (peer) => {
      await peer.head();
      peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\nhello");
      assert.equal(await peer.until("who?"), "who?");
      peer.send("me");
      assert.equal(await peer.until("bye"), "bye");
    },
    [
      get("/", "Connection: upgrade\r\nUpgrade: any\r\n"),
      "< HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n",
      "< hello",
      "> who?",
      "< me",
      "> bye",
    ],
  );
  assert.deepEqual(
    exchanges.map(({ name, differences }) => [name, differences]),
    [
      ["GET /", []],
      ["TCP", []],
    ],
  );
  assert.equal(same, true);
});

test("a conversation without HTTP is compared byte by byte", async () => {
  const talk = (last: string) => async (peer: Peer) => {
    peer.send("220 hi\n");
    await peer.until("HELO\n");
    peer.send(last);
    peer.end();
  };
  const saw: Saw[] = ["< 220 hi\n", "> HELO\n", "< 250 ok\n", { kind: "peer-end" }, { kind: "end" }];
  assert.equal((await against(talk("250 ok\n"), saw, { http: false })).same, true);
  const { exchanges } = await against(talk("250 OK\n"), saw, { http: false });
  assert.deepEqual(exchanges[0]?.differences, [
    'bytes from the server: 14 bytes, different from byte 11: "ok\\n" → "OK\\n"',
  ]);
});

test("a megabyte comes back as it was recorded", async () => {
  const records = await RECORDINGS["an echo of a megabyte"]();
  await using server = await rawServer((peer) => {
    peer.socket.on("data", (chunk) => peer.socket.write(chunk));
    peer.socket.on("end", () => peer.socket.end());
  });
  const { exchanges, same } = await replay(records, { target: String(server.port) });
  assert.deepEqual(exchanges[0]?.differences, []);
  assert.equal(same, true);
});

test("conversations that overlapped are open at the same time; one that began after another's end waits for it", async () => {
  const answers: string[] = [];
  const waiting: (() => void)[] = [];
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index < 2) {
      // Neither of the first two is answered before both have asked.
      await new Promise<void>((resolve) => {
        if (waiting.push(resolve) === 2) for (const answer of waiting) answer();
      });
    }
    answers.push(`${index}`);
    peer.send(raw(ok("")));
    await peer.ended();
    answers.push(`${index} ended`);
  });
  const saw = [get("/"), ok("")];
  const records = recordedBy(server.port, { saw }, { at: 0.5, saw }, { at: 100, saw });
  assert.equal((await replay(records)).same, true);
  assert.equal(server.peers.length, 3);
  assert.ok(answers.indexOf("2") > answers.indexOf("0 ended"), answers.join());
  assert.ok(answers.indexOf("2") > answers.indexOf("1 ended"), answers.join());
});

test("fields are replaced where they stand, and added where no request has them; the rest stays as it was", async () => {
  let head = "";
  await against(
    async (peer) => {
      head = await peer.head();
      peer.send(raw(ok("")));
    },
    [
      "> GET http://old.example/a HTTP/1.1\r\nhOST:  old.example\r\nX-Gone: 1\r\nCookie: a=1\r\nCookie: b=2\r\nX: *\r\n\r\n",
      ok(""),
    ],
    {
      host: "new.example:81",
      fields: [
        ["x-gone", undefined],
        ["Cookie", "c=3"],
        ["Via", "é"],
      ],
    },
  );
  assert.equal(
    head,
    "GET http://new.example:81/a HTTP/1.1\r\nHost: new.example:81\r\nCookie: c=3\r\nX: *\r\nVia: \xc3\xa9\r\n\r\n",
  );
});

test("an edit of a head that was sent in pieces changes only the line", async () => {
  let head = "";
  await against(
    async (peer) => {
      head = await peer.head();
      peer.send(raw(ok("")));
    },
    ["> GET / HTTP/1.1\r\nHo", "> st: a\r\nAuthor", "> ization: **", "> *\r\nX: 1\r\n\r\n", ok("")],
    { fields: [["Authorization", "Basic eA=="]] },
  );
  assert.equal(head, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eA==\r\nX: 1\r\n\r\n");
});

test("a server that does not answer in time, and a server that is not there, are failures", async () => {
  const saw = [get("/"), ok("")];
  const silent = await against(() => {}, saw, { silenceMs: 50 });
  assert.equal(silent.failures[0]?.code, "TIMEOUT_IDLE");
  assert.equal(silent.same, false);
  const gone = await rawServer();
  await gone[Symbol.asyncDispose]();
  const { failures, exchanges } = await replay(recordedBy(gone.port, { saw }));
  assert.equal(failures[0]?.code, "CONNECT_REFUSED");
  assert.match(exchanges[0]?.differences[0] ?? "", /^response: none: connect .* refused/);
});

test("a server that drips without end is a failure", async () => {
  const { failures, same } = await against(
    async (peer) => {
      await peer.head();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
      const drip = setInterval(() => peer.socket.write("x"), 1);
      await new Promise((resolve) => peer.socket.once("close", resolve));
      clearInterval(drip);
    },
    [get("/"), ok("x")],
    { silenceMs: 200 },
  );
  assert.match(failures[0]?.code ?? "", /^TIMEOUT_/);
  assert.equal(same, false);
});

for (const [what, beginning, piece] of [
  ["content", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", new Uint8Array(1024 * 1024)],
  ["a line", "", new Uint8Array(1024 * 1024).fill(0x61)],
] as const) {
  test(`a server that sends ${what} without end is a difference`, async () => {
    let sent = 0;
    const { exchanges } = await against(
      async (peer) => {
        await peer.head();
        peer.send(beginning);
        for (; sent < 512 && !peer.socket.destroyed; sent++)
          await new Promise((resolve) => peer.socket.write(piece, resolve));
      },
      [get("/"), ok("x")],
      { silenceMs: 600_000 },
    );
    assert.match(
      exchanges[0]?.differences.at(-1) ?? "",
      /(?:: none:|complete →) the server sends without end$/,
    );
    assert.ok(sent < 512, "all of it was read");
  });
}

test("a response that is no HTTP is a difference, at once", async () => {
  const { exchanges, failures } = await against(
    async (peer) => {
      await peer.head();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx");
    },
    [get("/"), ok("x")],
    { silenceMs: 600_000 },
  );
  assert.deepEqual(exchanges[0]?.differences, [
    'response field: "Content-Length: 1" → "Content-Length: 1, 2"',
    'response content: 1 → 0 bytes, different from byte 0: "x" → ""',
    "how it ended: complete → the bytes break a rule of HTTP (--explain shows which)",
  ]);
  assert.deepEqual(failures, []);
});

test("a server that breaks off is a difference; one that broke off in the recording, too, is none", async () => {
  const cut = async (peer: Peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    peer.end();
  };
  const whole = await against(cut, [get("/"), ok("abcde")]);
  assert.equal(whole.same, false);
  assert.deepEqual(whole.failures, []);
  const records: Saw[] = [
    get("/"),
    "< HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
    { kind: "peer-abort" },
  ];
  const again = await against(cut, records);
  assert.deepEqual(again.exchanges[0]?.differences, []);
});

test("where the recording has no complete response, nothing is compared", async () => {
  const { exchanges, same } = await against(
    async (peer) => {
      await peer.head();
      peer.send(raw(ok("x")));
    },
    [get("/"), "< HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", { kind: "abort" }],
  );
  assert.equal(exchanges[0]?.notCompared, "this end broke off the connection");
  assert.equal(same, false);
});

test("what a proxy sent on is sent once, to the server behind it", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(raw(ok("")));
  });
  const recorder = recordTrace();
  await using proxy = await createProxy({
    port: 0,
    upstream: String(server.port),
    observe: (role) => recorder.observe(role),
  });
  const client = await connect({ port: portOf(proxy.address), observer: recorder.observe("client") });
  await client.write(raw(get("/")));
  await client.read();
  await client.end();
  await client.closed;
  await proxy.close();
  const records: TraceRecord[] = [];
  const grammar = new GrammarReader((record) => records.push(record));
  for (const record of recorder.records) grammar.add(record);
  const { exchanges, same } = await replay(records);
  assert.equal(same, true);
  assert.equal(exchanges.length, 1);
  assert.equal(server.peers.length, 2);
});

test("a conversation whose client's bytes are not all in the recording is not sent", async () => {
  await using server = await rawServer();
  const records = recordedBy(server.port, { saw: [get("/a"), ok(""), get("/b"), ok("")] });
  const firstSent = records.find((record) => record.type === "bytes" && record.direction === "out");
  const { exchanges, same } = await replay(records.filter((record) => record !== firstSent));
  assert.match(exchanges[0]?.notCompared ?? "", /^not sent, since bytes of its client are missing/);
  assert.equal(same, false);
  assert.equal(server.peers.length, 0);
});

test("an aborted replay rejects with the reason of its signal", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(
    against(
      async (peer) => {
        await peer.head();
        controller.abort(reason);
      },
      [get("/"), ok("")],
      { signal: controller.signal },
    ),
    reason,
  );
});

test("a signal for many steps is no leak, whoever is asked before each", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const asked: string[] = [];
  const saw = Array.from({ length: 12 }, (_, i) => [get(`/${i}`), ok(`${i}`)]).flat();
  const { same } = await against(
    async (peer) => {
      for (let i = 0; i < 12; i++) {
        await peer.head();
        peer.send(raw(ok(`${i}`)));
      }
    },
    saw,
    {
      signal: new AbortController().signal,
      beforeSending: async ({ request = "" }) => void asked.push(request),
    },
  );
  await new Promise(setImmediate);
  process.off("warning", note);
  assert.equal(same, true);
  assert.equal(asked.length, 12);
  assert.deepEqual(warnings, []);
});
