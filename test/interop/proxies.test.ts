import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createAuthenticator } from "../../src/http/client/authentication/authenticator.ts";
import { nodeDigestMeans } from "../../src/http/client/authentication/digest-means.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import type { ProxyOptions, ProxyScheme } from "../../src/http/client/proxies/proxy-options.ts";
import { writeProxyHeader } from "../../src/tcp/proxy-header.ts";
import { freePort } from "../../tools/free-port.js";
import { httpProxy, origin, type Place } from "../http/proxies/proxy-servers.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { runCli, startCli } from "../support/cli.ts";
import { startDaemon, stopDaemon } from "../support/daemon.ts";
import { requirePeer } from "../support/peers.ts";

// Our client through the proxies that people run: http and https, with content both ways, and what they refuse.

const folder = mkdtempSync(join(tmpdir(), "wirepane-proxies-"));
chmodSync(folder, 0o755); // some of the programs change to a user of their own
after(() => rmSync(folder, { recursive: true, force: true }));

interface Peer extends AsyncDisposable {
  readonly port: number;
}

async function daemon(
  program: Parameters<typeof requirePeer>[0],
  port: number,
  args: readonly string[],
): Promise<Peer> {
  const child = await startDaemon(requirePeer(program), args, port);
  return { port, [Symbol.asyncDispose]: () => stopDaemon(child, "SIGKILL") };
}

function configured(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const USER = { user: "someone", password: "a secret:@" } as const;

async function squid(scheme: "basic" | "digest" = "basic"): Promise<Peer> {
  const port = await freePort();
  const realm = "the proxy";
  // openssl passwd -apr1 -salt wirepane 'a secret:@'
  const basic = `${USER.user}:$apr1$wirepane$U1qLZkuQp27nPbus3J62N1\n`;
  // RFC 7616 §3.4.2: A1
  const a1 = createHash("md5").update(`${USER.user}:${realm}:${USER.password}`).digest("hex");
  const digest = `${USER.user}:${realm}:${a1}\n`;
  const users = configured(`squid.${scheme}`, scheme === "basic" ? basic : digest);
  const helper = scheme === "basic" ? "basic_ncsa_auth" : "digest_file_auth -c";
  const file = configured(
    "squid.conf",
    `http_port 127.0.0.1:${port}
    pid_filename none
    access_log none
    cache_log /dev/null
    cache deny all
    shutdown_lifetime 0 seconds
    auth_param ${scheme} program /usr/lib/squid/${helper} ${users}
    auth_param ${scheme} children 1
    auth_param ${scheme} realm ${realm}
    acl known proxy_auth REQUIRED
    http_access allow known
    http_access deny all\n`,
  );
  return daemon("squid", port, ["-N", "-f", file]);
}

async function tinyproxy(): Promise<Peer> {
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Timeout 60",
    "MaxClients 20",
    "BasicAuth someone secret",
  ];
  return daemon("tinyproxy", port, ["-d", "-c", configured("tinyproxy.conf", `${lines.join("\n")}\n`)]);
}

async function apache(): Promise<Peer> {
  const port = await freePort();
  const modules = ["mpm_event", "authz_core", "proxy", "proxy_http", "proxy_connect"];
  const file = configured(
    "apache.conf",
    `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
    Listen 127.0.0.1:${port}
    ServerName localhost
    PidFile ${folder}/apache.pid
    ErrorLog /dev/null
    ProxyRequests On
    AllowCONNECT 1024-65535
    <Proxy "*">
      Require all granted
    </Proxy>\n`,
  );
  return daemon("apache2", port, ["-X", "-d", folder, "-f", file]);
}

async function microsocks(): Promise<Peer> {
  const port = await freePort();
  return daemon("microsocks", port, [
    "-i",
    "127.0.0.1",
    "-p",
    `${port}`,
    "-u",
    USER.user,
    "-P",
    USER.password,
  ]);
}

async function dante(): Promise<Peer> {
  const port = await freePort();
  const file = configured(
    "danted.conf",
    `logoutput: stderr
    internal: 127.0.0.1 port = ${port}
    external: lo
    socksmethod: none
    clientmethod: none
    client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
    socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n`,
  );
  return daemon("danted", port, ["-N", "1", "-f", file]);
}

async function ourselves(): Promise<Peer> {
  const command = startCli(["proxy", "0", "--forward"]);
  const [, digits] = await command.waitFor(/proxy on 127\.0\.0\.1:(\d+)/);
  return {
    port: Number(digits),
    async [Symbol.asyncDispose]() {
      command.child.kill("SIGKILL");
      await command.ended;
    },
  };
}

const peers: readonly [
  name: string,
  start: () => Promise<Peer>,
  schemes: readonly ProxyScheme[],
  credentials: Pick<ProxyOptions, "user" | "password">,
][] = [
  ["squid", squid, ["http"], USER],
  ["tinyproxy", tinyproxy, ["http"], { user: "someone", password: "secret" }],
  ["Apache", apache, ["http"], {}],
  ["wirepane proxy --forward", ourselves, ["http"], {}],
  ["microsocks", microsocks, ["socks5", "socks5h"], USER],
  // dante 1.4 does not know SOCKS4a: it refuses curl, too.
  ["dante", dante, ["socks4", "socks5", "socks5h"], {}],
];

for (const [name, start, schemes, credentials] of peers) {
  test(`through ${name}`, async () => {
    await using proxy = await start();
    for (const scheme of schemes) {
      const way: ProxyOptions = { scheme, host: "127.0.0.1", port: proxy.port, ...credentials };
      for (const secure of [false, true]) {
        await using server = await origin({ secure });
        await talk(way, server, secure);
        if (!secure && scheme === "http") await talk({ ...way, tunnel: true }, server, secure);
      }
    }
  });
}

/** Two requests on one connection, with content. */
async function talk(proxy: ProxyOptions, server: Place, secure: boolean): Promise<void> {
  await using client = new HttpClient({ proxy, connect: { tls: { ca: [CERTIFICATE.cert] }, family: 4 } });
  const body = "x".repeat(200_000);
  const what = `${proxy.scheme} ${secure} ${proxy.tunnel}`;
  for (const path of ["one", "two"]) {
    const url = `http${secure ? "s" : ""}://localhost:${server.port}/${path}`;
    const response = await client.request({ url, method: "POST", body });
    assert.equal(await response.text(), `POST /${path}`, what);
    // tinyproxy closes each connection that is no tunnel.
    const tunnel = secure || proxy.tunnel || proxy.scheme !== "http";
    if (tunnel) assert.equal(response.connection.reused, path === "two", what);
  }
  assert.equal(server.seen.length % 2, 0, what);
  const head = server.seen.at(-1) ?? "";
  assert.doesNotMatch(head, /proxy-authorization/i, what);
}

test("Digest through squid: a request, contents, tunnels, and curl's command", async () => {
  await using proxy = await squid("digest");
  await using server = await origin();
  const url = `http://localhost:${server.port}/`;
  for (const tunnel of [false, true]) {
    const authenticator = createAuthenticator(USER, nodeDigestMeans());
    const way: ProxyOptions = { scheme: "http", host: "127.0.0.1", port: proxy.port, tunnel, authenticator };
    await using client = new HttpClient({ proxy: way, connect: { family: 4 } });
    // Of a long content that comes with its head, squid 5 reads no more behind its 407, and nothing behind that: curl
    // hangs, too. Through a tunnel, CONNECT has the challenge.
    for (const body of ["short", ...(tunnel ? ["x".repeat(200_000)] : [])]) {
      const response = await client.request({ url: `${url}${tunnel}`, method: "POST", body });
      assert.equal(await response.text(), `POST /${tunnel}`);
    }
  }
  const file = configured("upload", "x".repeat(200_000));
  const asked = ["-x", `127.0.0.1:${proxy.port}`, "-U", `${USER.user}:${USER.password}`, "--proxy-digest"];
  for (const args of [
    ["-T", file],
    ["-d", `@${file}`],
    ["-p", "-d", `@${file}`],
  ]) {
    const { stdout, stderr } = await runCli(["curl", "-4sS", ...asked, ...args, `${url}curl`]);
    assert.match(stdout.toString(), /^(?:PUT|POST) \/curl$/, stderr);
  }
  assert.doesNotMatch(server.seen.join(""), /proxy-authorization/i);
});

test("what real proxies refuse is an error that says so", async () => {
  await using needsUser = await squid();
  await using socks = await microsocks();
  await using server = await origin({ secure: true });
  await using client = new HttpClient({ connect: { tls: { ca: [CERTIFICATE.cert] }, family: 4 } });
  const url = `https://localhost:${server.port}/`;
  const refused = async (proxy: string, code: string, words: RegExp): Promise<void> => {
    await assert.rejects(client.request({ url, proxy }), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      return true;
    });
  };
  const wrong = "someone:wrong@127.0.0.1";
  await refused(`http://127.0.0.1:${needsUser.port}`, "TUNNEL_REFUSED", /407/);
  await refused(`http://${wrong}:${needsUser.port}`, "TUNNEL_REFUSED", /407/);
  await refused(`socks5h://127.0.0.1:${socks.port}`, "PROXY_HANDSHAKE", /wants a user/);
  await refused(`socks5h://${wrong}:${socks.port}`, "PROXY_HANDSHAKE", /refuses user and password/);
  await refused(`http://127.0.0.1:${socks.port}`, "TUNNEL_BROKEN", /CONNECT/);
  // Without a tunnel the 407 is a response.
  const proxy = `http://127.0.0.1:${needsUser.port}`;
  const response = await client.request({ url: `http://localhost:${server.port}/`, proxy });
  assert.equal(response.status, 407);
  response.discard();
  assert.deepEqual(server.seen, []);
});

test("HAProxy takes our PROXY header through a tunnel", async () => {
  await using server = await origin();
  const port = await freePort();
  const file = configured(
    "haproxy.cfg",
    `defaults
      mode http
      timeout client 60s
      timeout server 60s
      timeout connect 60s
    listen test
      bind 127.0.0.1:${port} accept-proxy
      http-request set-header X-Client %[src]:%[src_port]
      server origin 127.0.0.1:${server.port}\n`,
  );
  // HAProxy answers the probe of startDaemon, which sends no header, by closing it.
  await using _haproxy = await daemon("haproxy", port, ["-db", "-f", file]);
  await using proxy = await httpProxy();
  await using client = new HttpClient({
    proxy: { scheme: "http", host: "127.0.0.1", port: proxy.port, tunnel: true },
  });
  for (const version of [1, 2] as const) {
    const remote = { family: "IPv4", host: "1.2.3.4", port: version } as const;
    const response = await client.request({
      url: `http://127.0.0.1:${port}/`,
      connect: { preamble: ({ local }) => writeProxyHeader(version, { remote, local }) },
    });
    assert.equal(response.status, 200);
    await response.bytes();
    assert.match(server.seen.at(-1) ?? "", new RegExp(`x-client 1\\.2\\.3\\.4:${version}(?: |$)`, "i"));
  }
});
