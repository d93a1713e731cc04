import { quote } from "../bytes/text.ts";
import { isLoopback } from "../http/server/host-guard.ts";
import { type HttpServer, serve } from "../http/server/server.ts";
import { TransportError } from "../tcp/errors.ts";
import type { DrainResult } from "../tcp/models/model.ts";
import { withoutBrackets } from "../tcp/resolve.ts";
import { adminHandler } from "./admin-api.ts";
import { Fleet, type FleetOptions, type FleetProxy } from "./admin-fleet.ts";
import { jsonOf, proxiesAsked, proxyAsked } from "./admin-json.ts";
import { type FaultOptions, faultSetOf } from "./fault-options.ts";

/** Where the API is served. */
export interface AdminOptions {
  /** A loopback address, 127.0.0.1 by default. */
  readonly host?: string;
  /** The TCP port, 8474 by default, as toxiproxy's; 0: any free port. */
  readonly port?: number;
  /** Your version: `/version` tells it behind that of the API. None by default. */
  readonly version?: string;
}

/** A proxy that a fleet is to have. */
export interface NewProxy {
  /** Its name: no other proxy of the fleet has it. */
  readonly name: string;
  /** `[HOST]:PORT`; any free port of 127.0.0.1 by default. */
  readonly listen?: string;
  /** The server behind it, as `createProxy` takes it. */
  readonly upstream: string;
  /** Whether it runs at once, `true` by default. */
  readonly enabled?: boolean;
  /** Its faults from the first byte; none by default. */
  readonly faults?: FaultOptions["faults"];
}

/** Proxies by name, whose faults can be changed while they run: toxiproxy's "populated" proxies. */
export interface ProxyFleet extends AsyncDisposable {
  /** Decides all that is random in the faults. */
  readonly seed: number;
  /** How many connections of clients are open, in all proxies that run. */
  readonly open: number;
  /** How many connections the proxies that run have refused, because there were too many. */
  readonly refused: number;
  /** All proxies, in the order in which they were created. */
  list(): readonly FleetProxy[];
  /**
   * Creates a proxy.
   *
   * @throws {AdminError} PROXY_EXISTS, CANNOT_LISTEN (the cause is the TransportError), MISSING_FIELD, …
   * @throws {FaultError} for a fault that is none.
   */
  create(proxy: NewProxy): Promise<FleetProxy>;
  /**
   * Creates the proxies of a list, and replaces those of the same name that are different.
   *
   * @param json as toxiproxy's populate file: a list of `{ name, listen, upstream, enabled, toxics }`.
   * @throws {AdminError} BAD_BODY, MISSING_FIELD, …: nothing was done. CANNOT_LISTEN: those before it are there.
   */
  populate(json: string): Promise<readonly FleetProxy[]>;
  /**
   * Serves toxiproxy's HTTP API for these proxies, on loopback only.
   *
   * @throws {TransportError} when it cannot listen; PERMISSION for an address that is not loopback.
   */
  serveAdmin(options?: AdminOptions): Promise<HttpServer>;
  /** Takes no new connections, and gives the open ones `drainMs` milliseconds. Then no proxy is left. */
  stop(options: { readonly drainMs: number }): Promise<DrainResult>;
  /** Stops without waiting: open connections are reset. Does not stop the API. */
  close(): Promise<void>;
}

/** A fleet without a proxy. @throws {FaultError} for a seed that is none. */
export function createFleet(options: FleetOptions = {}): ProxyFleet {
  const fleet = new Fleet(options);
  const close = () => fleet.close();
  return {
    seed: fleet.seed,
    get open() {
      return fleet.open;
    },
    get refused() {
      return fleet.refused;
    },
    list: () => fleet.list(),
    create: async ({ faults = [], ...proxy }) => {
      const toxics = faultSetOf({ faults })
        .list()
        .map(({ fault }) => fault);
      return fleet.create({ ...proxyAsked(proxy), toxics });
    },
    populate: async (json) => fleet.populate(proxiesAsked(jsonOf(json))),
    serveAdmin: (adminOptions = {}) => serveAdmin(fleet, adminOptions),
    stop: (drain) => fleet.stop(drain),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The port of toxiproxy-server. */
const ADMIN_PORT = 8474;

/** A populate file of a thousand proxies has less. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Whoever can ask may lead anybody's bytes to any server: that is for users of this machine. */
async function serveAdmin(
  fleet: Fleet,
  { host = "127.0.0.1", port = ADMIN_PORT, version }: AdminOptions,
): Promise<HttpServer> {
  if (!(host === "localhost" || isLoopback({ family: "IPv4", host: withoutBrackets(host), port }))) {
    const message = `the API is for this machine only: listen on 127.0.0.1 or ::1, not on ${quote(host)}`;
    throw new TransportError("PERMISSION", "listen", message);
  }
  return serve({
    host,
    port,
    maxBodyBytes: MAX_BODY_BYTES,
    // A page of another name cannot make its name ours (DNS rebinding).
    loopbackHosts: [],
    handler: adminHandler(fleet, version),
  });
}
