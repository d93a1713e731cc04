import { independent } from "../../bytes/text.ts";

const MAX_HOSTS = 64;
const MAX_HOST_LENGTH = 256;

/** Hosts that were found well-formed. A server has a few names, and need not check them again with each request. */
export class KnownHosts {
  readonly #hosts = new Set<string>();

  has(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** Remembers a well-formed host. When there are too many, all are forgotten. */
  add(host: string): void {
    if (host.length > MAX_HOST_LENGTH) return;
    if (this.#hosts.size === MAX_HOSTS) this.#hosts.clear();
    this.#hosts.add(independent(host));
  }
}
