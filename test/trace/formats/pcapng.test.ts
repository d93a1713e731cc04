import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { streamsOf } from "../../../src/trace/streams.ts";
import { type TraceRecord, toPcapng } from "../../../src/trace.ts";
import { requirePeer } from "../../support/peers.ts";
import { RECORDINGS } from "../../support/recordings.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-pcapng-"));
after(() => rmSync(folder, { recursive: true }));
const tsharkPath = requirePeer("tshark");

const names = Object.keys(RECORDINGS) as (keyof typeof RECORDINGS)[];
const recordings: TraceRecord[][] = [];
for (const name of names) recordings.push(await RECORDINGS[name]());

const BEGAN_MS = Date.UTC(2026, 10, 28) + 0.25;

/** Several recordings as the sections of one file: each run of tshark takes a second. */
function saved(name: string, some: readonly (readonly TraceRecord[])[]): string {
  const file = join(folder, `${name}.pcapng`);
  writeFileSync(file, Buffer.concat(some.map((records) => toPcapng(records, { beganMs: BEGAN_MS }))));
  return file;
}

function tshark(file: string, ...args: string[]): string {
  const checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
  const { status, stdout, stderr } = spawnSync(tsharkPath, ["-r", file, ...checks, ...args], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /cut short|isn't|damaged/);
  return stdout;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const rowsOf = (text: string): string[][] => lines(text).map((line) => line.split("\t"));
const fields = (...names: string[]): string[] => ["-T", "fields", ...names.flatMap((name) => ["-e", name])];

/** What tshark notes of every FIN and every RST. */
const ENDS = /This frame (?:initiates|undergoes) the connection closing|Connection reset \(RST\)/;

/** Both directions of a stream as tshark puts it together: what the client sent, and what came back. */
function followed(report: string, stream: number): [fromClient: Buffer, fromServer: Buffer] {
  const part = report.split(/^Follow: /m).find((text) => text.includes(`tcp.stream eq ${stream}\n`)) ?? "";
  const hex = lines(part).filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const join = (answer: boolean) =>
    hex.filter((line) => line.startsWith("\t") === answer).map((line) => line.trim());
  return [Buffer.from(join(false).join(""), "hex"), Buffer.from(join(true).join(""), "hex")];
}

/** What an end sent, as that end tells, or else as the other end does. */
function sentBy(records: readonly TraceRecord[], sender: "client" | "server"): Buffer {
  const streams = streamsOf(records);
  const written = streams.filter(({ role, direction }) => role === sender && direction === "out");
  const read = streams.filter(({ role, direction }) => role !== sender && direction === "in");
  return Buffer.concat((written.length > 0 ? written : read).map(({ bytes }) => bytes));
}

for (const [which, isPart] of [
  ["both ends", () => true],
  ["the client", ({ role }) => role === "client"],
  ["the server", ({ role }) => role === "server"],
] as const satisfies (readonly [string, (record: TraceRecord) => boolean])[]) {
  test(`recorded by ${which}, tshark has no complaint, and its streams are our bytes`, () => {
    const some = recordings.map((records) => records.filter(isPart));
    const withPackets = some.filter((records) => records.some(({ type }) => type === "bytes"));
    const follow = withPackets.flatMap((_, stream) => ["-z", `follow,tcp,raw,${stream}`]);
    const report = tshark(saved(which, some), "-n", "-q", "-z", "expert,note", ...follow, "-z", "conv,tcp");
    assert.deepEqual(
      lines(report).filter((line) => /^ +\d+ +[A-Z]\w+ +[A-Z]/.test(line) && !ENDS.test(line)),
      [],
    );
    for (const [stream, records] of withPackets.entries()) {
      const [fromClient, fromServer] = followed(report, stream);
      assert.ok(fromClient.length > 0 && fromClient.equals(sentBy(records, "client")), `stream ${stream}`);
      assert.ok(fromServer.length > 0 && fromServer.equals(sentBy(records, "server")), `stream ${stream}`);
    }
    assert.equal(report.match(/<->/g)?.length, withPackets.length);
  });
}

const bothEnds = saved("all", recordings);

test("tshark dissects HTTP, over TLS, IPv6 and Unix sockets too, and each message is there once", () => {
  const exchanges =
    "GET /hello,200,GET /chunked/3,200,GET /redirect/1,302,GET /status/503,503,GET /get?a=1&b=%20x&empty,200,HEAD /hello,200,POST /post,200,POST /post,200";
  const rows = rowsOf(
    tshark(
      bothEnds,
      "-n",
      "-Y",
      "http",
      ...fields("tcp.stream", "http.request.method", "http.request.uri", "http.response.code"),
    ),
  );
  for (const [stream, name] of names.slice(0, 4).entries()) {
    const messages = rows
      .filter(([number]) => Number(number) === stream)
      .map(([, method, uri, status]) => status || `${method} ${uri}`);
    assert.equal(messages.join(), exchanges, name);
  }
});

test("a write is a packet on the interface of its end, and a read is an ACK on the interface of the other", () => {
  const records = recordings[0] as TraceRecord[];
  const packets = rowsOf(
    tshark(
      bothEnds,
      "-n",
      "-Y",
      "tcp.stream == 0",
      ...fields("frame.interface_name", "tcp.len", "frame.time_epoch", "tcp.ack"),
    ),
  ).map(([name, length, time, ack]) => ({
    name,
    length: Number(length),
    // Nanoseconds since the beginning: a number of JavaScript cannot hold those since 1970.
    ns: Number(BigInt((time ?? "").replace(".", "")) - BigInt(BEGAN_MS * 4) * 250_000n),
    ack: Number(ack),
  }));
  const bytesOf = (wanted: "in" | "out") =>
    records.flatMap((record) => (record.type === "bytes" && record.direction === wanted ? [record] : []));
  const assertSameTime = (ns: number | undefined, t: number) =>
    assert.ok(ns !== undefined && Math.abs(ns - t) < 1000, `${ns} ns, and the record says ${t} ns`);
  // A write longer than a segment is several packets.
  const sent = packets.filter(({ length }) => length > 0);
  const writes = bytesOf("out");
  const firsts = sent.filter(
    ({ name, ns }, at) => name !== sent[at - 1]?.name || Math.abs(ns - (sent[at - 1]?.ns ?? 0)) >= 1000,
  );
  assert.deepEqual(
    firsts.map(({ name }) => name),
    writes.map(({ role }) => role),
  );
  for (const [at, { t }] of writes.entries()) assertSameTime(firsts[at]?.ns, t);
  for (const { role, t, offset, bytes } of bytesOf("in")) {
    const acknowledgment = packets.find(({ name, ack }) => name === role && ack >= 1 + offset + bytes.length);
    assertSameTime(acknowledgment?.ns, t);
  }
});

test("names that were resolved, and the paths of Unix sockets, are names of addresses", () => {
  const hosts = tshark(bothEnds, "-N", "n", "-q", "-z", "hosts");
  assert.match(hosts, /^127\.0\.0\.1\s+localhost$/m);
  assert.match(hosts, /^127\.1\.0\.1\s+\/\S+\/s$/m);
});

test("TLS is a comment of its packet: the bytes are the plain ones", () => {
  const shown = tshark(bothEnds, "-n", "-Y", "frame.comment contains TLS", ...fields("frame.comment"));
  assert.match(shown, /TLSv1\.3, \S+: the recording has the bytes inside of TLS/);
});
