import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { HttpClient } from "../src/http/client/client.ts";
import type { ProxySetting } from "../src/http/client/proxies/proxy-options.ts";
import type { ConnectOptions } from "../src/tcp/connect.ts";
import { TransportError } from "../src/tcp/errors.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { type Certificate, certificate } from "./tls/certificates.ts";

/*
 * Servers and proxies with certificates that prove nothing, asked directly and through proxies; on a first connection, and
 * after one for which the caller had switched the verification off. None of them may get a request. A good certificate is
 * among them, so that the check can see that the ways lead there.
 */

export const check: Check = {
  promise: "no bad certificate is accepted, from a server or a proxy, on a first connection or a later one",
  runs: { quick: 1, long: 3 },
  run,
};

const HOST = "a.test";
const ADDRESS = "127.0.0.1";
const authority = certificate({ name: "Authority", isAuthority: true });
const stranger = certificate({ name: "Stranger", isAuthority: true });
const old = certificate({ name: "Old", isAuthority: true, issuer: authority, days: [-60, -1] });
const server = certificate({ name: "Server", names: ["b.test"], issuer: authority });
const impostor = { ...certificate({ name: "Authority", isAuthority: true }), chain: "" };
/** Only the certificate itself: what a client trusts has no chain. */
const issuer = { ...authority, chain: "" };

const GOOD = certificate({ name: HOST, names: [HOST, ADDRESS], issuer });
const BAD: Readonly<Record<string, Certificate>> = {
  "it has expired": certificate({ name: HOST, names: [HOST, ADDRESS], issuer, days: [-60, -1] }),
  "it is not valid yet": certificate({ name: HOST, names: [HOST, ADDRESS], issuer, days: [1, 60] }),
  "it is signed by itself": certificate({ name: HOST, names: [HOST, ADDRESS] }),
  "a stranger has signed it": certificate({ name: HOST, names: [HOST, ADDRESS], issuer: stranger }),
  "somebody of the same name has signed it": certificate({
    name: HOST,
    names: [HOST, ADDRESS],
    issuer: impostor,
  }),
  "a server has signed it": certificate({ name: HOST, names: [HOST, ADDRESS], issuer: server }),
  "its authority has expired": certificate({ name: HOST, names: [HOST, ADDRESS], issuer: old }),
  "its signature is broken": certificate({
    name: HOST,
    names: [HOST, ADDRESS],
    issuer,
    hasBrokenSignature: true,
  }),
  "it is for another name and address": certificate({ name: HOST, names: ["b.test", "127.0.0.2"], issuer }),
  "it has no names but the common name": certificate({ name: HOST, issuer }),
  "it is for the names below": certificate({ name: HOST, names: [`*.${HOST}`, "dns:*.0.0.1"], issuer }),
  "it is for all names": certificate({ name: "*", names: ["*", "dns:*.test.", "dns:*"], issuer }),
  "its name goes on behind NUL": certificate({ name: HOST, names: [`${HOST}\0.evil.test`], issuer }),
  "it has the address as a name": certificate({ name: ADDRESS, names: [`dns:${ADDRESS}`, "b.test"], issuer }),
  "it is for clients": certificate({ name: HOST, names: [HOST, ADDRESS], issuer, usage: "client" }),
};

interface Way {
  readonly name: string;
  /** Whose certificate is the bad one; the other one has a good one. */
  readonly bad: "server" | "proxy";
  readonly host: string;
  readonly proxy?: (port: number, securePort: number) => ProxySetting;
}

const trust = { ca: [authority.cert] };
const WAYS: readonly Way[] = [
  { name: "directly", bad: "server", host: HOST },
  { name: "directly, by address", bad: "server", host: ADDRESS },
  { name: "through a tunnel", bad: "server", host: HOST, proxy: (port) => `http://${ADDRESS}:${port}` },
  {
    name: "through a tunnel, by address",
    bad: "server",
    host: ADDRESS,
    proxy: (port) => `http://${ADDRESS}:${port}`,
  },
  {
    name: "through the tunnel of an https proxy",
    bad: "server",
    host: HOST,
    proxy: (_, port) => ({ scheme: "https", host: HOST, port, tls: trust }),
  },
  {
    name: "at an https proxy",
    bad: "proxy",
    host: HOST,
    proxy: (_, port) => ({ scheme: "https", host: HOST, port, tls: trust }),
  },
  {
    name: "at an https proxy, by address",
    bad: "proxy",
    host: HOST,
    proxy: (_, port) => ({ scheme: "https", host: ADDRESS, port, tls: trust }),
  },
];

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const counts = { tried: 0, refused: 0, accepted: 0, wrong: 0 };
  for (let n = 0; n < runs; n++) {
    for (const [fault, bad] of Object.entries({ "": GOOD, ...BAD })) {
      for (const way of WAYS) {
        for (const isLater of [false, true]) {
          const outcome = await asked(way, bad, isLater);
          counts.tried++;
          if (outcome === "accepted") counts.accepted++;
          else counts.refused++;
          const isRight = fault === "" ? outcome === "accepted" : /^TLS_/.test(outcome);
          if (isRight) continue;
          counts.wrong++;
          print(
            `${fault || "nothing is wrong with it"}, ${way.name}, ${isLater ? "later" : "first"}: ${outcome}`,
          );
        }
      }
    }
  }
  const figures = `${counts.tried} connections, ${counts.refused} refused, ${counts.accepted} with the good certificate, ${counts.wrong} wrong`;
  return { passed: counts.wrong === 0, figures };
}

/** "accepted", or the code of the error. */
async function asked(way: Way, bad: Certificate, isLater: boolean): Promise<string> {
  await using origin = await listening(secure(way.bad === "server" ? bad : GOOD, answer));
  await using plain = await listening(net.createServer((socket) => tunnel(socket, origin.port)));
  await using proxy = await listening(
    secure(way.bad === "proxy" ? bad : GOOD, (socket) => tunnel(socket, origin.port)),
  );
  await using client = new HttpClient();
  const url = `https://${way.host}:${origin.port}/`;
  const setting = way.proxy?.(plain.port, proxy.port);
  const connect: ConnectOptions = { lookup: async () => [{ address: ADDRESS, family: 4 }] };
  if (isLater) {
    const blind = { ...trust, insecure: true };
    const without = typeof setting === "object" ? { ...setting, tls: blind } : setting;
    const response = await client.request({
      url,
      connect: { ...connect, tls: blind },
      ...(without && { proxy: without }),
    });
    await response.bytes();
  }
  try {
    const response = await client.request({
      url,
      connect: { ...connect, tls: trust },
      ...(setting && { proxy: setting }),
    });
    await response.bytes();
    return "accepted";
  } catch (error) {
    return error instanceof TransportError ? error.code : String(error);
  }
}

function secure({ cert, keyPem }: Certificate, serve: (socket: tls.TLSSocket) => void): tls.Server {
  return tls.createServer({ cert, key: keyPem }, serve).on("tlsClientError", () => {});
}

function answer(socket: net.Socket): void {
  socket.on("error", () => {});
  socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

/** An HTTP proxy that leads everybody to one port, whatever the name. */
function tunnel(socket: net.Socket, port: number): void {
  socket.on("error", () => {});
  socket.once("data", () => {
    const onwards = net.connect(port, ADDRESS, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onwards).pipe(socket);
    });
    onwards.on("error", () => socket.destroy());
    socket.on("close", () => onwards.destroy());
  });
}

async function listening(each: net.Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<net.Socket>();
  each.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  each.listen(0, ADDRESS);
  await once(each, "listening");
  return {
    port: (each.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      each.close();
      await once(each, "close");
    },
  };
}
