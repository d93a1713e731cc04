// What tools/curl-cases.js runs: see there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DetailedCase, shown } from "./case.ts";
import { type Deed, type Program, runBoth } from "./compare.ts";
import { TOPICS } from "./topics.ts";
import { refusalOf, verdictOf } from "./verdict.ts";

/** Runs the cases of these names (`proxies`, `proxies 12`, `proxies 12-20`, or a word of the line) and prints what differs. */
export async function byHand(
  programs: readonly [Program, Program],
  names: readonly string[],
): Promise<boolean> {
  const [wanted, numbers] = names;
  const chosen = TOPICS.flatMap(({ name, cases }) =>
    cases.map((given, at) => ({ name, at: at + 1, given })),
  ).filter(
    ({ name, at, given }) =>
      wanted === undefined ||
      (name === wanted ? isIn(numbers, at) : shown(given).includes(wanted) && !isTopic(wanted)),
  );
  const folder = mkdtempSync(join(tmpdir(), "wirepane-cases-"));
  const byTopic = new Map<string, { same: number; all: number }>();
  const queue = [...chosen.entries()];
  const report = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, { name, at, given }] = next;
      const [theirs, ours] = await runBoth(
        { ...given, refused: refusalOf(given) },
        programs,
        join(folder, String(index)),
      );
      const verdict = verdictOf(given, theirs, ours);
      const count = byTopic.get(name) ?? { same: 0, all: 0 };
      byTopic.set(name, { same: count.same + (verdict.length === 0 ? 1 : 0), all: count.all + 1 });
      const alone = chosen.length === 1;
      if (verdict.length > 0)
        console.log(`✗ ${name} ${at}: ${shown(given)} ${given.what ?? ""}\n    ${verdict.join("\n    ")}`);
      if (programs[0] === programs[1]) console.log(summary(name, at, given, theirs));
      if (alone) console.log(`both sides of ${name} ${at}:`, { theirs, ours });
    }
  };
  await Promise.all(Array.from({ length: 6 }, report));
  rmSync(folder, { recursive: true });
  for (const [name, { same, all }] of byTopic) console.log(`${name}: ${same} of ${all}`);
  const total = [...byTopic.values()].reduce((sum, { same }) => sum + same, 0);
  console.log(`${total} of ${chosen.length} cases hold`);
  return total === chosen.length;
}

/** What a program did, in one line. */
function summary(name: string, at: number, given: DetailedCase, deed: Deed): string {
  const wire = deed.wire.map((each) => each.replace(/^(?:User-Agent|Accept: \*|Host: 127).*\r\n/gm, ""));
  const rest = {
    wire,
    stdout: deed.stdout,
    files: deed.files,
    stderr: deed.stderr.match(/^curl: .*/gm) ?? [],
  };
  return `${name} ${at}: ${shown(given)}\n    ${deed.exit} ${JSON.stringify(rest).slice(0, 700)}`;
}

function isIn(numbers: string | undefined, at: number): boolean {
  const [first = 1, last = first] = numbers?.split("-").map(Number) ?? [1, Number.POSITIVE_INFINITY];
  return at >= first && at <= last;
}

function isTopic(word: string): boolean {
  return TOPICS.some(({ name }) => name === word);
}
