import {
  type ExchangeSummary,
  firstOf,
  type HttpHandler,
  practice,
  serve as serveOn,
  staticFiles,
} from "../../http.ts";
import { formatAddress } from "../../tcp.ts";
import { counted, printable, quote, redactText } from "../../trace.ts";
import { type Arguments, integerIn } from "../arguments.ts";
import { overloadLines, serveUntilInterrupted } from "../draining.ts";
import { CommandError, EXIT, fileProblem, UsageError } from "../exit-codes.ts";
import { say } from "../output.ts";
import { startTracing } from "../tracing.ts";
import { version } from "../version.ts";

/** An HTTP server for the files of a directory, and for the practice endpoints. */
export async function serve(args: Arguments<"serve">): Promise<number> {
  const [directory] = args.positionals;
  const path = args.value("unix");
  const host = args.value("host");
  const port = integerIn("--port", args.value("port") ?? "8080", 0, 65_535);
  const model = args.choice("model", ["sequential", "event-loop"]);
  const handler = handlerOf(args, directory);
  const quiet = args.has("silent");
  let exchanges = 0;

  const tracing = await startTracing(args);
  try {
    const server = await serveOn({
      ...(path === undefined ? { port, ...(host !== undefined && { host }) } : { path }),
      ...(model !== undefined && { model }),
      loopbackHosts: [...(host === undefined ? [] : [host]), ...args.values("allow-host")],
      handler,
      serverName: `wirepane/${version()}`,
      observe: () => tracing.observe("server"),
      onExchange: (summary) => {
        exchanges++;
        if (!quiet) say(accessLine(summary));
      },
      onOverload: overloadLines(),
      onRefused: (error, remote) => {
        if (!quiet) say(`${formatAddress(remote)} refused: ${printable(error.message)}`);
      },
    });
    const what = [
      directory === undefined ? [] : printable(directory),
      args.has("no-practice") ? [] : "practice endpoints",
    ];
    say(`serving ${what.flat().join(" and ")} on ${server.url} · Ctrl-C stops`);
    const { listener } = server;
    return await serveUntilInterrupted(
      {
        stop: (options) => server.stop(options),
        get open() {
          return listener.open;
        },
        get refused() {
          return listener.refused;
        },
      },
      () => `${counted(exchanges, "exchange")} on ${counted(listener.accepted, "connection")}`,
    );
  } finally {
    await tracing.finish();
  }
}

function handlerOf(args: Arguments<"serve">, directory: string | undefined): HttpHandler {
  if (directory === undefined) {
    if (args.has("no-practice"))
      throw new UsageError("--no-practice wants a DIR: without one there is nothing to serve");
    return practice();
  }
  const files = filesOf(directory, !args.has("no-listing"));
  return args.has("no-practice") ? files : firstOf(files, practice());
}

function filesOf(directory: string, listing: boolean): HttpHandler {
  try {
    return staticFiles(directory, { listing });
  } catch (error) {
    const problem =
      (error as NodeJS.ErrnoException).code === undefined ? "not a directory" : fileProblem(error);
    throw new CommandError(EXIT.read, `cannot serve ${directory}: ${problem}`);
  }
}

/** `127.0.0.1:5123 "GET /hello HTTP/1.1" 200 13 0.4 ms`. The text of the client is quoted, its secrets are masked. */
function accessLine({
  remote,
  request,
  status,
  contentBytes,
  durationMs,
  complete,
  error,
}: ExchangeSummary): string {
  const line = quote(redactText(`${request.method} ${request.target} HTTP/${request.version}`), 200);
  const cut = complete ? "" : " cut off";
  const why =
    error === undefined ? "" : ` ${printable(error instanceof Error ? error.message : String(error))}`;
  return `${formatAddress(remote)} ${line} ${status} ${contentBytes} ${durationMs.toFixed(1)} ms${cut}${why}`;
}
