import { formatAddress, hostAndPort } from "../tcp/address.ts";
import { TransportError } from "../tcp/errors.ts";
import type { Faults } from "../tcp/faults/faults.ts";
import type { DrainResult } from "../tcp/models/model.ts";
import { AdminError } from "./admin-errors.ts";
import type { ProxyAsked, ProxyChange } from "./admin-json.ts";
import { type Endpoint, parseListen } from "./admin-listen.ts";
import { checkToxics, Toxics } from "./admin-toxics.ts";
import { faultSetOf } from "./fault-options.ts";
import { createProxy, type ProxyOptions, type ProxyServer } from "./proxy.ts";

/** How the proxies of a fleet are made. */
export interface FleetOptions {
  /** What all proxies have in common: who watches, the limits, TLS. Nothing by default. */
  readonly common?: Omit<ProxyOptions, "host" | "port" | "path" | "upstream" | "forward" | "faults" | "seed">;
  /** Decides all that is random in the faults: as `createProxy` takes it, drawn anew by default. */
  readonly seed?: number;
}

/** A proxy of a fleet, whether it runs or not. */
export interface FleetProxy {
  /** Its name, by which the API knows it. */
  readonly name: string;
  /** Where it listens, or will: `127.0.0.1:20000`. */
  readonly listen: string;
  /** The server behind it, as it was given. */
  readonly upstream: string;
  /** It runs. */
  readonly enabled: boolean;
  /** The faults that it makes. They stay while it does not run. */
  readonly faults: Faults;
}

/** A proxy with its faults as the API shows them. */
export interface ToxicProxy extends FleetProxy {
  readonly toxics: Toxics;
}

interface Entry extends ToxicProxy {
  listen: string;
  upstream: string;
  enabled: boolean;
  running: ProxyServer | undefined;
}

/** More proxies than a test has services. Each one may hold a listening socket. */
const MAX_PROXIES = 1000;

/**
 * Proxies by name, as toxiproxy has them: created, disabled, changed and removed while they run.
 *
 * Everything that changes a proxy waits for what was asked before, so that two requests never start the same proxy.
 */
export class Fleet {
  readonly #common: NonNullable<FleetOptions["common"]>;
  readonly seed: number;
  readonly #proxies = new Map<string, Entry>();
  #last: Promise<unknown> = Promise.resolve();

  constructor({ common = {}, seed }: FleetOptions) {
    this.#common = common;
    this.seed = faultSetOf(seed === undefined ? {} : { seed }).seed;
  }

  /** How many connections of clients are open, in all proxies that run. */
  get open(): number {
    return this.#running().reduce((sum, { listener }) => sum + listener.open, 0);
  }

  /** How many connections the proxies that run have refused, because there were too many. */
  get refused(): number {
    return this.#running().reduce((sum, { listener }) => sum + listener.refused, 0);
  }

  /** All proxies, in the order in which they were created. */
  list(): readonly ToxicProxy[] {
    return [...this.#proxies.values()];
  }

  /** @throws {AdminError} PROXY_NOT_FOUND */
  get(name: string): ToxicProxy {
    return this.#entry(name);
  }

  /** @throws {AdminError} PROXY_EXISTS, CANNOT_LISTEN: there is no new proxy then. */
  create(asked: ProxyAsked): Promise<ToxicProxy> {
    return this.#inTurn(() => {
      if (this.#proxies.has(asked.name)) throw new AdminError("PROXY_EXISTS");
      checkToxics(asked.toxics ?? []);
      return this.#add(asked);
    });
  }

  /** A new address or upstream restarts the proxy. @throws {AdminError} PROXY_NOT_FOUND, CANNOT_LISTEN */
  update(name: string, change: ProxyChange): Promise<ToxicProxy> {
    return this.#inTurn(async () => {
      const entry = this.#entry(name);
      const { listen = entry.listen, upstream = entry.upstream, enabled = entry.enabled } = change;
      // An address that is none is refused here, before anything is stopped.
      if (!isSame(entry, { listen, upstream })) {
        await stop(entry);
        Object.assign(entry, { listen, upstream });
      }
      if (!enabled) await stop(entry);
      else if (!entry.enabled) await this.#run(entry);
      return entry;
    });
  }

  /** @throws {AdminError} PROXY_NOT_FOUND */
  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      await stop(this.#entry(name));
      this.#proxies.delete(name);
    });
  }

  /**
   * Creates these proxies, and replaces those of the same name that are different. Toxics that are given replace those
   * that a proxy has.
   *
   * @param made is filled, so that it tells what was done before an error.
   * @throws {AdminError} CANNOT_LISTEN, TOO_MANY
   */
  populate(asked: readonly ProxyAsked[], made: ToxicProxy[] = []): Promise<readonly ToxicProxy[]> {
    return this.#inTurn(async () => {
      for (const each of asked) {
        const entry = this.#proxies.get(each.name);
        if (entry !== undefined && isSame(entry, each)) {
          if (each.toxics !== undefined) entry.toxics.replaceAll(each.toxics);
          made.push(entry);
          continue;
        }
        if (entry !== undefined) await stop(entry);
        this.#proxies.delete(each.name);
        made.push(await this.#add(each));
      }
      return made;
    });
  }

  /** Starts every proxy, and removes every toxic. @throws {AdminError} CANNOT_LISTEN: the rest is as it was. */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      for (const entry of this.#proxies.values()) {
        if (!entry.enabled) await this.#run(entry);
        entry.toxics.replaceAll([]);
      }
    });
  }

  /** Takes no new connections, and gives the open ones `drainMs` milliseconds. Then no proxy is left. */
  stop(options: { readonly drainMs: number }): Promise<DrainResult> {
    return this.#inTurn(async () => {
      const results = await Promise.all(this.#running().map(({ listener }) => listener.stop(options)));
      this.#proxies.clear();
      return {
        drained: results.every(({ drained }) => drained),
        aborted: results.reduce((sum, { aborted }) => sum + aborted, 0),
      };
    });
  }

  /** Stops without waiting: open connections are reset. */
  async close(): Promise<void> {
    await this.stop({ drainMs: 0 });
  }

  #running(): ProxyServer[] {
    return [...this.#proxies.values()].flatMap(({ running }) => running ?? []);
  }

  async #add({ name, listen, upstream, enabled, toxics }: ProxyAsked): Promise<Entry> {
    if (this.#proxies.size >= MAX_PROXIES) throw new AdminError("TOO_MANY", `${MAX_PROXIES} proxies`);
    const faults = faultSetOf({ seed: this.seed, faults: toxics ?? [] });
    const entry: Entry = {
      name,
      listen: listenText(parseListen(listen)),
      upstream,
      enabled: false,
      faults,
      toxics: new Toxics(faults),
      running: undefined,
    };
    if (enabled) await this.#run(entry);
    this.#proxies.set(name, entry);
    return entry;
  }

  async #run(entry: Entry): Promise<void> {
    const { upstream, faults } = entry;
    try {
      const running = await createProxy({
        ...this.#common,
        ...parseListen(entry.listen),
        upstream,
        faults,
      });
      entry.running = running;
      // Port 0 has become a real port, which stays while the proxy is disabled.
      entry.listen = formatAddress(running.address);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      throw new AdminError("CANNOT_LISTEN", error.message, error);
    }
    entry.enabled = true;
  }

  #entry(name: string): Entry {
    const entry = this.#proxies.get(name);
    if (entry === undefined) throw new AdminError("PROXY_NOT_FOUND");
    return entry;
  }

  #inTurn<Result>(act: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => {}); // Whoever asked is told.
    return result;
  }
}

async function stop(entry: Entry): Promise<void> {
  const { running } = entry;
  entry.running = undefined;
  entry.enabled = false;
  await running?.close();
}

const isSame = (entry: Entry, asked: Pick<ProxyAsked, "listen" | "upstream">): boolean =>
  entry.upstream === asked.upstream && entry.listen === listenText(parseListen(asked.listen));

const listenText = ({ host, port }: Endpoint): string => hostAndPort(host, port);
