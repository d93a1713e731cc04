import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import { CERTIFICATE } from "../../support/certificate.ts";

// Proxies and a server for tests, made of Node's own parts. They share no line with ours.

export interface Place extends AsyncDisposable {
  readonly port: number;
  /** What each connection or request asked for, in order. */
  readonly seen: string[];
}

/** An origin that says what it was asked, over TLS if asked to. */
export async function origin({ secure = false } = {}): Promise<Place> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    const { method, url, rawHeaders } = request;
    seen.push(`${method} ${url} ${rawHeaders.join(" ")}`);
    request.resume().on("end", () => response.end(`${method} ${url}`));
  });
  if (!secure) return place(server, seen);
  const outer = tls.createServer({ cert: CERTIFICATE.cert, key: CERTIFICATE.key }, (socket) => {
    server.emit("connection", socket);
  });
  return place(outer, seen);
}

interface HttpProxyOptions {
  /** Speak TLS with clients. */
  readonly secure?: boolean;
  /** The Proxy-Authorization that is wanted; none by default. */
  readonly wanted?: string;
  /** How a tunnel is granted. */
  readonly granted?: string;
}

/** An HTTP proxy: absolute-form is answered by the proxy itself, and CONNECT leads on. */
export async function httpProxy({ secure, wanted, granted }: HttpProxyOptions = {}): Promise<Place> {
  const seen: string[] = [];
  const refuses = (request: http.IncomingMessage): boolean => {
    const { method, url, headers } = request;
    seen.push(`${method} ${url} ${headers["proxy-authorization"] ?? "-"}`);
    return wanted !== undefined && headers["proxy-authorization"] !== wanted;
  };
  const server = http.createServer((request, response) => {
    const refused = refuses(request);
    request.resume().on("end", () => {
      if (refused) response.writeHead(407, { "Proxy-Authenticate": "Test who" });
      response.end("from the proxy");
    });
  });
  server.on("connect", (request: http.IncomingMessage, socket: net.Socket) => {
    socket.on("error", () => {});
    if (refuses(request)) {
      socket.end(
        "HTTP/1.1 407 Who\r\nProxy-Authenticate: Test who\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      );
      return;
    }
    const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
    leadOn(socket, host, Number(port), granted ?? "HTTP/1.1 200 OK\r\n\r\n");
  });
  if (!secure) return place(server, seen);
  const outer = tls.createServer({ cert: CERTIFICATE.cert, key: CERTIFICATE.key }, (socket) => {
    server.emit("connection", socket);
  });
  return place(outer, seen);
}

/** A SOCKS proxy (4, 4a and 5) that takes every user, and says whom it took. */
export async function socksProxy(): Promise<Place> {
  const seen: string[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    void serveSocks(socket, seen).catch(() => socket.destroy());
  });
  return place(server, seen);
}

async function serveSocks(socket: net.Socket, seen: string[]): Promise<void> {
  const take = async (length: number): Promise<Buffer> => {
    for (;;) {
      const bytes: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
      if (bytes !== null) return bytes;
      await once(socket, "readable");
    }
  };
  const text = async (): Promise<string> => {
    let all = "";
    for (;;) {
      const octet = await take(1);
      if (octet[0] === 0) return all;
      all += octet.toString("latin1");
    }
  };
  const [version] = await take(1);
  if (version === 4) {
    const front = await take(7);
    const user = await text();
    const address = front.subarray(3).join(".");
    const host = address === "0.0.0.1" ? await text() : address;
    seen.push(`socks4 ${user} ${host}:${front.readUInt16BE(1)}`);
    leadOn(socket, host, front.readUInt16BE(1), Buffer.from([0, 90, 0, 0, 0, 0, 0, 0]));
    return;
  }
  const methods = await take((await take(1))[0] ?? 0);
  let user = "-";
  if (methods.includes(2)) {
    socket.write(Buffer.from([5, 2]));
    const name = await take((await take(2))[1] ?? 0);
    user = `${name}:${await take((await take(1))[0] ?? 0)}`;
    socket.write(Buffer.from([1, 0]));
  } else {
    socket.write(Buffer.from([5, 0]));
  }
  const [, , , type] = await take(4);
  const octets = await take(type === 1 ? 4 : type === 4 ? 16 : ((await take(1))[0] ?? 0));
  const port = (await take(2)).readUInt16BE(0);
  const host =
    type === 3
      ? octets.toString("latin1")
      : type === 1
        ? octets.join(".")
        : (octets.toString("hex").match(/.{4}/g) ?? []).join(":");
  seen.push(`socks5 ${user} ${type === 3 ? "name" : "address"} ${host}:${port}`);
  leadOn(socket, host, port, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
}

/** Every name is this machine. */
function leadOn(socket: net.Socket, host: string, port: number, granted: string | Buffer): void {
  const onward = net.connect({ host: net.isIP(host) === 0 ? "127.0.0.1" : host, port }, () => {
    socket.write(granted);
    socket.pipe(onward).pipe(socket);
  });
  onward.on("error", () => socket.destroy());
  socket.on("close", () => onward.destroy());
}

async function place(server: net.Server, seen: string[]): Promise<Place> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
