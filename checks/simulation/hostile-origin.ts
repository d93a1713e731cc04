import { latin1 } from "../../src/bytes/text.ts";
import { contentOf, type Ledger, type Plan } from "./ledger.ts";
import type { Network, SimulatedConnection } from "./network.ts";

/** What a hostile server does with one request. */
type Trick = (hand: Hand) => void;

/** The tricks by name. If `whole` is false, the answer is not complete: a client that calls it complete was fooled. */
const TRICKS: Record<string, { readonly whole: boolean; readonly play: Trick }> = {
  "answers well": { whole: true, play: (hand) => hand.answer() },
  "answers, and ends": {
    whole: true,
    play(hand) {
      hand.answer();
      hand.end();
    },
  },
  "answers twice": {
    whole: true,
    play(hand) {
      hand.answer();
      hand.unasked();
    },
  },
  "answers, and once more later": {
    whole: true,
    play(hand) {
      hand.answer();
      hand.later(hand.random.below(40), () => hand.unasked());
    },
  },
  "answers, and ends a little later": {
    whole: true,
    play(hand) {
      hand.answer();
      hand.later(hand.random.below(20), () => hand.end());
    },
  },
  "answers in chunks": {
    whole: true,
    play(hand) {
      const { length } = hand.content;
      hand.send(`${hand.head()}Transfer-Encoding: chunked\r\n\r\n`);
      if (length > 0) {
        hand.send(`${length.toString(16)}\r\n`, hand.content);
        hand.send("\r\n");
      }
      if (!hand.isHead) hand.send("0\r\n\r\n");
      hand.answered();
    },
  },
  "answers without a length, and ends": {
    whole: true,
    play(hand) {
      hand.send(`${hand.head()}\r\n`, hand.content);
      hand.answered();
      hand.end();
    },
  },
  "answers without a length, and resets": {
    whole: false,
    play(hand) {
      hand.send(`${hand.head()}\r\n`, hand.content);
      hand.reset(); // at once: an end planned for earlier would complete the answer
    },
  },
  "gives hints, then answers": {
    whole: true,
    play(hand) {
      hand.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3));
      hand.later(hand.random.below(100), () => hand.answer());
    },
  },
  "answers byte by byte": {
    whole: true,
    play(hand) {
      const text = `${hand.head()}Content-Length: ${hand.content.length}\r\n\r\n`;
      const gapMs = hand.random.below(30);
      for (let i = 0; i < text.length; i++) hand.later(i * gapMs, () => hand.send(text.charAt(i)));
      hand.later(text.length * gapMs, () => {
        hand.send("", hand.content);
        hand.answered();
      });
    },
  },
  "ends before it answers": { whole: false, play: (hand) => hand.end() },
  "resets before it answers": { whole: false, play: (hand) => hand.reset() },
  "ends within the content": {
    whole: false,
    play(hand) {
      hand.send(`${hand.head()}Content-Length: ${hand.content.length + 5}\r\n\r\n`, hand.content);
      hand.end();
    },
  },
  "resets within the content": {
    whole: false,
    play(hand) {
      hand.send(`${hand.head()}Content-Length: ${hand.content.length + 5}\r\n\r\n`, hand.content);
      hand.later(3, () => hand.reset());
    },
  },
  "leaves out the last chunk": {
    whole: false,
    play(hand) {
      const { length } = hand.content;
      hand.send(`${hand.head()}Transfer-Encoding: chunked\r\n\r\n${length.toString(16)}`);
      if (length > 0) hand.send("\r\n", hand.content);
      hand.end();
    },
  },
  "frames in two ways": {
    whole: false,
    play: (hand) =>
      hand.send(`${hand.head()}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
  },
  "speaks no HTTP": { whole: false, play: (hand) => hand.send("220 mail.example ESMTP\r\n") },
  "sends half a head": {
    whole: false,
    play(hand) {
      hand.send("HTTP/1.1 200 O");
      hand.end();
    },
  },
  "promises without end": {
    whole: false,
    play: (hand) => hand.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20)),
  },
  "says nothing": { whole: false, play: () => {} },
  "drips, and stops": {
    whole: false,
    play(hand) {
      hand.send(`${hand.head()}Content-Length: ${hand.content.length + 50}\r\n\r\n`, hand.content);
    },
  },
};

const NAMES = Object.keys(TRICKS);

/** A server that breaks the rules. It reads requests just well enough to answer them badly. */
export class HostileOrigin {
  readonly #ledger: Ledger;
  /**
   * The connection and the request (`7 18`) of each answer that cannot be complete. Another connection may bring a good
   * answer to the same request. An answer to HEAD is never listed: it is complete with its head, whatever follows.
   */
  readonly fooled = new Set<string>();
  /** The connections of these answers. They must not be used again. */
  readonly spoiled = new Set<number>();
  readonly #open = new Set<SimulatedConnection>();

  constructor(network: Network, ledger: Ledger, port: number) {
    this.#ledger = ledger;
    network.listen(port, (connection) => this.#serve(connection));
  }

  #serve(connection: SimulatedConnection): void {
    let text = "";
    this.#open.add(connection);
    connection.attach({
      onBytes: (bytes) => {
        text += latin1(bytes);
        text = this.#takeRequests(connection, text);
      },
      onEnd: () => void connection.end(),
      onClose: () => void this.#open.delete(connection),
    });
  }

  /** Whether this is an end of the hostile server: it may break any promise. */
  has(end: SimulatedConnection): boolean {
    return this.#open.has(end);
  }

  /** Aborts all connections: the hostile server has no deadlines, so they would stay for ever. */
  stop(): void {
    for (const connection of this.#open) connection.abort();
  }

  #takeRequests(connection: SimulatedConnection, received: string): string {
    let text = received;
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd === -1) return text;
      const head = text.slice(0, headEnd);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (text.length < headEnd + 4 + length) return text;
      text = text.slice(headEnd + 4 + length);
      const plan = this.#ledger.plans[Number(/x-id: (\d+)/i.exec(head)?.[1])] as Plan;
      this.#play(connection, plan);
    }
  }

  #play(connection: SimulatedConnection, plan: Plan): void {
    this.#ledger.operations++;
    const { random } = this.#ledger.world;
    const name = random.chance(0.5) ? "answers well" : random.pick(NAMES);
    const { whole, play } = TRICKS[name] as (typeof TRICKS)[string];
    if (name !== "answers well") this.#ledger.fault(`request ${plan.id}: the server ${name}`);
    const link = connection.id >> 1;
    if (!whole && plan.method !== "HEAD") {
      this.fooled.add(`${link} ${plan.id}`);
      this.spoiled.add(link);
    }
    play(new Hand(connection, plan, this.#ledger));
  }
}

/** The means to play a trick: a connection, the request, and ways to send. */
class Hand {
  readonly content: Uint8Array;
  readonly #connection: SimulatedConnection;
  readonly #plan: Plan;
  readonly #ledger: Ledger;

  constructor(connection: SimulatedConnection, plan: Plan, ledger: Ledger) {
    this.#connection = connection;
    this.#plan = plan;
    this.#ledger = ledger;
    this.content = contentOf(plan.id, this.isHead ? 0 : plan.responseBytes);
  }

  get random() {
    return this.#ledger.world.random;
  }

  head(): string {
    return `HTTP/1.1 200 OK\r\nX-Id: ${this.#plan.id}\r\n`;
  }

  get isHead(): boolean {
    return this.#plan.method === "HEAD";
  }

  answer(): void {
    this.answered();
    this.send(`${this.head()}Content-Length: ${this.#plan.responseBytes}\r\n\r\n`, this.content);
  }

  /** Counts one more complete answer. */
  answered(): void {
    this.#connection.exchanges++;
  }

  /** Sends an answer to no request, with an id that no request has. */
  unasked(): void {
    if (!this.#connection.sending) return;
    this.#connection.willNotBeAsked();
    this.send("HTTP/1.1 200 OK\r\nX-Id: unasked\r\nContent-Length: 5\r\n\r\nhello");
  }

  send(head: string, content?: Uint8Array): void {
    if (!this.#connection.sending) return;
    this.#connection.send(head);
    if (content !== undefined && content.length > 0) this.#connection.send(content);
  }

  end(): void {
    void this.#connection.end();
  }

  reset(): void {
    this.#connection.abort();
  }

  later(ms: number, action: () => void): void {
    this.#ledger.world.after(ms, action);
  }
}
