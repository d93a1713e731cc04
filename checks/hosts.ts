import { quote, utf8Bytes } from "../src/bytes/text.ts";
import { parsedUrl } from "../src/http/parsed-url.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { SPELLINGS, type Spelling } from "./hosts/spellings.ts";
import { WAYS_OF_NAMES, WAYS_OF_URLS, type Way } from "./hosts/ways.ts";
import { Random } from "./random.ts";

/*
 * One host has many spellings. Whoever checks one spelling and connects by another can be led to a host that was to be
 * out of reach. So every way in which a host gets into the program is asked what it makes of a spelling: all ways have to
 * come to the same host, or all have to refuse.
 */

export const check: Check = {
  promise: "a host is the same host, or is refused, whoever reads it and however it is spelled",
  runs: { quick: SPELLINGS.length + 40, full: 1000, long: 10_000 },
  run,
};

/** The spellings of the table, and then such as are made of pieces: for those, the URL standard says which host it is. */
async function run({ runs, seed, replay, print }: CheckOptions): Promise<CheckResult> {
  const counts = { spellings: 0, answers: 0, refusals: 0, wrong: 0 };
  const numbers = replay === undefined ? Array.from({ length: runs }, (_, n) => n) : [replay];
  for (const n of numbers) {
    const [written, host] = SPELLINGS[n] ?? madeOfPieces(new Random(seed + n));
    counts.spellings++;
    for (const [ways, mayRefuse] of [
      [WAYS_OF_URLS, false],
      [WAYS_OF_NAMES, true],
    ] as const) {
      for (const [name, way] of Object.entries(ways)) {
        const answer = await answerOf(way, written, host ?? "other.test");
        if (answer === undefined) continue;
        counts.answers++;
        if (answer === REFUSED) counts.refusals++;
        const isRight = answer === (host ?? REFUSED) || (mayRefuse && answer === REFUSED);
        if (!isRight) counts.wrong++;
        if (!isRight || replay !== undefined)
          print(`spelling ${n}, ${shown(written)}, is ${shown(host ?? REFUSED)}: ${name} ${shown(answer)}`);
      }
    }
  }
  const figures = [
    `${counts.spellings.toLocaleString("en")} spellings`,
    `${counts.answers.toLocaleString("en")} answers`,
    `${counts.refusals.toLocaleString("en")} of them refusals`,
    `${counts.wrong.toLocaleString("en")} that differ`,
  ];
  return { passed: counts.wrong === 0, figures: figures.join(", ") };
}

const REFUSED = "(refused)";
const shown = (text: string): string => quote(utf8Bytes(text));

async function answerOf(way: Way, written: string, host: string): Promise<string | undefined> {
  try {
    return await way(written, host);
  } catch (error) {
    if (error instanceof Error && ("code" in error || error instanceof TypeError)) return REFUSED;
    throw error; // a mistake of ours is no refusal
  }
}

const PIECES = [
  ..."0 1 127 255 256 0x7f 0177 0x 00 a A org example EXAMPLE localhost xn--bcher-kva bücher １ ａ ß ①".split(
    " ",
  ),
  ..."\0 \t \n % %00 %2e %2E %41 %25 < > ^ | : @ [ ] / \\ ? # :: ffff :80 [::1] \u00ad \u200b".split(" "),
];
const DOTS = [".", ".", ".", "。", "．", "", "%2e"];

function madeOfPieces(random: Random): Spelling {
  let written = random.pick(PIECES);
  for (let more = random.below(4); more > 0; more--) written += random.pick(DOTS) + random.pick(PIECES);
  const url = parsedUrl(`http://${written}/`);
  // Another port would be another place.
  if (url !== undefined && url.port !== "") return madeOfPieces(random);
  return [written, url?.hostname.replace(/^\[|\]$/g, "")];
}
