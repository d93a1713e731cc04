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
  const { passes, violations } = await runAxe(page, {});
  assert.ok(passes.length > 10, "axe looked at the page");
  return serious(violations);
}

/** The same for colours alone: nothing else differs between the light and the dark page. */
export async function seriousColours(page: Page): Promise<string[]> {
  const { passes, violations } = await runAxe(page, { runOnly: ["color-contrast"] });
  assert.ok(passes.length > 0, "axe looked at the colours");
  return serious(violations);
}

/** Through the debugger's own world: the page's policy lets no other script in. */
async function runAxe(page: Page, options: { readonly runOnly?: readonly string[] }): Promise<Results> {
  await page.evaluate(axe);
  return page.evaluate<Results>(`axe.run(${JSON.stringify(options)})`);
}

function serious(violations: Results["violations"]): string[] {
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
