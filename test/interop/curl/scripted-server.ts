import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { CERTIFICATE } from "../../support/certificate.ts";
import type { Answer, Answers, DetailedAnswer } from "./case.ts";
import { contentEnd, headEnd } from "./request-end.ts";

export interface Script {
  readonly answers: Answers;
  readonly connect?: Answers | undefined;
  readonly first?: readonly (readonly [wait: RegExp, send: string])[] | undefined;
  readonly piece?: number | undefined;
  /** Is put over each text that is sent. */
  readonly fill: (text: string) => string;
}

/** A server on loopback that answers by a script and keeps what it receives. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Begins anew: with the first answer, and with nothing received. */
  reset(): void;
  /** Every octet of each connection, in the order of the connections. Waits until the clients' connections have ended. */
  received(): Promise<readonly string[]>;
}

/** @param more where it listens beside a port of 127.0.0.1: ::1, the path of a Unix socket */
export async function scriptedServer(
  script: Script,
  more: { readonly ipv6?: boolean; readonly path?: string | undefined } = {},
): Promise<ScriptedServer> {
  let turns = new Turns(script);
  const servers: net.Server[] = [];
  const listen = async (where: net.ListenOptions): Promise<net.Server> => {
    const server = net.createServer({ noDelay: true }, (socket) => turns.accept(socket)).listen(where);
    await once(server, "listening");
    servers.push(server);
    return server;
  };
  const { port } = (await listen({ port: 0, host: "127.0.0.1" })).address() as net.AddressInfo;
  if (more.ipv6) await listen({ port, host: "::1" });
  if (more.path !== undefined) await listen({ path: more.path });
  return {
    port,
    reset() {
      turns.close();
      turns = new Turns(script);
    },
    async received() {
      // The client has ended, so its connections wait to be accepted: Node accepts all of them in its next turn.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      return turns.received();
    },
    async [Symbol.asyncDispose]() {
      turns.close();
      await Promise.all(servers.map((server) => once(server.close(), "close")));
    },
  };
}

/** One run of the script. */
class Turns {
  readonly #script: Script;
  readonly #connections: Connection[] = [];
  readonly #next = { answers: 0, connect: 0 };

  constructor(script: Script) {
    this.#script = script;
  }

  accept(socket: net.Socket): void {
    const connection = new Connection(this.#script, (method, path) => this.#answer(method, path));
    this.#connections.push(connection);
    connection.serve(socket).catch((error: unknown) => connection.fail(error));
  }

  #answer(method: string, path: string): Answer {
    const kind = method === "CONNECT" ? "connect" : "answers";
    const answers = this.#script[kind] ?? "HTTP/1.1 200 Connection established\r\n\r\n";
    if (typeof answers === "string" || isDetailed(answers)) return answers;
    if (isList(answers)) return answers[Math.min(this.#next[kind]++, answers.length - 1)] ?? "";
    const named = path.replace(/^https?:\/\/[^/]*/i, "").replace(/\?.*/s, "");
    return answers[named] ?? answers["*"] ?? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  }

  async received(): Promise<readonly string[]> {
    const timer = setTimeout(() => this.close(), 2_000);
    await Promise.all(this.#connections.map(({ ended }) => ended));
    clearTimeout(timer);
    return this.#connections.map(({ record }) => record).filter((record) => record !== "");
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

class Connection {
  readonly #script: Script;
  readonly #answer: (method: string, path: string) => Answer;
  #socket: net.Socket | undefined;
  /** Below `#socket`, where that is TLS. */
  #tcp: net.Socket | undefined;
  #unread = "";
  #isOver = false;
  #wake = () => {};
  #markEnded = () => {};
  /** Everything received; where TLS began stands a line in brackets. */
  record = "";
  /** What comes now is kept. */
  #isRecorded = true;
  readonly ended = new Promise<void>((resolve) => {
    this.#markEnded = resolve;
  });

  constructor(script: Script, answer: (method: string, path: string) => Answer) {
    this.#script = script;
    this.#answer = answer;
  }

  async serve(socket: net.Socket): Promise<void> {
    this.#take(socket);
    socket.once("close", () => this.#markEnded());
    for (const [wait, send] of this.#script.first ?? []) {
      const match = await this.#until(() => wait.exec(this.#unread));
      if (match === undefined) return this.close();
      this.#unread = this.#unread.slice(match.index + match[0].length);
      await this.#send(send);
    }
    await this.#until(() => this.#unread[0]);
    while (await this.#exchange());
  }

  /** One request and its answer; whether another may follow. */
  async #exchange(): Promise<boolean> {
    const proxyLine = /^PROXY .*\r\n/.exec(this.#unread)?.[0] ?? "";
    this.#unread = this.#unread.slice(proxyLine.length);
    if ((await this.#until(() => this.#unread[0])) === "\x16") this.#secure();
    const end = await this.#until(() => headEnd(this.#unread));
    if (end === undefined) return false;
    const head = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end);
    const [method = "", path = ""] = head.split(" ");
    const given = this.#answer(method, path);
    const answer: DetailedAnswer = typeof given === "string" ? { bytes: given } : given;
    const isAsked = /^expect: *100-continue/im.test(head);
    if (isAsked && !answer.early) await this.#send(answer.interim ?? "HTTP/1.1 100 Continue\r\n\r\n");
    if (!answer.early && !(await this.#content(head))) return false;
    // Whether a client sends its next request into the end of the connection is a matter of microseconds.
    if (!answer.early) this.#isRecorded = (answer.end ?? "keep") === "keep";
    await this.#send(method === "HEAD" ? upToContent(answer.bytes) : answer.bytes);
    // Who asks first, and hears a final answer, keeps its content.
    if (answer.early && !isAsked && !(await this.#content(head))) return false;
    if (answer.end === "reset") this.#socket?.resetAndDestroy();
    if (answer.end === "close") this.#socket?.end();
    if (answer.end === "cut") this.#tcp?.end();
    return (answer.end ?? "keep") === "keep";
  }

  async #content(head: string): Promise<boolean> {
    const end = await this.#until(() => contentEnd(head, this.#unread));
    this.#unread = this.#unread.slice(end ?? 0);
    return end !== undefined;
  }

  #take(socket: net.Socket): void {
    this.#socket = socket;
    socket.on("error", () => this.#over()); // the client has reset
    socket.on("data", (bytes: Buffer) => {
      const text = bytes.toString("latin1");
      this.#unread += text;
      // Octets of TLS are not comparable: what it carries is.
      if (this.#isRecorded) this.record += text.replace(/^(PROXY .*\r\n)?\x16[\s\S]*/, "$1");
      this.#wake();
    });
    socket.on("end", () => {
      this.#over();
      socket.destroy();
    });
    socket.on("close", () => this.#over());
  }

  /** The client has begun with TLS: everything that follows is inside of it. */
  #secure(): void {
    const outer = this.#socket as net.Socket;
    this.#tcp = outer;
    outer.removeAllListeners("data").removeAllListeners("end");
    outer.pause();
    outer.unshift(Buffer.from(this.#unread, "latin1"));
    this.#unread = "";
    const inner = new tls.TLSSocket(outer, {
      isServer: true,
      secureContext: tls.createSecureContext(CERTIFICATE),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    inner.on("secure", () => {
      const name = inner.getPeerCertificate().subject?.CN;
      this.record += `[${inner.getProtocol()}${name === undefined ? "" : `, client ${name}`}]\n`;
    });
    this.#take(inner);
  }

  /** Waits until `look` finds something; undefined once the client has ended. */
  async #until<Found>(look: () => Found | undefined | null): Promise<Found | undefined> {
    for (;;) {
      const found = look() ?? undefined;
      if (found !== undefined) return found;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** In small pieces, so that no client can count on a whole line. */
  async #send(script: string): Promise<void> {
    const text = this.#script.fill(script);
    const size = this.#script.piece ?? 20;
    for (let at = 0; at < text.length && !this.#isOver; at += size) {
      this.#socket?.write(text.slice(at, at + size), "latin1");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #over(): void {
    this.#isOver = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.record += `[the server failed: ${error}]`;
    this.close();
  }

  close(): void {
    this.#socket?.destroy();
    this.#over();
    this.#markEnded();
  }
}

function upToContent(bytes: string): string {
  const end = headEnd(bytes);
  return end === undefined ? bytes : bytes.slice(0, end);
}

function isList(answers: Answers): answers is readonly Answer[] {
  return Array.isArray(answers);
}

function isDetailed(answers: Answers): answers is DetailedAnswer {
  return typeof answers === "object" && "bytes" in answers;
}
