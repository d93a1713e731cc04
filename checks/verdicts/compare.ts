import type { Column, Panel } from "./panel.ts";
import type { Row } from "./rows.ts";

/** A row on which our verdict is not the wanted one. */
export interface Miss {
  readonly row: Row;
  /** Which of our programs, on which Node. */
  readonly where: string;
  readonly got: string;
}

export function missesOf({ rows, requests, responses }: Panel): Miss[] {
  const ours = [
    ...requests.map((it) => ({ it, reads: "request" })),
    ...responses.map((it) => ({ it, reads: "response" })),
  ];
  return ours
    .filter(({ it }) => it.isOurs)
    .flatMap(({ it, reads }) =>
      rows
        .filter((row) => row.reads === reads)
        .flatMap((row) =>
          it.verdicts.flatMap((verdicts, index) => {
            const got = verdicts[row.id] ?? "nothing";
            return got === row.wanted
              ? []
              : [{ row, where: `${it.name} on Node ${it.versions[index]}`, got }];
          }),
        ),
    );
}

/** Rows that we refuse: a request because it breaks a rule, a response because it cannot be trusted. */
export function isRefused({ reads, wanted, rule }: Row): boolean {
  return reads === "request" ? rule !== undefined : !/^\d/.test(wanted);
}

/** Whether a program accepts what we refuse: gives more answers of 2xx or HTTP/0.9, or delivers a response. */
export function accepts(row: Row, verdict: string | undefined): boolean {
  if (verdict === undefined) return false;
  if (row.reads === "response") return /^\d/.test(verdict);
  return successes(verdict) > successes(row.wanted);
}

const successes = (verdict: string): number => verdict.match(/\b2\d\d\b|HTTP\/0\.9/g)?.length ?? 0;

/** How many of these rows the program accepts: `16`, or `15–16` if it depends on the version. */
export function acceptedOf({ verdicts }: Column, rows: readonly Row[]): string {
  const counts = verdicts.map((each) => rows.filter((row) => accepts(row, each[row.id])).length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least}–${most}`;
}

/** One verdict, or several with the versions that give them: `200 (20, 22), 431 (24, 26)`. */
export function cellOf({ verdicts, versions }: Column, { id }: Row): string {
  const by = new Map<string, string[]>();
  for (const [index, each] of verdicts.entries()) {
    const verdict = each[id] ?? "";
    by.set(verdict, [...(by.get(verdict) ?? []), versions[index]?.split(".")[0] ?? ""]);
  }
  const [only] = by.keys();
  if (by.size <= 1) return only ?? "";
  return [...by].map(([verdict, lines]) => `${verdict} (${lines.join(", ")})`).join(", ");
}
