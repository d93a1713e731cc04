import { H11 } from "./h11.ts";
import type { Input } from "./input.ts";
import { LlhttpOracle } from "./llhttp.ts";
import { NodeOracle } from "./node-parser.ts";
import { readOurs } from "./ours.ts";
import { type Message, type Reading, readVerdict, type Verdict } from "./verdict.ts";

export type OracleName = "node" | "llhttp" | "h11";

/** What every parser made of one input. */
export interface Hearing {
  readonly input: Input;
  readonly ours: Verdict;
  readonly others: ReadonlyMap<OracleName, Verdict>;
}

/** The first place where another parser reads something else than we do. */
export interface Disagreement {
  readonly input: Input;
  readonly who: OracleName;
  /** The number of messages before that place. */
  readonly at: number;
  /** The next message, if one of the parsers read it to its end. */
  readonly our: Message | undefined;
  readonly their: Message | undefined;
  /** Why we refused: the code of the error, and the octet. */
  readonly ourCode: string | undefined;
  readonly ourOffset: number;
  /** Empty if they refused nothing. */
  readonly theirReason: string;
  readonly ours: Reading;
  readonly theirs: Reading;
}

/** The parsers to compare, ready to read. */
export class Panel {
  readonly #node = new NodeOracle();
  readonly #llhttp = new LlhttpOracle();
  readonly #h11 = H11.start();

  /** The parsers that are present, with their versions. */
  get oracles(): string {
    const h11 = this.#h11 === undefined ? "h11 is not installed" : `h11 ${this.#h11.version}`;
    return `Node ${process.versions.node}'s llhttp ${process.versions.llhttp}, undici's llhttp, ${h11}`;
  }

  async hear(inputs: readonly Input[]): Promise<Hearing[]> {
    const fromH11 = this.#h11?.read(inputs);
    const here = inputs.map((input) => {
      const bytes = Buffer.from(input.text, "latin1");
      return {
        input,
        ours: readOurs(input, bytes),
        others: new Map<OracleName, Verdict>([
          ["node", this.#node.read(input, bytes)],
          ["llhttp", this.#llhttp.read(input, bytes)],
        ]),
      };
    });
    for (const [index, verdict] of ((await fromH11) ?? []).entries()) here[index]?.others.set("h11", verdict);
    return here;
  }

  close(): void {
    this.#h11?.stop();
  }
}

export function disagreements({ input, ours, others }: Hearing): Disagreement[] {
  const found: Disagreement[] = [];
  for (const [who, theirs] of others) {
    if (theirs.text !== ours.text) found.push(disagreement(input, who, ours, theirs));
  }
  return found;
}

function disagreement(input: Input, who: OracleName, our: Verdict, their: Verdict): Disagreement {
  const ours = readVerdict(our.text);
  const theirs = readVerdict(their.text);
  let at = 0;
  while (at < ours.messages.length && same(ours.messages[at], theirs.messages[at])) at++;
  return {
    input,
    who,
    at,
    our: ours.messages[at],
    their: theirs.messages[at],
    ourCode: our.code,
    ourOffset: our.offset ?? -1,
    theirReason: their.reason,
    ours,
    theirs,
  };
}

const same = (one: Message | undefined, other: Message | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Whether we read a message to its end that every other parser refused. */
export function weAloneAccept(hearing: Hearing, all: readonly Disagreement[]): boolean {
  const first = all[0]?.at;
  return (
    all.length === hearing.others.size &&
    all.every(
      ({ at, our, their, theirs }) =>
        at === first && our !== undefined && their === undefined && theirs.ending === "!",
    )
  );
}
