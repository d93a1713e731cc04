// polluted-child clean|polluted PORT TLS-PORT: sends requests to the test's server in every way there is, also serves,
// and prints the results. `polluted`: with names of options on Object.prototype, as other code may have put them there.
import { once } from "node:events";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import { followRedirects } from "../../src/http/client/redirect.ts";
import { serve } from "../../src/http/server/server.ts";
import { connect } from "../../src/tcp/connect.ts";

const [how = "", port = "", tlsPort = ""] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
if (how === "polluted") pollute();

const results: unknown[] = [];
const note = async (work: () => Promise<unknown>) => {
  try {
    results.push(await work());
  } catch (error) {
    results.push((error as { code?: unknown }).code ?? String(error));
  }
};
const client = new HttpClient();
const send = client.request.bind(client);
await note(async () => (await client.request({ url: `${origin}/get` })).text());
await note(async () =>
  (await client.request({ url: `${origin}/post`, method: "POST", body: "content" })).text(),
);
await note(async () => (await client.request({ url: `${origin}/connect`, connect: {} })).text());
await note(async () => (await fetchWith(client)(`${origin}/fetch`)).text());
await note(async () => (await fetchWith(client)(`${origin}/init`, { method: "PUT", body: "put" })).text());
await note(async () =>
  (await fetchWith(client)(`${origin}/form`, { method: "POST", body: new URLSearchParams("a=b") })).text(),
);
await note(async () => (await followRedirects({ url: `${origin}/redirect` }, send)).response.text());
await note(async () => (await client.request({ url: `https://127.0.0.1:${tlsPort}/` })).text());
await note(async () => {
  await using connection = await connect({ host: "127.0.0.1", port: Number(port) });
  await connection.write("GET /raw HTTP/1.1\r\n\r\n");
  return Buffer.from((await connection.read()) ?? []).toString();
});
await client.close();

await using server = await serve({
  handler: () => ({ status: 200, fields: {}, body: "served" }),
  now: () => 0,
});
console.log(JSON.stringify({ results, port: (server.address as { port: number }).port }));
await once(process.stdin.resume(), "end");
process.exit();

/** All but the names that break Node itself: those of events (`connect`), `signal`, `maxConnections`. */
function pollute(): void {
  const hostile: Record<string, unknown> = {
    ...{
      host: "192.0.2.1",
      hostname: "192.0.2.1",
      port: 1,
      path: "/nowhere",
      socketPath: "/nowhere",
      family: 6,
    },
    ...{
      localAddress: "192.0.2.1",
      lookup: () => Promise.reject(new Error("polluted")),
      proxy: "http://192.0.2.1",
    },
    ...{
      timeoutMs: 1,
      attemptDelayMs: 1,
      keepAliveMs: 1,
      noDelay: false,
      addressPolicy: () => false,
      agent: {},
    },
    ...{ tls: { insecure: true }, insecure: true, rejectUnauthorized: false, ca: [], cert: "no", key: "no" },
    ...{
      servername: "evil.test",
      pins: ["no"],
      alpn: ["h2"],
      minVersion: "TLSv1.3",
      checkServerIdentity: () => {},
    },
    ...{
      auth: "user:password",
      username: "user",
      password: "password",
      user: "user",
      authorization: "Basic dTpw",
    },
    ...{
      method: "DELETE",
      fields: { "X-Evil": "1" },
      headers: { "X-Evil": "1" },
      body: "evil",
      target: "/evil",
    },
    ...{
      version: "1.0",
      expectContinue: true,
      decode: true,
      defaultFields: false,
      trailers: () => ({ "X-Evil": "1" }),
    },
    ...{
      redirect: "error",
      safeFields: "all",
      maxRedirects: 0,
      resendContent: true,
    },
    ...{
      limits: { maxHeadBytes: 1 },
      maxBodyBytes: 0,
      maxQueued: 0,
      maxConnectionsPerOrigin: 0,
      idleTimeoutMs: 1,
    },
    ...{
      dial: () => Promise.reject(new Error("polluted")),
      headTimeoutMs: 1,
      bodyTimeoutMs: 1,
      writeTimeoutMs: 1,
    },
    ...{
      serverName: "evil",
      maxRequestsPerConnection: 1,
      handlerTimeoutMs: 1,
      requestTimeoutMs: 1,
    },
  };
  Object.assign(Object.prototype, hostile);
}
