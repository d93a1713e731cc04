import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type NpmPeer, npmPeer } from "../../bench/npm-peers.ts";
import { endsThat, eventsOf, Programs, unwatched } from "./watched.ts";

/*
 * Packages that others wrote, in programs that do not know us. Each program prints what it was answered; watched it must
 * print the same, and both ends must have been seen, byte for byte.
 */

const programs = new Programs();
after(() => programs.remove());

interface Use {
  readonly packages: readonly NpmPeer[];
  /** `use` has the modules, in the order of `packages`. */
  readonly source: string;
  readonly prints: RegExp;
  /** What the clients send. */
  readonly sends: readonly RegExp[];
}

const USES: Readonly<Record<string, Use>> = {
  "express, asked by axios and got": {
    packages: ["express", "axios", "got"],
    source: `
      const [{ default: express }, { default: axios }, { default: got }] = use;
      const app = express().use(express.json());
      app.post("/", (request, response) => response.json({ got: request.body }));
      const server = app.listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = "http://127.0.0.1:" + server.address().port;
      console.log((await axios.post(url, { by: "axios" })).data);
      console.log(await got.post(url, { json: { by: "got" } }).json());
      server.close();
      server.closeAllConnections();
    `,
    prints: /by: 'axios'[\s\S]*by: 'got'/,
    sends: [/^POST \/ HTTP\/1\.1\r\n[\s\S]*\{"by":"axios"\}/, /^POST[\s\S]*\{"by":"got"\}/],
  },
  "fastify, asked by fetch": {
    packages: ["fastify"],
    source: `
      const app = use[0].default();
      app.get("/f", async () => "from fastify");
      await app.listen({ port: 0, host: "127.0.0.1" });
      console.log(await (await fetch("http://127.0.0.1:" + app.server.address().port + "/f")).text());
      await app.close();
    `,
    prints: /^from fastify\n$/,
    sends: [/^GET \/f HTTP\/1\.1\r\n/],
  },
  "ws, both roles": {
    packages: ["ws"],
    source: `
      const { WebSocket, WebSocketServer } = use[0].default;
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      await once(server, "listening");
      server.on("connection", (socket) => socket.on("message", (message) => socket.send("echo " + message)));
      const client = new WebSocket("ws://127.0.0.1:" + server.address().port);
      await once(client, "open");
      client.send("hello");
      console.log(String((await once(client, "message"))[0]));
      client.close();
      await once(client, "close");
      server.close();
    `,
    prints: /^echo hello\n$/,
    // A client masks what it sends (RFC 6455 §5.3): the first octets tell a final text frame of 5 octets.
    sends: [/^GET \/ HTTP\/1\.1\r\n[\s\S]*Upgrade: websocket\r\n[\s\S]*\r\n\r\n\x81\x85/],
  },
  ioredis: {
    packages: ["ioredis"],
    source: `
      const { Redis } = use[0];
      const server = net.createServer((socket) => {
        socket.on("data", (bytes) => {
          for (const _ of String(bytes).match(/\\*\\d+\\r\\n/g) ?? []) socket.write("+PONG\\r\\n");
        });
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const redis = new Redis(server.address().port, "127.0.0.1", { enableReadyCheck: false });
      console.log(await redis.ping());
      redis.disconnect();
      server.close();
    `,
    prints: /^PONG\n$/,
    sends: [/\*1\r\n\$4\r\nping\r\n$/],
  },
  mysql2: {
    packages: ["mysql2"],
    source: `
      const mysql = use[0].default;
      const server = mysql.createServer();
      server.listen(0, "127.0.0.1");
      const columns = { catalog: "def", schema: "t", table: "t", orgTable: "t", name: "n", orgName: "n",
        characterSet: 33, columnLength: 384, columnType: 253, flags: 0, decimals: 0 };
      server.on("connection", (connection) => {
        connection.serverHandshake({ protocolVersion: 4, serverVersion: "x", connectionId: 1, statusFlags: 2,
          characterSet: 8, capabilityFlags: 0xffffff ^ 0x800 });
        connection.on("query", () => {
          connection.writeColumns([columns]);
          connection.writeTextRow(["from mysql"]);
          connection.writeEof();
          connection.close();
        });
      });
      await once(server._server, "listening");
      const { port } = server._server.address();
      const connection = mysql.createConnection({ port, host: "127.0.0.1", user: "u" });
      console.log((await connection.promise().query("SELECT 1"))[0]);
      connection.destroy();
      server.close();
    `,
    prints: /n: 'from mysql'/,
    sends: [/\x03SELECT 1/],
  },
  pg: {
    packages: ["pg"],
    source: `
      const { Client } = use[0].default;
      const hex = (text) => Buffer.from(text.replaceAll(" ", ""), "hex");
      const answers = {
        Q: [
          hex("54 0000001a 0001 6e00 00000000 0000 00000019 ffff ffffffff 0000"),
          hex("44 00000011 0001 00000007"), "from pg",
          hex("43 0000000d"), "SELECT 1\\0", hex("5a 00000005 49"),
        ],
        X: [],
      };
      const server = net.createServer((socket) => {
        let started = false;
        socket.on("data", (bytes) => {
          const answer = started ? answers[String.fromCharCode(bytes[0])] : [hex("52 00000008 00000000 5a 00000005 49")];
          started = true;
          for (const part of answer) socket.write(part);
        });
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const client = new Client({ port: server.address().port, host: "127.0.0.1", user: "u" });
      await client.connect();
      console.log((await client.query("SELECT 1")).rows);
      await client.end();
      server.close();
    `,
    prints: /n: 'from pg'/,
    sends: [/Q\0\0\0\rSELECT 1\0/],
  },
};

for (const [name, { packages, source, prints, sends }] of Object.entries(USES)) {
  test(`${name}: the program gets its answers, and we see both ends`, async () => {
    const modules = packages.map((each) => npmPeer(each).path);
    const file = programs.write(`
      import { once } from "node:events";
      import net from "node:net";
      const use = await Promise.all(${JSON.stringify(modules)}.map((path) => import(path)));
      ${source}
    `);
    const command = [process.execPath, file];
    const [plain, { records, ...watched }] = await Promise.all([unwatched(command), programs.watch(command)]);
    assert.match(plain.stdout, prints);
    assert.deepEqual(watched, plain);
    for (const sent of sends) {
      const [client] = endsThat(records, "client", sent);
      assert.ok(client, `no client sent ${sent}`);
      const server = endsThat(records, "server", /^/).find(({ received }) => received === client.sent);
      assert.equal(server?.sent, client.received);
    }
    assert.deepEqual(eventsOf(records, "dropped"), []);
  });
}

test("a program in TypeScript runs under tsx", async () => {
  const file = programs.write(
    `
      import net, { type AddressInfo } from "node:net";
      enum Word { Hello = "hello" }
      const server = net.createServer((socket) => socket.end(Word.Hello)).listen(0, "127.0.0.1", () => {
        net.connect((server.address() as AddressInfo).port, "127.0.0.1")
          .on("data", (bytes: Buffer) => console.log(String(bytes)))
          .on("close", () => server.close());
      });
    `,
    ".ts",
  );
  const command = [process.execPath, "--import", npmPeer("tsx").path, file];
  const [plain, { records, ...watched }] = await Promise.all([unwatched(command), programs.watch(command)]);
  assert.deepEqual([plain.code, plain.stdout], [0, "hello\n"]);
  assert.deepEqual(watched, plain);
  assert.equal(endsThat(records, "server", /^hello$/).length, 1);
});
