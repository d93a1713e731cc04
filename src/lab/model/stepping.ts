import {
  type Address,
  type ConnectionRecorder,
  counted,
  Http1Connection,
  type HttpEvent,
  NEED_DATA,
  PAUSED,
  ProtocolError,
  quote,
  type Role,
  recordTrace,
  type State,
  type TraceRecord,
} from "../../browser.ts";
import type { Act, Script } from "./scripts.ts";

/*
 * Client and server in one place, on the shipped core, over a wire that is an array. One event at a time:
 *
 *     1. an end that has bytes reads its next event
 *     2. what is on the wire arrives: up to the next cut, or all of it
 *     3. an end does the next act of its script, if it may
 *
 * Where a run is follows from the number of its steps alone, so to go back is to run again with one step less.
 */

/** How a run goes. */
export interface RunOptions {
  readonly script: Script;
  /** Offsets in what each end sends: a read ends there. */
  readonly cuts: Readonly<Record<Role, ReadonlySet<number>>>;
  /** The wire is slow: an end writes as much as it can before anything arrives, so writes are read as one. */
  readonly slowWire: boolean;
}

/** What one step did. */
export interface StepTold {
  readonly who: Role | "wire";
  readonly words: string;
  readonly isFault: boolean;
}

/** A change of state, and the end that saw it. */
export interface Taken {
  readonly seenBy: Role;
  readonly side: Role;
  readonly from: State;
  readonly to: State;
  readonly cause: string;
}

/** An end, between two steps. */
export interface EndNow {
  readonly ourState: State;
  readonly peerState: State;
  /** Bytes that were read from the wire, and no event has covered yet. */
  readonly buffered: number;
  /** How much this end has written, and how much of that the other end has read. */
  readonly written: number;
  readonly arrived: number;
}

/** A run after some steps. */
export interface RunNow {
  readonly steps: readonly StepTold[];
  readonly records: readonly TraceRecord[];
  /** The changes of state in the last step. */
  readonly taken: readonly Taken[];
  readonly ends: Readonly<Record<Role, EndNow>>;
  /** What each end wrote so far. */
  readonly streams: Readonly<Record<Role, Uint8Array>>;
}

/** Nobody's network: RFC 5737 keeps these addresses for documents. */
const ADDRESSES: Readonly<Record<Role, Address>> = {
  client: { family: "IPv4", host: "192.0.2.1", port: 49_152 },
  server: { family: "IPv4", host: "192.0.2.80", port: 80 },
};
/** A step takes a millisecond of the virtual clock. */
const STEP_NS = 1e6;
/** A script that does not end is a fault of ours: the page must not hang. */
const MAX_STEPS = 1_000;

/** Runs a script for so many steps; to its end by default. */
export function run(options: RunOptions, steps = MAX_STEPS): RunNow {
  const world = new World(options);
  while (world.steps.length < steps && world.step());
  return world.now;
}

interface End {
  readonly role: Role;
  readonly http1: Http1Connection;
  readonly recorder: ConnectionRecorder;
  readonly acts: readonly Act[];
  nextAct: number;
  /** Heads and ends that this end has read. Not content: how many pieces it comes in depends on the wire. */
  events: number;
  /** Bytes or FIN arrived, and `nextEvent` has not said yet that it needs more. */
  mayRead: boolean;
  hasFault: boolean;
  stream: Uint8Array;
  arrived: number;
  /** FIN was sent, and FIN has arrived at the other end. */
  ended: boolean;
  endArrived: boolean;
}

class World {
  readonly steps: StepTold[] = [];
  readonly #options: RunOptions;
  readonly #records: TraceRecord[] = [];
  readonly #ends: Readonly<Record<Role, End>>;
  #phase: "new" | "connecting" | "open" | "closed" = "new";

  constructor(options: RunOptions) {
    this.#options = options;
    const recorder = recordTrace({
      now: () => 0,
      // A recorder reads its clock once for each turn of the event loop; here many steps are made in one turn.
      onRecord: (record) => this.#records.push({ ...record, t: this.#now }),
    });
    const endOf = (role: Role): End => {
      const observer = recorder.observe(role);
      return {
        role,
        http1: new Http1Connection({ role, observer }),
        recorder: observer,
        acts: options.script[role],
        nextAct: 0,
        events: 0,
        mayRead: false,
        hasFault: false,
        stream: new Uint8Array(0),
        arrived: 0,
        ended: false,
        endArrived: false,
      };
    };
    this.#ends = { client: endOf("client"), server: endOf("server") };
  }

  get #now(): number {
    return this.steps.length * STEP_NS;
  }

  get now(): RunNow {
    const { client, server } = this.#ends;
    const last = (this.steps.length - 1) * STEP_NS;
    return {
      steps: this.steps,
      records: this.#records,
      taken: this.#records.flatMap((record) =>
        record.type === "transition" && record.t === last
          ? [
              {
                seenBy: record.role,
                side: record.side,
                from: record.from,
                to: record.to,
                cause: record.cause,
              },
            ]
          : [],
      ),
      ends: { client: endNow(client), server: endNow(server) },
      streams: { client: client.stream, server: server.stream },
    };
  }

  /** Makes the next step. Returns false where nothing is left to do. */
  step(): boolean {
    const told = this.#connect() ?? this.#exchange() ?? this.#close();
    if (told !== undefined) this.steps.push(told);
    return told !== undefined;
  }

  #connect(): StepTold | undefined {
    const { client, server } = this.#ends;
    if (this.#phase === "new") {
      this.#phase = "connecting";
      client.recorder.connection({ kind: "attempt", remote: ADDRESSES.server });
      return tell("client", "asks for a connection (SYN)");
    }
    if (this.#phase !== "connecting") return undefined;
    this.#phase = "open";
    server.recorder.connection({ kind: "accepted", local: ADDRESSES.server, remote: ADDRESSES.client });
    client.recorder.connection({ kind: "connected", local: ADDRESSES.client, remote: ADDRESSES.server });
    return tell("wire", "The connection is open: the handshake is complete");
  }

  #exchange(): StepTold | undefined {
    if (this.#phase !== "open") return undefined;
    const { client, server } = this.#ends;
    return (
      this.#read(server) ??
      this.#read(client) ??
      (this.#options.slowWire ? (this.#act() ?? this.#arrive()) : (this.#arrive() ?? this.#act()))
    );
  }

  #act = (): StepTold | undefined => this.#actOf(this.#ends.client) ?? this.#actOf(this.#ends.server);
  #arrive = (): StepTold | undefined =>
    this.#arriveFrom(this.#ends.client) ?? this.#arriveFrom(this.#ends.server);

  #close(): StepTold | undefined {
    const { client, server } = this.#ends;
    if (this.#phase !== "open" || !client.endArrived || !server.endArrived) return undefined;
    this.#phase = "closed";
    for (const [end, peer] of [
      [client, server],
      [server, client],
    ] as const)
      end.recorder.connection({
        kind: "closed",
        how: "end",
        bytesIn: peer.stream.length,
        bytesOut: end.stream.length,
      });
    return tell("wire", "The connection is closed: FIN went both ways");
  }

  /** The end asks its core for the next event. Without one it is no step, unless bytes wait. */
  #read(end: End): StepTold | undefined {
    if (!end.mayRead || end.hasFault) return undefined;
    try {
      const event = end.http1.nextEvent();
      if (event !== NEED_DATA && event !== PAUSED) {
        if (event.type !== "data") end.events++;
        // The core would say so again each time.
        if (event.type === "closed") end.mayRead = false;
        return tell(end.role, `reads an event: ${inWords(event)}`);
      }
      end.mayRead = false;
      const { bufferedBytes } = end.http1;
      if (bufferedBytes === 0) return undefined;
      if (event === PAUSED)
        return tell(
          end.role,
          `has ${counted(bufferedBytes, "byte")} more, and leaves them for what comes next`,
        );
      return tell(end.role, `needs more: ${counted(bufferedBytes, "byte")}, but no whole event yet`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      end.hasFault = true;
      return { who: end.role, words: `finds a fault: ${error.message}`, isFault: true };
    }
  }

  /** What one end wrote arrives at the other. */
  #arriveFrom(sender: End): StepTold | undefined {
    const receiver = sender.role === "client" ? this.#ends.server : this.#ends.client;
    const { stream, arrived } = sender;
    if (arrived < stream.length) {
      const cut = [...this.#options.cuts[sender.role]].filter((at) => at > arrived && at < stream.length);
      const until = Math.min(stream.length, ...cut);
      const bytes = stream.slice(arrived, until);
      sender.arrived = until;
      receiver.recorder.connection({ kind: "read", bytes });
      if (!receiver.hasFault) receiver.http1.receive(bytes);
      receiver.mayRead = true;
      const rest = stream.length - until;
      return tell(
        "wire",
        `${counted(bytes.length, "byte")} ${bytes.length === 1 ? "arrives" : "arrive"} at the ${receiver.role}${rest > 0 ? `, with ${rest} on the way` : ""}`,
      );
    }
    if (!sender.ended || sender.endArrived) return undefined;
    sender.endArrived = true;
    receiver.recorder.connection({ kind: "peer-end" });
    if (!receiver.hasFault) receiver.http1.receiveEnd();
    receiver.mayRead = true;
    return tell("wire", `FIN arrives at the ${receiver.role}`);
  }

  #actOf(end: End): StepTold | undefined {
    const act = end.acts[end.nextAct];
    if (act === undefined) return undefined;
    const isTime = act.after === "fault" ? end.hasFault : end.events >= act.after;
    if (!isTime) return undefined;
    end.nextAct++;
    switch (act.does) {
      case "send":
        return this.#write(end, end.http1.send(act.event), `sends ${inWords(act.event)}`);
      case "write":
        return this.#write(
          end,
          Uint8Array.from(act.text, (each) => each.charCodeAt(0)),
          "writes octets by hand",
        );
      case "next cycle":
        end.http1.startNextCycle();
        end.mayRead = true;
        return tell(end.role, "begins the next cycle: both sides were done");
      case "end": {
        const may = end.http1.ourState;
        // A side that switched, or writes by hand, ends its direction without a word to HTTP.
        if (may === "done" || may === "must-close" || may === "idle") end.http1.send({ type: "closed" });
        end.ended = true;
        end.recorder.connection({ kind: "end" });
        return tell(end.role, "sends no more (FIN)");
      }
      default:
        return act satisfies never;
    }
  }

  #write(end: End, bytes: Uint8Array, words: string): StepTold {
    if (bytes.length === 0) return tell(end.role, `${words}: no bytes, it was clear already`);
    end.recorder.connection({ kind: "write", bytes });
    const stream = new Uint8Array(end.stream.length + bytes.length);
    stream.set(end.stream);
    stream.set(bytes, end.stream.length);
    end.stream = stream;
    return tell(end.role, `${words}: ${counted(bytes.length, "byte")}`);
  }
}

const tell = (who: StepTold["who"], words: string): StepTold => ({ who, words, isFault: false });

const endNow = ({ http1, stream, arrived }: End): EndNow => ({
  ourState: http1.ourState,
  peerState: http1.peerState,
  buffered: http1.bufferedBytes,
  written: stream.length,
  arrived,
});

/** An event, for a sentence. */
function inWords(event: HttpEvent): string {
  switch (event.type) {
    case "request":
      return `the head of a request, ${event.method} ${event.target}`;
    case "informational":
    case "response":
      return `the head of a response, ${event.status} ${event.reason}`;
    case "data":
      return `content, ${quote(event.bytes, 24)}`;
    case "end":
      return "the end of the message";
    case "closed":
      return "no other message will come";
    default:
      return event satisfies never;
  }
}
