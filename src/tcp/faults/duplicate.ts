import { joined } from "../../bytes/copy.ts";
import { type FaultKind, numberOf, type Outlet, partOf } from "./work.ts";

/** The next `bytes` bytes are sent twice: the copy follows behind the last of them. */
export const duplicate: FaultKind = {
  type: "duplicate",
  summary: "sends bytes twice: duplicate 10B after=100B",
  // The bytes are kept until the last of them has come.
  attributes: { bytes: { unit: "bytes", default: 1, least: 1, most: 64 * 1024 } },
  main: "bytes",
  work(attributes) {
    let left = 0;
    let kept: Uint8Array[] = [];
    const repeat = (offset: number, out: Outlet): void => {
      const bytes = joined(kept);
      kept = [];
      left = 0;
      if (bytes.length === 0) return;
      out.pass({ kind: "bytes", bytes, start: offset, added: true });
      out.hit("sent twice", offset - bytes.length, offset);
    };
    return {
      begin() {
        left = numberOf(attributes, "bytes");
      },
      bytes(piece, out) {
        const count = piece.added ? 0 : Math.min(left, piece.bytes.length);
        if (count === 0) {
          out.pass(piece);
          return;
        }
        const first = partOf(piece, 0, count);
        out.pass(first);
        // The copy joins small pieces: a piece of one byte would take a hundred.
        kept = [joined([...kept, first.bytes])];
        left -= count;
        if (left === 0) repeat(piece.start + count, out);
        if (count < piece.bytes.length) out.pass(partOf(piece, count, piece.bytes.length));
      },
      // Fewer bytes came than were wanted.
      end(ending, out) {
        repeat(out.position, out);
        out.pass(ending);
      },
      place({ kind, offset }, out) {
        if (kind === "message-end") repeat(offset, out);
      },
    };
  },
};
