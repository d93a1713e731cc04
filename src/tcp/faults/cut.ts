import type { FaultKind } from "./work.ts";

const ENDINGS = {
  fin: { kind: "close", text: "cut: both connections are closed" },
  rst: { kind: "reset", text: "cut: both connections are reset" },
  half: { kind: "end", text: "cut: FIN, and the other direction goes on" },
} as const;

/** The direction ends here, and what follows is dropped: a message is cut in its middle. */
export const cut: FaultKind = {
  type: "cut",
  summary: "ends here: cut after=1000B; by=rst resets, by=half ends this direction alone",
  attributes: { by: { choices: Object.keys(ENDINGS), default: "fin" } },
  main: "by",
  work({ by }) {
    const { kind, text } = ENDINGS[by as keyof typeof ENDINGS];
    return {
      begin({ offset }, out) {
        out.pass({ kind });
        out.hit(text, offset, offset);
      },
      bytes() {}, // dropped
    };
  },
};
