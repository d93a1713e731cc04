import type { ClientResponse } from "../../src/http/client/messages.ts";
import type { HostileOrigin } from "./hostile-origin.ts";
import { isPartOf, type Ledger, type Plan } from "./ledger.ts";
import type { Network } from "./network.ts";

const WAYS = ["whole", "whole", "whole", "pieces", "slowly", "a part", "not at all", "forgotten"] as const;

/** Reads answers as programs do, and compares them with what both ends know. */
export class Reader {
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #hostile: HostileOrigin;
  readonly #restedMs = new Map<number, number>();

  constructor(network: Network, ledger: Ledger, hostile: HostileOrigin) {
    this.#network = network;
    this.#ledger = ledger;
    this.#hostile = hostile;
  }

  /** Reads the content in one of the ways that programs do. Returns how far it came. */
  async read(plan: Plan, response: ClientResponse): Promise<string> {
    const { random } = this.#ledger.world;
    if (!this.#isAnswer(plan, response)) {
      response.discard();
      return "not its answer";
    }
    const way = random.pick(WAYS);
    this.#ledger.operations++;
    switch (way) {
      case "whole":
        this.check(plan, response, 0, await response.bytes(), true);
        return way;
      case "pieces":
      case "slowly":
      case "a part":
        return this.#readPieces(plan, response, way);
      case "not at all":
        response.discard();
        return way;
      case "forgotten":
        return way;
      default:
        return way satisfies never;
    }
  }

  async #readPieces(plan: Plan, response: ClientResponse, way: string): Promise<string> {
    const end = this.#network.connection(response.connection.id);
    const { exchanges, bytesIn: bytesBefore } = end;
    let at = 0;
    for await (const bytes of response.body) {
      this.#ledger.operations++;
      this.check(plan, response, at, bytes, false);
      at += bytes.length;
      const waiting = end.exchanges === exchanges ? end.bytesIn - bytesBefore - at : 0;
      if (waiting > this.#ledger.maxUnreadBytes) {
        this.#ledger.breaks(7, `${waiting} bytes of answer ${plan.id} wait in memory`);
      }
      if (way === "a part") return `${at} bytes, and no more`;
      if (way === "slowly") await this.#rest(plan.id);
    }
    this.check(plan, response, at, new Uint8Array(0), true);
    return `${at} bytes`;
  }

  /** Checks that the bytes are those of the content, and that complete content is complete. */
  check(
    plan: Plan,
    { status, connection }: ClientResponse,
    at: number,
    bytes: Uint8Array,
    whole: boolean,
  ): void {
    const { id, method, responseBytes, origin } = plan;
    if (status !== 200) return; // an error answer of the server, with its own text
    if (this.#network.connection(connection.id).unasked === "raced") return;
    if (!isPartOf(id, at, bytes))
      this.#ledger.breaks(4, `the content of answer ${id} differs after ${at} bytes`);
    if (!whole) return;
    const length = at + bytes.length;
    if (length !== (method === "HEAD" ? 0 : responseBytes)) {
      this.#ledger.breaks(4, `answer ${id} was whole with ${length} of ${responseBytes} bytes`);
    }
    if (origin === 2 && this.#hostile.fooled.has(`${connection.id >> 1} ${id}`)) {
      this.#ledger.breaks(4, `answer ${id} was taken for whole`);
    }
  }

  #isAnswer({ id }: Plan, { status, fields, connection }: ClientResponse): boolean {
    const answered = fields.get("x-id");
    if (answered === String(id) || (answered === undefined && status >= 400)) return true;
    if (this.#network.connection(connection.id).unasked === "raced") this.#ledger.races++;
    else this.#ledger.breaks(2, `request ${id} was given the answer ${answered} (${status})`);
    return false;
  }

  /** The time that the reader pauses must not count as the client's time. */
  async #rest(id: number): Promise<void> {
    const { random } = this.#ledger.world;
    const ms = random.chance(0.2) ? 400 : random.below(40); // long enough for the rest to arrive, or not
    this.#restedMs.set(id, this.restedMs(id) + ms);
    await this.#wait(ms);
  }

  restedMs(id: number): number {
    return this.#restedMs.get(id) ?? 0;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ledger.world.after(ms, resolve));
  }
}
