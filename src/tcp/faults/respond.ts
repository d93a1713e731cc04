import { endOf, type FaultKind, numberOf } from "./work.ts";

/**
 * The client is answered with `status` in place of the server's response. The server gets the request all the same: its
 * response, interim ones too, is dropped.
 */
export const respond: FaultKind = {
  type: "respond",
  summary: "answers in the server's place: respond 503 every=5",
  attributes: { status: { unit: "status", default: 503, least: 200, most: 599 } },
  main: "status",
  event: "head",
  work(attributes) {
    const status = numberOf(attributes, "status");
    let answered: number | undefined;
    return {
      begin({ offset, place }, out) {
        // An interim response was answered already, and now comes the final response.
        if (place === undefined || place.message === answered) return;
        answered = place.message;
        const bytes = out.response(status);
        if (bytes !== undefined) out.pass({ kind: "bytes", bytes, start: offset, added: true });
        out.hit(`answered with ${status}`, offset, offset);
      },
      bytes(piece, out) {
        if (answered === undefined) out.pass(piece);
        else out.hit("dropped", piece.start, endOf(piece));
      },
      place({ kind, message }, out) {
        if (message !== answered) return;
        if (kind === "message-end") answered = undefined;
        // The server speaks another protocol now, and the client does not.
        if (kind === "tunnel") out.pass({ kind: "close" });
      },
    };
  },
};
