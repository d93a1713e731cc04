import type { Role } from "../http1/state.ts";
import { type End, type Hop, laneName, laneOf } from "./conversations.ts";
import { Flow, Passage } from "./ladder-flows.ts";
import { CROSSES, MarkPairs, PASSES } from "./ladder-marks.ts";
import type { Lane } from "./ladder-parts.ts";

/** What joins two lanes: their bytes, and their marks. */
interface Joint<Bytes> {
  readonly flows: Readonly<Record<Role, Bytes>>;
  readonly marks: MarkPairs;
}

/** Where an end stands. */
export interface Place extends Pick<End, "hop" | "role" | "connection" | "ofProxy"> {
  readonly column: number;
  readonly lane: string;
  /** The other end of the connection. */
  readonly wire: Joint<Flow>;
  /** The other end of the proxy, if this is one of its ends. */
  readonly passage: Joint<Passage> | undefined;
}

/** The places of the ends of one conversation, as they are known now. */
export class Places {
  readonly #places = new Map<End, Place>();
  /** By lane. */
  readonly #lanes: (Lane | undefined)[] = [];
  readonly #wires = new Map<Hop, Joint<Flow>>();
  /** Wires of which an end is missing, by lane: an end without addresses belongs there. */
  readonly #loose = new Map<number, Joint<Flow>>();
  /** By the lane of the proxy's end towards the client. */
  readonly #passages = new Map<number, Joint<Passage>>();

  /** From left to right: at least a client's and a server's, although one may not have been recorded. */
  get lanes(): readonly Lane[] {
    const count = Math.max(2, this.#lanes.length + (this.#lanes.length % 2));
    return Array.from({ length: count }, (_, column) => {
      const role = column % 2 === 0 ? "client" : "server";
      return this.#lanes[column] ?? { name: role, role, ofProxy: false, recorded: false };
    });
  }

  /** Whether something stands on a lane that is another one by now: a record told who belongs together. */
  areOld({ hop }: End): boolean {
    for (const end of [hop.client, hop.server, hop.before]) {
      const place = end && this.#places.get(end);
      if (end === undefined || place === undefined) continue;
      if (place.hop !== end.hop || place.column !== laneOf(end) || place.lane !== laneName(end)) return true;
    }
    return false;
  }

  /** Where the end stands. */
  of(end: End): Place {
    const known = this.#places.get(end);
    if (known !== undefined) return known;
    const { hop, role, connection, ofProxy } = end;
    const [column, lane] = [laneOf(end), laneName(end)];
    const [wire, passage] = [this.#wireOf(end, column), ofProxy ? this.#passageOf(column) : undefined];
    const place: Place = { hop, role, connection, ofProxy, column, lane, wire, passage };
    this.#places.set(end, place);
    this.#lanes[column] ??= { name: lane, role, ofProxy, recorded: true };
    return place;
  }

  #wireOf({ hop, role }: End, column: number): Joint<Flow> {
    const known = this.#wires.get(hop);
    if (known !== undefined) return known;
    const isWhole = hop.client !== undefined && hop.server !== undefined;
    const loose = isWhole ? undefined : this.#loose.get(column);
    const wire = loose ?? {
      flows: { client: new Flow(), server: new Flow() },
      marks: new MarkPairs(CROSSES),
    };
    if (loose !== undefined) this.#loose.delete(column);
    else if (!isWhole) this.#loose.set(role === "client" ? column + 1 : column - 1, wire);
    this.#wires.set(hop, wire);
    return wire;
  }

  /** Each proxy has an odd lane, and the one behind. */
  #passageOf(column: number): Joint<Passage> {
    const key = column % 2 === 1 ? column : column - 1;
    const passage = this.#passages.get(key) ?? {
      flows: { client: new Passage(), server: new Passage() },
      marks: new MarkPairs(PASSES),
    };
    this.#passages.set(key, passage);
    return passage;
  }
}
