import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const axe = readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

interface Results {
  readonly passes: readonly unknown[];
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What axe finds serious or critical in the page as it is now. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Through the debugger's own world: the page's policy lets no other script in.
  await page.evaluate(axe);
  const { passes, violations } = await page.evaluate<Results>("axe.run()");
  assert.ok(passes.length > 10, "axe looked at the page");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
