import net from "node:net";
import { answersIn, type WireAnswer } from "./answers.ts";
import type { Row } from "./rows.ts";

/** Where the second request goes that finds out whether the connection is kept; its answer says so. */
export const PROBE_PATH = "/probe";
const PROBE = `GET ${PROBE_PATH} HTTP/1.1\r\nHost: probe\r\n\r\n`;

/**
 * What a server makes of a row: the statuses of its answers (`HTTP/0.9`: it has none), then `close` or `reset` if that is what it did.
 * `silence`: nothing came for so long.
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
    // Behind an interim answer only the content is wanted.
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
    // A reset behind a FIN took nothing from us: it answers what we still sent.
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

  /** Waits for that, for the end, or until nothing has come for a while. */
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

/** Of the requests in a case; of one that is refused, the first word. */
function methodsOf(events: readonly string[], bytes: Uint8Array): string[] {
  const methods = events.flatMap((line) => /^request (\S+)/.exec(line)?.[1] ?? []);
  return methods.length > 0 ? methods : [Buffer.from(bytes).toString("latin1").split(" ")[0] ?? ""];
}
