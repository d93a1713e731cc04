import { otherRole, type Role } from "../http1/state.ts";
import { type Address, formatAddress } from "../tcp/address.ts";

/** Only so many conversations wait for their other end. */
const MAX_WAITING = 1000;

/** Finds the two ends of a conversation: they have the same pair of addresses. Numbers count up from 1. */
export class Conversations {
  /** By role and pair: numbers of conversations whose end of this role is missing, the oldest first. */
  readonly #waiting = new Map<string, number[]>();
  #count = 0;

  /**
   * The number of the conversation of an end that begins. Clients of one Unix socket have the same pair of addresses: the
   * server accepts them in their order.
   */
  join(role: Role, local: Address, remote: Address): number {
    const pair = [formatAddress(local), formatAddress(remote)].sort().join(" ");
    const missing = this.#waiting.get(`${role} ${pair}`)?.shift();
    if (missing !== undefined) return missing;
    const number = ++this.#count;
    const key = `${otherRole(role)} ${pair}`;
    // The pair of a TCP conversation is free again only when that conversation is over.
    const numbers = local.family === "unix" ? (this.#waiting.get(key) ?? []) : [];
    numbers.push(number);
    this.#waiting.delete(key);
    this.#waiting.set(key, numbers);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    return number;
  }
}
