import net from "node:net";
import { answersIn, type WireAnswer } from "./answers.ts";
import type { Row } from "./rows.ts";

/** The target of the second request, which finds out whether the connection is kept. Its answer contains the target. */
export const PROBE_PATH = "/probe";
const PROBE = `GET ${PROBE_PATH} HTTP/1.1\r\nHost: probe\r\n\r\n`;

/**
 * The verdict of a server on a row: the statuses of its answers (`HTTP/0.9` for an answer without one), then `close` or
 * `reset` if the server ended the connection so. `silence`: nothing came for `patienceMs`.
 */
export async function ask(port: number, { wire, wanted }: Row, patienceMs: number): Promise<string> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const conversation = new Conversation(socket, methodsOf(wire.events, wire.bytes), patienceMs);
  try {
    socket.write(wire.bytes);
    if (wire.closes) socket.end();
    const answers = wanted.split(" ").filter((word) => word !== "close").length;
    const closes = wire.closes || wanted.endsWith("close");
    await conversation.until((seen) => !closes && seen.length >= answers);
    // After an interim answer the server waits for the content, so no probe is sent.
    if (!conversation.over && (conversation.answers.at(-1)?.status ?? 0) >= 200 && !wire.closes) {
      socket.write(PROBE);
      await conversation.until((seen) => seen.some(isProbed));
    }
    return conversation.verdict;
  } finally {
    socket.destroy();
  }
}

class Conversation {
  readonly #methods: readonly string[];
  readonly #patienceMs: number;
  #received = "";
  #end: "close" | "reset" | undefined;
  #wake = (): void => {};

  constructor(socket: net.Socket, methods: readonly string[], patienceMs: number) {
    this.#methods = methods;
    this.#patienceMs = patienceMs;
    socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#wake();
    });
    // A reset after a FIN lost nothing of the answer: it answers bytes that we sent later.
    for (const [event, end] of [
      ["end", "close"],
      ["error", "reset"],
    ] as const) {
      socket.on(event, () => {
        this.#end ??= end;
        this.#wake();
      });
    }
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  get answers(): WireAnswer[] {
    return answersIn(this.#received, this.#methods, this.over);
  }

  get verdict(): string {
    const answers = this.answers.filter((answer) => !isProbed(answer));
    const statuses = answers.map(({ status }) => (status === 0 ? "HTTP/0.9" : String(status)));
    const words = this.#end === undefined ? statuses : [...statuses, this.#end];
    return words.join(" ") || "silence";
  }

  /** Waits until `wanted` is true, until the end, or until nothing has come for a while. */
  async until(wanted: (answers: readonly WireAnswer[]) => boolean): Promise<void> {
    while (!this.over && !wanted(this.answers) && (await this.#change()));
  }

  #change(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#patienceMs, false);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

const isProbed = ({ status, content }: WireAnswer): boolean => status === 200 && content.includes(PROBE_PATH);

/** The methods of the requests in a case; for a refused request, its first word. */
function methodsOf(events: readonly string[], bytes: Uint8Array): string[] {
  const methods = events.flatMap((line) => /^request (\S+)/.exec(line)?.[1] ?? []);
  return methods.length > 0 ? methods : [Buffer.from(bytes).toString("latin1").split(" ")[0] ?? ""];
}
