import {
  type ClientResponse,
  type FollowedResponse,
  followRedirects,
  HttpClient,
  type RequestInput,
} from "../../http.ts";
import type { InformationalHead } from "../../http1.ts";
import type { ConnectOptions } from "../../tcp.ts";
import type { Arguments } from "../arguments.ts";
import { authorities } from "../certificates.ts";
import { type Destination, destinationFor } from "../curl/destination.ts";
import { AS_CURL } from "../curl/leniency.ts";
import { RawBody } from "../curl/raw-body.ts";
import { requestsFrom } from "../curl/request.ts";
import { Verbose } from "../curl/verbose.ts";
import { CommandError, described, EXIT } from "../exit-codes.ts";
import { interruptSignal } from "../interrupt.ts";
import { observers } from "../observers.ts";
import { OutputClosed } from "../output.ts";
import { report } from "../report.ts";
import { startTracing } from "../tracing.ts";

/** One request for each URL, one after the other, over connections that are kept. */
export async function http(args: Arguments<"http">): Promise<number> {
  const requests = requestsFrom(args);
  const limits = limitsOf(args);
  const signal = interruptSignal();
  const tracing = await startTracing(args);
  const raw = args.has("raw") ? new RawBody() : undefined;
  const verbose = args.has("verbose") ? new Verbose(args.has("reveal")) : undefined;
  const client = new HttpClient({
    connect: connectOptions(args),
    leniency: AS_CURL,
    // As in curl, only -m limits the time after connecting.
    headTimeoutMs: Number.POSITIVE_INFINITY,
    bodyTimeoutMs: Number.POSITIVE_INFINITY,
    writeTimeoutMs: Number.POSITIVE_INFINITY,
    observe: () => observers(tracing.observe("client"), raw, verbose),
  });
  const transfer = new Transfer(args, client, signal, limits, raw, verbose);
  // As in curl, every URL is tried, and the last one decides the exit code.
  let exitCode: number = EXIT.ok;
  for (const [index, request] of requests.entries()) {
    try {
      await transfer.run(request, index);
      exitCode = EXIT.ok;
    } catch (error) {
      if (signal.aborted || error instanceof OutputClosed) {
        exitCode = await report(signal.aborted ? transfer.interruption() : error);
        break;
      }
      const quiet = args.has("silent") && !args.has("show-error");
      exitCode = quiet ? described(error).exitCode : await report(error);
    }
  }
  // A kept connection ends with the command: the timeline shows that end, too.
  if (tracing.on) await client.close();
  await tracing.closed();
  await tracing.finish();
  return exitCode;
}

interface Limits {
  readonly maxTimeMs: number | undefined;
  readonly maxRedirects: number;
}

function limitsOf(args: Arguments<"http">): Limits {
  return { maxTimeMs: args.milliseconds("max-time"), maxRedirects: args.integer("max-redirs", 0) ?? 50 };
}

/** The transfers of one command line. */
class Transfer {
  readonly #args: Arguments<"http">;
  readonly #client: HttpClient;
  readonly #signal: AbortSignal;
  readonly #limits: Limits;
  readonly #raw: RawBody | undefined;
  readonly #verbose: Verbose | undefined;
  #contentBytes = 0;

  constructor(
    args: Arguments<"http">,
    client: HttpClient,
    signal: AbortSignal,
    limits: Limits,
    raw: RawBody | undefined,
    verbose: Verbose | undefined,
  ) {
    this.#args = args;
    this.#client = client;
    this.#signal = signal;
    this.#limits = limits;
    this.#raw = raw;
    this.#verbose = verbose;
  }

  async run(request: RequestInput, index: number): Promise<void> {
    this.#contentBytes = 0;
    const heads: string[] = [];
    const open = destinationFor(this.#args, index, request.url as URL);
    const { response } = await this.#respond(request, heads);
    const failed = response.status >= 400;
    if (failed && this.#args.has("fail") && !this.#args.has("fail-with-body")) {
      response.discard();
      throw statusError(response);
    }
    try {
      const destination = open();
      if (this.#args.has("include") || this.#args.has("head")) {
        await destination.write(Buffer.from(heads.join(""), "latin1"));
      }
      await this.#copyContent(response, destination);
      await destination.end();
    } catch (error) {
      response.discard();
      throw error;
    }
    if (failed && this.#args.has("fail-with-body")) throw statusError(response);
  }

  /** The error of Ctrl-C, with how much content had come. */
  interruption(): CommandError {
    const { exitCode, message } = this.#signal.reason as CommandError;
    return new CommandError(exitCode, `${message} after ${this.#contentBytes} bytes of content`);
  }

  /** Sends the request, and with -L follows its redirects. `heads` gets every head that was received. */
  #respond(request: RequestInput, heads: string[]): Promise<FollowedResponse> {
    const { maxTimeMs, maxRedirects } = this.#limits;
    const endsAt = maxTimeMs === undefined ? undefined : performance.now() + maxTimeMs;
    let requests = 0;
    // The first request has all of the time, so that its error names the time that the user gave. Others have the rest.
    const timeLeft = (): { timeoutMs: number } | undefined => {
      if (maxTimeMs === undefined || endsAt === undefined) return undefined;
      const restMs = Math.max(1, Math.ceil(endsAt - performance.now()));
      return { timeoutMs: requests++ === 0 ? maxTimeMs : restMs };
    };
    const note = (head: string) => {
      heads.push(head);
      this.#verbose?.received(head);
    };
    const send = async (input: RequestInput): Promise<ClientResponse> => {
      this.#verbose?.next();
      const response = await this.#client.request({
        ...input,
        signal: this.#signal,
        onInformational: (head) => note(headText(head)),
        ...timeLeft(),
      });
      note(headText(response));
      return response;
    };
    if (!this.#args.has("location")) return send(request).then((response) => ({ response, urls: [] }));
    return followRedirects(request, send, {
      maxRedirects,
      allowDowngrade: true,
      safeFields: "all",
      resendContent: true,
      keepMethod: this.#args.has("request"),
    });
  }

  async #copyContent(response: ClientResponse, destination: Destination): Promise<void> {
    try {
      for await (const chunk of response.body) {
        this.#contentBytes += chunk.length;
        await destination.write(this.#raw === undefined ? chunk : this.#raw.take());
      }
    } finally {
      // Write the bytes that came before an error, too.
      if (this.#raw !== undefined) await destination.write(this.#raw.take());
    }
  }
}

function connectOptions(args: Arguments<"http">): ConnectOptions {
  const timeoutMs = args.milliseconds("connect-timeout");
  const path = args.value("unix-socket");
  const ca = args.value("cacert");
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(path !== undefined && { path }),
    ...(args.has("ipv4") && { family: 4 }),
    ...(args.has("ipv6") && { family: 6 }),
    tls: { insecure: args.has("insecure"), ...(ca !== undefined && { ca: authorities(ca) }) },
  };
}

/** The head as it was received, except for whitespace around values. */
function headText({ version, status, reason, fields }: ClientResponse | InformationalHead): string {
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/${version} ${status} ${reason}\r\n${lines.join("")}\r\n`;
}

function statusError({ status, reason }: ClientResponse): CommandError {
  return new CommandError(EXIT.httpStatus, `the server answered ${status} ${reason}`.trimEnd());
}
