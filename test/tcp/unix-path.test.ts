import assert from "node:assert/strict";
import { once } from "node:events";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { connect } from "../../src/tcp/connect.ts";
import { listen } from "../../src/tcp/listen.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

// What may be at the path of a Unix socket, and what happens to it.

const root = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(root, { recursive: true }));
const handler = { module: moduleUrl("tcp/handlers/echo") };

let folders = 0;
function emptyFolder(): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  return folder;
}

/** A server of another process, and the number of its clients. */
async function strangerAt(path: string) {
  let clients = 0;
  const server = net.createServer((socket) => {
    clients++;
    socket.end();
  });
  await once(server.listen({ path }), "listening");
  return {
    clients: () => clients,
    [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")),
  };
}

/** What a killed server leaves behind: its file, without a program that listens. */
async function deadSocketAt(path: string): Promise<void> {
  const server = net.createServer();
  await once(server.listen({ path }), "listening");
  linkSync(path, `${path}.kept`);
  await once(server.close(), "close");
  renameSync(`${path}.kept`, path);
}

for (const model of MODEL_NAMES) {
  const listenAt = (path: string) => listen({ path, model, workers: 1, handler });

  test(`a file, a folder and a symbolic link at the path are refused by name, and stay (${model})`, async () => {
    const folder = emptyFolder();
    const path = (name: string) => join(folder, name);
    writeFileSync(path("file"), "precious");
    mkdirSync(path("folder"));
    await deadSocketAt(path("dead"));
    symlinkSync(path("dead"), path("link"));
    for (const [name, what] of [
      ["file", "a file is there that is no socket"],
      ["folder", "a folder is there"],
      ["link", "a symbolic link is there"],
    ] as const) {
      await assert.rejects(listenAt(path(name)), {
        code: "ADDRESS_IN_USE",
        message: `cannot listen on ${path(name)}: ${what}`,
      });
    }
    assert.deepEqual(readdirSync(folder).sort(), ["dead", "file", "folder", "link"]);
    assert.equal(readFileSync(path("file"), "utf8"), "precious");
    assert.ok(lstatSync(path("link")).isSymbolicLink());
  });

  test(`a path in a folder that is missing, or that is a file, is refused for that (${model})`, async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "file"), "kept");
    for (const name of ["nowhere/a.sock", "file/a.sock"]) {
      const path = join(folder, name);
      await assert.rejects(listenAt(path), {
        code: "ADDRESS_NOT_AVAILABLE",
        message: `cannot listen on ${path}: there is no such folder`,
      });
    }
  });

  test(`a path where another server listens is in use, and that server notices nothing (${model})`, async () => {
    const folder = emptyFolder();
    const path = join(folder, "live.sock");
    await using stranger = await strangerAt(path);
    await assert.rejects(listenAt(path), { code: "ADDRESS_IN_USE" });
    assert.deepEqual(readdirSync(folder), ["live.sock"]);
    // Only Linux has a table of sockets to read. Elsewhere only a connection can find out.
    if (process.platform === "linux") assert.equal(stranger.clients(), 0);
    (await connect({ path })).abort();
  });

  test(`a dead socket is replaced, and nothing else appears beside it (${model})`, async () => {
    const folder = emptyFolder();
    const path = join(folder, "dead.sock");
    await deadSocketAt(path);
    await using listener = await listenAt(path);
    await using connection = await connect({ path });
    await connection.write("x");
    await connection.read();
    assert.deepEqual(readdirSync(folder), ["dead.sock"]);
    await listener.close();
    assert.deepEqual(readdirSync(folder), []);
  });

  test(`a file that took the place of the socket outlives the server (${model})`, async () => {
    const path = join(emptyFolder(), "a.sock");
    const listener = await listenAt(path);
    await using connection = await connect({ path });
    await connection.write("x");
    await connection.read();
    unlinkSync(path);
    await using _stranger = await strangerAt(path);
    await listener.close();
    (await connect({ path })).abort();
  });

  test(`a path of 107 bytes works, and a longer one is refused with one sentence (${model})`, {
    skip: process.platform !== "linux" && "other systems take other lengths",
  }, async () => {
    const folder = emptyFolder();
    const longest = join(folder, "a".repeat(107 - folder.length - 1));
    const listener = await listenAt(longest);
    await using connection = await connect({ path: longest });
    await connection.write("x");
    await connection.read();
    await listener.close();
    const refusal = (path: string) => ({
      code: "HOST_INVALID",
      message: `the path of a Unix socket may have 107 bytes; this one has ${path.length}: ${path}`,
    });
    for (const path of [`${longest}b`, `${longest}${"b".repeat(100)}`]) {
      await assert.rejects(listenAt(path), refusal(path));
      await assert.rejects(connect({ path }), refusal(path));
    }
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("a server that was bound by a relative path is not connected to either", {
  skip: process.platform !== "linux" && "only Linux tells who listens",
}, async () => {
  const path = join(emptyFolder(), "r.sock");
  await using stranger = await strangerAt(relative(process.cwd(), path));
  await assert.rejects(listen({ path, handler }), { code: "ADDRESS_IN_USE" });
  assert.equal(stranger.clients(), 0);
});

test("of two servers that find a dead socket at once, one gets the path", async () => {
  const path = join(emptyFolder(), "a.sock");
  await deadSocketAt(path);
  const results = await Promise.allSettled([listen({ path, handler }), listen({ path, handler })]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await using _connection = await connect({ path });
  for (const result of results) if (result.status === "fulfilled") await result.value.close();
});
