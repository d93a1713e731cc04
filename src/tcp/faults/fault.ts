import { FaultError } from "./fault-error.ts";
import { FAULT_KINDS } from "./kinds.ts";
import type { When } from "./when.ts";
import type { AttributeSpec, Attributes, FaultKind } from "./work.ts";

/** toxiproxy's names of the directions: "upstream" is towards the server, "downstream" towards the client. */
export type FaultStream = "upstream" | "downstream";

/** A fault: what, in which direction, when. It never changes; a `FaultSet` replaces it. */
export interface Fault {
  /** Unique in its set; `type_stream` by default, `type` for a fault of whole connections. */
  readonly name: string;
  /** The row of the table: "latency", "cut", … */
  readonly type: string;
  /** Which direction it acts on; "downstream" for a fault of whole connections. */
  readonly stream: FaultStream;
  /** The share of connections (at HTTP events: of exchanges) that it acts on, 0 to 1. */
  readonly toxicity: number;
  /** Every attribute of its type, in the unit of toxiproxy: milliseconds, bytes, KB/s, microseconds. */
  readonly attributes: Attributes;
  /** When it acts. */
  readonly when: When;
}

/** What a fault may be made of; all but `type` has a default. */
export interface FaultDescription {
  readonly type: string;
  readonly name?: string | undefined;
  readonly stream?: FaultStream | undefined;
  readonly toxicity?: number | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly when?: When | undefined;
}

/**
 * The fault of a description. Attributes that are not given have their defaults.
 *
 * @throws {FaultError}
 */
export function faultOf(description: FaultDescription): Fault {
  const kind = kindOf(description.type);
  const { toxicity = 1, attributes = {}, when = {} } = description;
  if (!(toxicity >= 0 && toxicity <= 1))
    throw new FaultError(`toxicity is a number from 0 to 1, not ${toxicity}`);
  const stream = kind.connection === undefined ? (description.stream ?? "downstream") : "downstream";
  const isChosen = kind.event === undefined && kind.connection === undefined;
  if (when.event !== undefined && !isChosen)
    throw new FaultError(`${kind.type} takes no HTTP event, not ${when.event.kind}`);
  if (kind.connection !== undefined && (when.after !== undefined || when.exchanges !== undefined))
    throw new FaultError(`${kind.type} is for whole connections: it takes no offset and no exchange`);
  if (when.from !== undefined && when.to !== undefined && when.from >= when.to)
    throw new FaultError(`from (${when.from} ms) comes before to (${when.to} ms)`);
  const name = description.name || (kind.connection ? kind.type : `${kind.type}_${stream}`);
  if (/\p{Surrogate}/u.test(name)) throw new FaultError("the name of a fault is no Unicode text");
  return { name, type: kind.type, stream, toxicity, attributes: attributesOf(kind, attributes), when };
}

/** @throws {FaultError} if there is none */
export function kindOf(type: string): FaultKind {
  const kind = FAULT_KINDS.find((row) => row.type === type);
  if (kind !== undefined) return kind;
  const types = FAULT_KINDS.map((row) => row.type);
  throw new FaultError(`there is no fault "${type}"; the faults are ${types.join(", ")}`, type, types);
}

/** Whether the fault begins at HTTP events, so that it needs to know the places. */
export function needsPlaces(fault: Fault): boolean {
  return (
    fault.when.event !== undefined ||
    fault.when.exchanges !== undefined ||
    kindOf(fault.type).event !== undefined
  );
}

function attributesOf(kind: FaultKind, given: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Record<string, number | string> = {};
  for (const [name, spec] of Object.entries(kind.attributes)) {
    const value = given[name] ?? spec.default;
    attributes[name] = checked(`${name} of ${kind.type}`, value, spec);
  }
  return attributes;
}

function checked(what: string, value: unknown, spec: AttributeSpec): number | string {
  if ("choices" in spec) {
    if (typeof value === "string" && spec.choices.includes(value)) return value;
    throw new FaultError(
      `${what} is one of ${spec.choices.join(", ")}, not ${JSON.stringify(value)}`,
      String(value),
      spec.choices,
    );
  }
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = spec;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new FaultError(`${what} is a whole number ${range} (${spec.unit}), not ${JSON.stringify(value)}`);
}
