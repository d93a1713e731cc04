import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type HttpServer,
  json,
  problem,
  type ServerRequest,
  type ServerResponse,
  serve,
} from "../../http.ts";
import { type TraceRecord, toNdjson } from "../../trace.ts";
import { GUARD_FIELDS, readAssets } from "./assets.ts";
import { Feed } from "./feed.ts";
import { Gauges } from "./gauges.ts";
import { type Purpose, refusalOf } from "./guard.ts";

/** Does what the page asks for, by name. What it returns is the answer; an `ActionError` is shown on the page. */
export type Actions = Readonly<Record<string, (asked: unknown) => Promise<unknown>>>;

/** An action that cannot be done: the page shows why. */
export class ActionError extends Error {
  /** The name of the class. */
  override readonly name = "ActionError";
}

/** How the page is served. */
export interface LabOptions {
  /** The port of the page, on 127.0.0.1. By default any free one. */
  readonly port?: number;
  /** What the page may ask for. Nothing by default: it only looks. */
  readonly actions?: Actions;
  /** The folder with the built page. By default the one of the package. */
  readonly folder?: string;
  /** How long the page is served while nobody looks: 30 minutes by default, in milliseconds. */
  readonly maxUnwatchedMs?: number;
}

/** The page, served. */
export interface Lab extends AsyncDisposable {
  /** What to open: it has the token that lets the page read. */
  readonly url: string;
  /** Passes a record on to every page. Its secrets must have been masked. */
  add(record: TraceRecord): void;
  /** Tells every page something besides records. */
  tell(name: string, value: unknown): void;
  /** The recording is complete. */
  end(): void;
  /** Resolves when the page is not served any more: it was closed, or nobody looked for `maxUnwatchedMs`. */
  readonly stopped: Promise<void>;
  /** Stops serving the page. */
  close(): Promise<void>;
}

const MAX_ACTION_BYTES = 1024 * 1024;
const TOKEN_BYTES = 16;

/** Serves the page on loopback. @throws {TransportError} when the port is taken. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const assets = readAssets(options.folder ?? builtPage());
  const watch = new UnwatchedTimer(options.maxUnwatchedMs ?? MAX_UNWATCHED_MS);
  const feed = new Feed({
    onReaders: (readers) => {
      watch.readers(readers);
      gauges.readers(readers);
    },
  });
  const gauges = new Gauges((told) => feed.tell("gauges", told));
  const actions = { ...gaugeActions(gauges), ...options.actions };
  const token = randomBytes(TOKEN_BYTES).toString("hex");
  const own = { port: 0, token };
  const server: HttpServer = await serve({
    port: options.port ?? 0,
    handler: async (request) => {
      const refusal = refusalOf(request, purposeOf(request), own);
      if (refusal !== undefined) return problem(refusal.status, refusal.sentence, GUARD_FIELDS);
      if (request.path === "/records") return recordsOf(feed);
      if (request.path.startsWith(ACTION_PATH)) return act(request, actions);
      return assets.get(request.path) ?? problem(404, "the page has no such file", GUARD_FIELDS);
    },
  });
  own.port = server.address.family === "unix" ? 0 : server.address.port;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const close = async (): Promise<void> => {
    watch.stop();
    gauges.stop();
    await server.close();
    stop();
  };
  watch.start(() => void close());
  return {
    url: `${server.url}#token=${token}`,
    add: (record) => {
      gauges.add(record);
      feed.add(toNdjson(record));
    },
    tell: (name, value) => feed.tell(name, value),
    end: () => {
      gauges.stop();
      feed.end();
    },
    stopped,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Every page may ask what the kernel holds of its connections. Only Linux tells. */
const gaugeActions = (gauges: Gauges): Actions => ({
  gauges: async (asked) => {
    const on = typeof asked === "object" && asked !== null && "on" in asked && asked.on === true;
    if (process.platform !== "linux")
      throw new ActionError("only Linux tells programs how much its queues hold");
    gauges.switch(on);
    return { on };
  },
});

/** The page is in `dist/page/`. This code is in `dist/lab/host/`, or in the bundle of the command, in `dist/`. */
function builtPage(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith(".cjs") ? "./page/" : "../../page/", here));
}

/** An old page is no open door for ever. */
const MAX_UNWATCHED_MS = 30 * 60 * 1000;

/** Tells when nobody has looked for some time. Does not keep the process alive. */
class UnwatchedTimer {
  readonly #ms: number;
  #expired: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  start(expired: () => void): void {
    this.#expired = expired;
    this.readers(0);
  }

  readers(count: number): void {
    clearTimeout(this.#timer);
    if (count === 0) this.#timer = setTimeout(this.#expired, this.#ms).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#expired = () => {};
  }
}

const ACTION_PATH = "/actions/";

function purposeOf({ path }: ServerRequest): Purpose {
  if (path.startsWith(ACTION_PATH)) return "action";
  return path === "/records" ? "records" : "file";
}

const recordsOf = (feed: Feed): ServerResponse => ({
  fields: [["Content-Type", "text/event-stream"], ...GUARD_FIELDS],
  body: feed.events(),
});

async function act(request: ServerRequest, actions: Actions): Promise<ServerResponse> {
  const name = request.path.slice(ACTION_PATH.length);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) return problem(404, "this page has no such action", GUARD_FIELDS);
  let asked: unknown;
  try {
    asked = JSON.parse(new TextDecoder().decode(await request.bytes(MAX_ACTION_BYTES)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return problem(400, "the content is no JSON", GUARD_FIELDS);
  }
  try {
    return json((await action(asked)) ?? {}, 200, GUARD_FIELDS);
  } catch (error) {
    if (error instanceof ActionError) return problem(422, error.message, GUARD_FIELDS);
    throw error;
  }
}
