import { latin1 } from "../../src/bytes/text.ts";
import { readCases } from "../../wire/case.ts";
import { Random } from "../random.ts";
import { requestText, responseText, TOKENS } from "./grammar.ts";
import type { Asked, Input } from "./input.ts";

const MAX_CORPUS_BYTES = 2048;
const MAX_INPUT_LENGTH = 6000;

/** Case `number` of this seed: the same in every run. */
export class Generator {
  readonly #seed: number;
  readonly #corpus = {
    request: corpusOf("request"),
    response: corpusOf("response"),
  };

  constructor(seed: number) {
    this.#seed = seed;
  }

  input(number: number): Input {
    const random = new Random(Math.imul(this.#seed, 0x2545f491) + number);
    const reads = random.chance(0.6) ? "request" : "response";
    const corpus = this.#corpus[reads];
    let text = "";
    for (let messages = 1 + random.below(3); messages > 0; messages--) {
      if (random.chance(0.1)) text += random.pick(corpus);
      else text += reads === "request" ? requestText(random) : responseText(random);
    }
    for (let left = random.pick(MUTATIONS); left > 0; left--) text = mutated(random, text, corpus);
    return { reads, asked: reads === "request" ? [] : asked(random), text: text.slice(0, MAX_INPUT_LENGTH) };
  }
}

const MUTATIONS = [0, 0, 0, 0, 1, 1, 1, 2, 3];

function corpusOf(reads: Input["reads"]): string[] {
  const cases = readCases().filter((one) => one.reads === reads && one.bytes.length <= MAX_CORPUS_BYTES);
  return cases.map((one) => latin1(one.bytes));
}

function asked(random: Random): Asked[] {
  const one = (): Asked => (random.chance(0.7) ? "GET" : random.pick(["HEAD", "POST", "CONNECT", "upgrade"]));
  return [one(), one(), one()];
}

function mutated(random: Random, text: string, corpus: readonly string[]): string {
  const at = random.below(text.length + 1);
  const before = text.slice(0, at);
  const octet = String.fromCharCode(random.below(256));
  switch (random.below(7)) {
    case 0: // an octet changed
      return before + octet + text.slice(at + 1);
    case 1: // inserted
      return before + octet + text.slice(at);
    case 2: // removed
      return before + text.slice(at + 1);
    case 3: // a piece removed
      return before + text.slice(at + random.below(40));
    case 4: // a piece twice
      return text.slice(0, at + random.below(40)) + text.slice(at);
    case 5: {
      // the end of another message
      const other = random.pick(corpus);
      return before + other.slice(random.below(other.length + 1));
    }
    default: // a token put in, or over what is there
      return before + random.pick(TOKENS) + text.slice(at + (random.chance(0.5) ? 0 : random.below(4)));
  }
}
