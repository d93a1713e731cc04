import type { FaultKind } from "./work.ts";

/** Both connections are closed behind a response, which did not say so (`Connection: close`). */
export const closeAfterResponse: FaultKind = {
  type: "close-after-response",
  summary: "closes behind a response that did not say so: close-after-response every=3",
  attributes: {},
  event: "end",
  work: () => ({
    begin({ offset }, out) {
      out.pass({ kind: "close" });
      out.hit("closed behind the response", offset, offset);
    },
    bytes() {}, // dropped
  }),
};
