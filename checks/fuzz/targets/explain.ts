import { latin1 } from "../../../src/bytes/text.ts";
import { type ExplainedSpan, explainBytes, formatExplanation } from "../../../src/trace/explain.ts";
import { explainTree, formatTree } from "../../../src/trace/tree.ts";
import { hold, type Target } from "../target.ts";

/** Any bytes that somebody wants to have explained. */
export const explain: Target = {
  name: "explain",
  weight: 0.2,
  maxBytes: 1024,
  seeds: [
    "",
    "GET",
    "HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\nx",
    "HTTP/1.1 100 C\r\n\r\nHTTP/1.0 200 OK\r\n\r\nx",
  ],
  fuzz(data) {
    const explanation = explainBytes(data, { reveal: true });
    const spans = explanation.spans.filter(({ rule }) => rule !== "error");
    checkTiling(spans, data.length);
    for (const line of formatExplanation(explanation)) {
      hold(!/[^\x20-\x7e–…§⏎→←≥≤]/.test(line), () => `safe on a terminal: ${JSON.stringify(line)}`);
    }
    for (const { start, end, shown } of spans) checkShown(shown, latin1(data, start, end));
    for (const everyByte of [false, true]) {
      const tree = explainTree(data, { reveal: true, everyByte });
      checkTiling(
        tree.nodes.filter(({ kind }) => kind !== "error").map((node) => ({ ...node, rule: "data" })),
        data.length,
      );
      for (const line of formatTree(tree, { columns: 60 + (data[0] ?? 0) }))
        hold(!/[^\x20-\x7e–…§─]/.test(line), () => `safe on a terminal: ${JSON.stringify(line)}`);
    }
  },
};

function checkTiling(spans: readonly ExplainedSpan[], length: number): void {
  let at = 0;
  for (const { rule, start, end } of spans) {
    hold(start === at && end > start, () => `${rule} [${start}, ${end}) follows byte ${at}`);
    at = end;
  }
  hold(at === length, () => `${length} bytes are explained, not ${at}`);
}

function checkShown(shown: string, text: string): void {
  if (/^[ !#-[\]-~]*$/.test(text) && text.length <= 40)
    hold(shown === `"${text}"`, () => `${shown} is ${text}`);
}
